"""Texts in normal form: as the workspace writes them when it loads an extract, for what people type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.catalogue import DATA_SETS

if TYPE_CHECKING:
    from schemas.workspace import Ids


def normal_id(text: str, ids: Ids) -> str:
    """Return an id in the form in which the workspace compares ids (see pipelines.intake.cast_text.identifier)."""
    written = text.strip()
    written = written.upper() if ids.case == "upper" else written
    # The letters and numbers of Unicode, as \p{L} and \p{N} in the SQL.
    return "".join(sign for sign in written if sign.isalnum()) if ids.punctuation == "strip" else written


def normal_value(data_set: str, column: str, text: str, ids: Ids) -> str:
    """Return a value of a column as the data set holds it."""
    known = DATA_SETS[data_set]
    if column in known.ids:
        return normal_id(text, ids)
    case = next((each.case for each in known.columns if each.name == column), None)
    written = text.strip()
    return {"lower": written.lower(), "upper": written.upper()}.get(case or "", written)
