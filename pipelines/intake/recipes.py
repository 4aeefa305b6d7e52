"""Recipes: how the files of a source are read, as a text that changes exactly when rows are read in another way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.catalogue import DATA_SETS
from schemas.source import Source

if TYPE_CHECKING:
    from schemas.workspace import WorkspaceConfig

NOT_READING = frozenset({"path", "optional", "max_withdrawn", "final_line_end"})
"""Keys of a source that say which files there are, not how they are read; every other key is part of the recipe."""

READING_OF_ALL = ("ids",)
"""Keys of the workspace that say how the rows of all sources are read."""


def recipe_of(source: Source, config: WorkspaceConfig) -> str:
    """Return every setting that says how rows of `source` are read, as compact JSON with sorted keys.

    Settings at their default are left out, so that a setting that a later version knows changes no recipe.
    """
    settings = source.model_dump(mode="json", exclude_defaults=True, exclude=set(NOT_READING))
    settings |= config.model_dump(mode="json", exclude_defaults=True, include=set(READING_OF_ALL))
    return json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Identity:
    """What tells the rows of a data set apart: the name of their source, the key, and how its ids are written.

    `ids`: the settings that are not the default, in words; empty for a data set without ids.
    """

    source: str
    key: tuple[str, ...]
    ids: str


def identity_of(recipe: str | None, data_set: str = "", source: str = "") -> Identity:
    """Return what identifies the rows that were read by `recipe`.

    Of a load that kept none, `data_set` and `source` are known alone: the key is that of the data set.
    """
    settings: dict[str, Any] = json.loads(recipe) if recipe else {"data_set": data_set, "source": source}
    known = DATA_SETS[settings["data_set"]]
    # Answers of the ERP name payouts of Rebatch, which are found however they are written.
    ids = settings.get("ids", {}) if known.ids and known.name != "payments" else {}
    return Identity(
        settings.get("source", Source.model_fields["source"].default),
        tuple(settings.get("key") or known.key),
        ", ".join(f"{name}: {value}" for name, value in sorted(ids.items())),
    )


IDENTITY = ("source", "key", "ids", "repeated_keys")
"""Settings of a recipe that say what becomes of rows that are kept already, whatever file they came from."""


def rekeyed(recipe: str, now: str) -> str:
    """Return `recipe` with what identifies rows as `now` has it; what else it says of the reading stays."""
    settings, others = json.loads(recipe), json.loads(now)
    settings = {name: value for name, value in settings.items() if name not in IDENTITY}
    settings |= {name: value for name, value in others.items() if name in IDENTITY}
    return json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def key_of(recipe: str) -> str:
    """Return the part of a recipe that says which row is which: two recipes alike in it give a row the same key."""
    settings = json.loads(recipe)
    key = settings.get("key") or list(DATA_SETS[settings["data_set"]].key)
    named = {
        part: {name: value for name, value in settings.get(part, {}).items() if name in key}
        for part in ("columns", "constants", "values")
    }
    # What a key column holds also depends on these: with other words for nothing, other rows have an empty key.
    whole = [name for name in settings.get("whole_numbers", []) if name in key]
    texts = [settings.get("ids"), settings.get("source"), settings.get("nothing"), whole]
    return json.dumps([key, named, texts], sort_keys=True)
