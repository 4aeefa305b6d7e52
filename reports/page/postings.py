"""What the kinds of postings are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.page.language import Language


def kinds_of_postings(language: Language) -> Mapping[str, str]:
    """Return what each kind of posting is called in a language."""
    words = language.text
    return {
        "rebate": words("Rebate"),
        "restatement": words("Correction of an earlier settlement"),
        "adjustment": words("Adjustment"),
        "carry_forward": words("Carried forward"),
        "write_off": words("Written off"),
    }
