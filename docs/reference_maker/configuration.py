"""The page of the configuration: every key of `rebatch.yaml`, a profile and `site.yaml`, from their models."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from reference_maker.kinds import default_of, kind_of, models_within
from reference_maker.markdown import code, page, table
from schemas.profile import Profile
from schemas.site import SiteConfig
from schemas.workspace import WorkspaceConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

INTRODUCTION = """\
A workspace is a folder with a `rebatch.yaml`, written in YAML. A key that is not listed here is refused, with the line
it stands in and the key that may have been meant; so is every value that is not as the table says, all at once.
"""

PROFILES = """\
## A profile

A profile says how the files of an export are written for an ERP. Rebatch comes with some; one of your own is a file in
`profiles/` beside `rebatch.yaml`, named in `payouts: profile:`. What may stand in its columns, and the profiles that
Rebatch comes with, are in [Output files](output-files.md#fields-of-a-profile).
"""

SITE = """\
## The partner site

`site.yaml` beside `rebatch.yaml` says how the [partner site](../how-to/partner-site.md) looks; without it the site has
the pages that every site has, in the colours of the brand.
"""

ROOTS = (WorkspaceConfig, Profile, SiteConfig)
TITLES = {"WorkspaceConfig": "rebatch.yaml", "Profile": "Keys of a profile", "SiteConfig": "Keys of site.yaml"}


def configuration_page() -> str:
    """Return the page: a section for every part of each kind of file, in the order in which one reads them."""
    workspace, profile, site = (list(parts_of(root)) for root in ROOTS)
    return page(
        "Configuration",
        "the models in `schemas/`",
        INTRODUCTION,
        *map(_section, workspace),
        PROFILES,
        *map(_section, profile),
        SITE,
        *map(_section, site),
    )


def parts_of(part: type[BaseModel], seen: set[type[BaseModel]] | None = None) -> Iterator[type[BaseModel]]:
    """Walk from a model to those in its fields, depth first, each once."""
    seen = set() if seen is None else seen
    seen.add(part)
    yield part
    for field in part.model_fields.values():
        for inner in models_within(field.annotation):
            if inner not in seen:
                yield from parts_of(inner, seen)


def written(value: object) -> str:
    """Return an example as it stands in a file: YAML in one line."""
    yaml = YAML()
    yaml.default_flow_style = True
    yaml.width = 1000
    text = io.StringIO()
    yaml.dump(value, text)
    return text.getvalue().removesuffix("...\n").strip()


def _section(part: type[BaseModel]) -> str:
    head = f"## {TITLES.get(part.__name__, part.__name__)}"
    rows = [_row(key, field) for key, field in part.model_fields.items()]
    shorthand = getattr(part, "shorthand", None)
    remark = f" A bare value may stand for it: it is taken as {code(shorthand)}." if shorthand else ""
    said = f"{(part.__doc__ or '').strip()}{remark}"
    return "\n\n".join((head, said, table(("key", "meaning", "values", "example"), rows)))


def _row(key: str, field: FieldInfo) -> tuple[str, str, str, str]:
    examples = field.examples or [""]
    return (
        code(key),
        field.description or "",
        f"{kind_of(field)}; {default_of(field)}",
        code(f"{key}: {written(examples[0])}"),
    )
