"""What an agreement says about money besides its rebates: currency, periods, limits, and what is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from reports.agreement.agreement import Agreement
    from reports.page.language import Language


@dataclass(frozen=True)
class Payment:
    """What holds for all rebates of an agreement, in words."""

    agreement: Agreement
    language: Language

    def sentences(self) -> Iterator[str]:
        """Yield how amounts are computed, when periods are settled, and what is paid at most and at least."""
        words, agreement = self.language.text, self.agreement
        yield words("Everything is reckoned and paid in {currency}.", currency=agreement.currency)
        yield self._conversion()
        yield (
            words("Periods are those of the calendar year.")
            if agreement.calendar == "gregorian"
            else words("Periods are those of the calendar {calendar}.", calendar=agreement.calendar)
        )
        yield (
            words(
                "A period is settled by the first run more than {n} days after its end, with everything received by"
                " then.",
                n=str(agreement.grace_days),
            )
            if agreement.grace_days
            else words("A period is settled by the first run after its end, with everything received by then.")
        )
        yield words(
            "What changes in a settled period is corrected in the next payout, which names the period it belongs to."
        )
        yield from self._limits()
        yield {
            "carry_forward": words("If more is taken back than is paid, the rest is set off against later payments."),
            "invoice": words("If more is taken back than is paid, the rest is invoiced."),
            "write_off": words("If more is taken back than is paid, the rest is written off."),
        }[agreement.negative]
        yield words("Amounts are rounded once per line, to the smallest unit of the currency, halves away from zero.")

    def _conversion(self) -> str:
        words, agreement = self.language.text, self.agreement
        if agreement.conversion == "fixed":
            rates = ", ".join(
                f"1 {currency} = {self.language.number(rate)} {agreement.currency}"
                for currency, rate in agreement.fixed_rates
            )
            return words("Amounts in other currencies are converted at fixed rates: {rates}.", rates=rates)
        if agreement.conversion == "period_end":
            return words("Amounts in other currencies are converted at the rate of the last day of the period.")
        return words("Amounts in other currencies are converted at the rate of the day of the transaction.")

    def _limits(self) -> Iterator[str]:
        words, agreement = self.language.text, self.agreement
        if agreement.limit is not None:
            amount = self._money(agreement.limit)
            yield words(
                "All rebates of this agreement together pay a partner at most {amount} for a period.", amount=amount
            )
        if agreement.budget is not None:
            amount = self._money(agreement.budget)
            yield words("All partners together are paid at most {amount} over the whole term.", amount=amount)
            yield words("If more is earned, every payment is reduced in the same proportion.")
        if agreement.minimum is not None:
            least, below = agreement.minimum
            amount = self._money(least)
            yield (
                words("Less than {amount} is not paid out: it waits for the next payout.", amount=amount)
                if below == "carry"
                else words("Less than {amount} is not paid out: it lapses.", amount=amount)
            )

    def _money(self, amount: Decimal) -> str:
        return self.language.price(amount, self.agreement.currency)
