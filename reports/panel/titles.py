"""What the rebates of a panel are called, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.page.language import Language

Row = dict[str, Any]
"""One row of a table of a panel, by column."""

TitlesByPlace = Mapping[tuple[str, str], Mapping[str, str]]
"""The titles, by language, of every program and rebate; of a program under an empty rebate."""


@dataclass(frozen=True)
class Titles:
    """The titles of the rebates of one member's panel in a language."""

    by_place: TitlesByPlace
    language: Language
    member_id: str

    def named(self, program: str, rebate: str) -> str:
        """Return the title of a rebate, or of a program if `rebate` is empty; the id of what is not known."""
        return self.language.choose(self.by_place.get((program, rebate), {}), rebate or program)

    def of(self, row: Row) -> str:
        """Return the title of the rebate of a row."""
        return self.named(row["program"], row["rebate"])

    def program(self, row: Row) -> str:
        """Return the title of the program of a row."""
        return self.named(row["program"], "")

    def when(self, row: Row) -> str:
        """Return the period, with the program where its title says more than that of the rebate."""
        period = self.language.period(row["period"])
        return period if self.program(row) == self.of(row) else f"{self.program(row)}, {period}"

    def whose(self, row: Row) -> str:
        """Return the title of the rebate, with the member where that is another than the panel's."""
        return self.of(row) if row["member_id"] == self.member_id else f"{self.of(row)} · {row['member_id']}"
