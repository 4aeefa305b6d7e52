"""Remarks of the books on what a rebate pays, in the reader's language: limited to 2.000,00."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import TYPE_CHECKING

from reports.page.language import SOURCE, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BETWEEN = "; "
"""What stands between two remarks of a note."""

_PLACE = re.compile(r"\{(\w+)\}")
_NUMBER = r"-?\d+(?:\.\d+)?"
_MONEY, _TITLE = ("amount", "paid"), "rebate"


@dataclass(frozen=True)
class Remarks:
    """The remarks of a rebate in a language: amounts in `currency`; `title` is asked what another rebate is called."""

    language: Language
    currency: str
    title: Callable[[str], str]

    def text(self, note: str) -> str:
        """Return a note (see rules.rating.notes); a remark that is not known stays as it is written.

        Amounts are rounded to the minor unit of the currency, as payouts are.
        """
        return BETWEEN.join(self._translated(remark) for remark in note.split(BETWEEN))

    def _translated(self, remark: str) -> str:
        for pattern, message in zip(_patterns(), _messages(self.language), strict=True):
            if found := pattern.fullmatch(remark):
                return message.format(**{name: self._value(name, text) for name, text in found.groupdict().items()})
        return remark

    def _value(self, name: str, text: str) -> str:
        if name == _TITLE:
            return self.title(text)
        if name not in _MONEY:
            return self.language.number(Decimal(text))
        digits = self.language.digits.get(self.currency, 2)
        amount = Decimal(text).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        return self.language.marked(f"{amount:,.{digits}f}")


def _messages(language: Language) -> Sequence[str]:
    """Return the remarks that there are, translated: {amount} and {paid} are money, {rebate} is a name."""
    words = language.text
    return (
        words("guaranteed {amount}"),
        words("limited to {amount}"),
        words("limited to {amount} by the limit of the program"),
        words("best_of: {rebate} is paid instead of {amount}"),
        words("first_of: {rebate} is paid instead of {amount}"),
        words("reckoned on {amount} less, which earlier rebates pay"),
        words("the budget leaves {paid} of {amount}"),
        words("{number} carried from the periods before"),
        words("compared per day: {days} days with {before}"),
        words("in the program on {days} of {all_days} days"),
        words("no baseline: skipped"),
        words("no target: skipped"),
        words("no score of visits: skipped"),
        words("nothing to take the share of: skipped"),
        words("the measure has no baseline: skipped"),
        words("the measure has no target: skipped"),
        words("the measure has no score of visits: skipped"),
        words("the measure has nothing to take the share of: skipped"),
    )


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Return what matches each remark as the books have it, in the order of `_messages`."""
    return tuple(re.compile(_pattern(message)) for message in _messages(Language(SOURCE, {})))


def _pattern(message: str) -> str:
    parts = _PLACE.split(message)
    return "".join(
        re.escape(part) if not n % 2 else f"(?P<{part}>{'.+' if part == _TITLE else _NUMBER})"
        for n, part in enumerate(parts)
    )
