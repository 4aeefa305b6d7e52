"""Amounts for nothing: tiers whose fixed amount is paid to members that buy nothing at all."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from rules.compiled.scales import segments
from rules.language.figures import GROWTH
from rules.language.finding import finding_at
from rules.language.reading import plain
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.language.finding import Finding
    from rules.language.model import Measure, Program, Rebate
    from rules.language.yaml_text import Marked

_ALL_LOST = Decimal(-100)
_VISITS = ("visits", "visit_score")


def paid_for_nothing(program: Program, marked: Marked) -> Iterator[Finding]:
    """Yield a warning for the tier of each rebate that pays an amount to members that buy nothing."""
    for name, rebate in program.rebates.items():
        if rebate.guarantee is not None and rebate.guarantee.unconditional:
            # The file says in so many words that everybody is paid.
            continue
        for figure, why in _figures_of_nothing(rebate.qualifier):
            number = sum(tier.lower <= figure for tier in rebate.tiers) - 1
            paid = segments(rebate.method, rebate.tiers)[number].a if number >= 0 else ZERO
            if paid > 0 and not _needs_purchases(rebate):
                found = f"{why} reach this tier, at {plain(figure)}{_percent(rebate)}, and are paid {paid:,f}"
                todo = f"begin above {plain(figure)} ({{above: {plain(figure)}}}), or say that all are meant by a "
                amount = plain(paid)
                todo += f"guarantee: {{amount: {amount}, unconditional: true}}"
                yield finding_at(marked, ("rebates", name, "tiers", number), found, todo, kind="paid-for-nothing")
                break


def _figures_of_nothing(qualifier: Measure) -> Iterator[tuple[Decimal, str]]:
    """Yield the qualifiers that a member may have that buys nothing, each with who has it."""
    if qualifier.constant is not None:
        return
    nobody = "members without a completed visit" if qualifier.counted in _VISITS else "members that buy nothing"
    if qualifier.kind in GROWTH:
        if qualifier.missing_policy == "zero":
            yield ZERO, f"{nobody}, and bought nothing before,"
        if qualifier.kind == "growth_percent":
            yield _ALL_LOST, f"{nobody}, but did before,"
    elif qualifier.kind == "target_percent" or qualifier.missing_policy != "skip":
        is_assumed = qualifier.counted == "visit_score" and qualifier.missing_value is not None
        yield (qualifier.missing_value or ZERO) if is_assumed else ZERO, nobody


def _needs_purchases(rebate: Rebate) -> bool:
    """Return whether the measure is skipped where nothing is bought, so that nothing is paid."""
    measure = rebate.measure
    return measure.kind == "share_percent" and measure.missing_policy == "skip"


def _percent(rebate: Rebate) -> str:
    """Return the sign of a qualifier that is a percentage."""
    return "%" if rebate.qualifier.kind.endswith("_percent") else ""
