"""Recipes: how the files of a source are read, as a text that changes exactly when rows are read in another way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from schemas.catalogue import DATA_SETS

if TYPE_CHECKING:
    from schemas.source import Source
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
