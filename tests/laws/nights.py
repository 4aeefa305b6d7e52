"""Nights of one workspace, drawn from a seed: what comes in, what people and the ERP do, a clock that jumps, crashes.

    python -m tests.laws.nights SECONDS SEED …

Lives the seeds' years one after the other, until the time is over, and says how many nights held; or, with exit code 1,
in one line the seed, the night and what broke.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from tests.faults.forked import import_everything
from tests.laws.commands import CONTRADICTION, BrokenError, Commands
from tests.laws.payer import CENT, Payer

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = """
name: Nights
currency: USD
threads: 1
payouts: {auto_approve_below: 20}
sources:
  - {data_set: members, path: extracts/members.csv, format: csv}
  - {data_set: products, path: extracts/products.csv, format: csv}
  - {data_set: transactions, path: extracts/tx*.csv, format: csv}
"""
PROGRAM = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
negative: carry_forward
rebates:
  only:
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 100, rate: 10%}]
"""
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency\n"
ANSWERS = "payout_id,status,paid_on,amount,currency,reference\n"
MEMBERS = ("A", "B", "C")


@dataclass
class Sale:
    """A transaction as it stands in force."""

    member: str
    day: date
    amount: Decimal


class Nights(Commands):
    """One workspace, and beside it the few figures that tell what its books must say."""

    def __init__(self, root: Path, seed: int) -> None:
        super().__init__(root, Random(seed))
        self.payer, self.stands_at = Payer(), date(2026, 1, 1)
        self.sales: list[Sale] = []
        self.adjusted: dict[str, Decimal] = defaultdict(Decimal)
        self.files = 0
        self.write("rebatch.yaml", CONFIG)
        self.write("rules/deal.yaml", PROGRAM)
        self.write("extracts/members.csv", "member_id,name\n" + "".join(f"{name},{name}\n" for name in MEMBERS))
        self.write("extracts/products.csv", "product_id,name\nP,Pad\n")

    def live(self, until: float) -> None:
        """Let night follow night until the year, or the time, is over.

        Raises:
            BrokenError: something does not hold.
        """
        while self.today < date(2026, 12, 20) and monotonic() < until:
            self.number += 1
            self.bring_in()
            self.run()
            self.people()
            self.payer_answers()
            self.hold()
            self.today += timedelta(days=self.dice.choice([1, 1, 7, 31, 45]))

    # What happens outside

    def bring_in(self) -> None:
        """Write tonight's extract: sales of yesterday, late ones, corrections; an old file may be taken away."""
        rows = [self._sell() for _ in range(self.dice.randint(1, 4))]
        rows += [self._correct() for _ in range(self.dice.randint(0, 2))]
        self.files += 1
        lines = (
            f"T{which},{sale.member},P,{sale.day},{self.today},adjustment,1,each,{sale.amount},USD\n"
            for which, sale in ((which, self.sales[which]) for which in sorted(set(rows)))
        )
        self.write(f"extracts/tx{self.files:03}.csv", HEADER + "".join(lines))
        if self.files > 1 and self.dice.random() < 0.2:
            # Files add: what was loaded stays, and so does what it earns.
            (self.root / f"extracts/tx{self.dice.randrange(1, self.files):03}.csv").unlink(missing_ok=True)

    def _sell(self) -> int:
        back = self.dice.choice([1, 1, 20, 100])
        day = max(self.today - timedelta(days=back), date(2026, 1, 1))
        self.sales.append(Sale(self.dice.choice(MEMBERS), day, self._amount()))
        return len(self.sales) - 1

    def _correct(self) -> int:
        which = self.dice.randrange(len(self.sales))
        self.sales[which].amount = self.dice.choice([Decimal(0), self._amount()])  # 0: it was cancelled
        return which

    def _amount(self) -> Decimal:
        return Decimal(self.dice.randint(-30_000, 150_000)) / 100

    def payer_answers(self) -> None:
        """Let the payer answer some of what it was sent, and say one thing twice."""
        kinds = self.dice.choices(["paid", "part", "refused", "again", "nonsense"], [6, 2, 2, 1, 1], k=3)
        rows = [row for kind in kinds if (row := self.payer.answer(self.dice.randrange(1000), kind, self.today))]
        if rows:
            self.write(f"answers{self.number}.csv", ANSWERS + "".join(f"{row}\n" for row in dict.fromkeys(rows)))
            self.cut_off("reconcile", str(self.root / f"answers{self.number}.csv"), "--by", "erp", may=CONTRADICTION)

    # What the nightly job and people do

    def run(self) -> None:
        """Run the night, by a clock that may be wrong; it may be cut off, more than once."""
        wrong = self.today - timedelta(days=self.dice.randint(1, 10))
        if self.dice.random() < 0.15 and wrong < self.stands_at:
            before = self.published()
            ended = self.give("run", day=wrong)
            if ended.code != CONTRADICTION or self.published() != before:
                self.broken(f"a run as of {wrong}, after {self.stands_at}, ended with {ended.code}")
        self.cut_off("run")
        self.stands_at = self.today
        published = self.published()
        if self.give("run").code or self.published() != published:
            self.broken("the same run again is not the same")

    def people(self) -> None:
        """Approve and export; sometimes grant something beside the rules."""
        if self.dice.random() < 0.3:
            member, amount = self.dice.choice(MEMBERS), Decimal(self.dice.randint(-5000, 9000)) / 100
            asked = self.told(
                "adjust", "--reason", "goodwill", "--by", "ann", "--", member, "deal", "2026-Q1", f"{amount}"
            )
            [[row]] = asked.values()
            if self.give("approve", row["subject"], "--by", "bob", "--reason", "agreed", "--yes").code:
                self.broken("an adjustment cannot be approved")
            self.adjusted[member] += amount
            self.cut_off("run")
        self.cut_off("approve", "--all", "--by", "ann", "--reason", "checked", "--yes", may=CONTRADICTION)
        self.cut_off("export", "--by", "bob", "--yes")
        for folder in sorted((self.root / "out").glob("export-*")):
            self.payer.receive(folder)

    # What holds after every night

    def hold(self) -> None:
        """Compare the books with what this process knows."""
        if (verified := self.give("verify")).code:
            self.broken(f"the books do not verify: {verified.printed[-300:]}")
        for fault in self._faults():
            self.broken(fault)
        for run_id in self._some_runs():
            if (made := self.give("replay", run_id)).code:
                self.broken(f"{run_id} is not made again as it was: {made.printed[-300:]}")

    def _faults(self) -> Iterator[str]:
        [rows] = self.told("balance").values()
        figures = [{name: Decimal(row[name]) for name in row if name in PLACES or name in OWED} for row in rows]
        posted = {row["payee_id"]: figure["posted"] for row, figure in zip(rows, figures, strict=True)}
        for member in MEMBERS:
            if posted.get(member, 0) != self._earned(member):
                yield f"{member} has earned {self._earned(member)}, and {posted.get(member, 0)} is posted"
        for row, figure in zip(rows, figures, strict=True):
            if sum(figure[name] for name in PLACES) != sum(figure[name] for name in OWED):
                yield f"what is posted for {row['payee_id']} is not where it should be: {figure}"
        paid = sum(figure["paid"] for figure in figures)
        if paid != self.payer.paid:
            yield f"the payer has paid {self.payer.paid}, the books say {paid}"

    def _earned(self, member: str) -> Decimal:
        """Add up what the settled quarters earn, sale by sale."""
        revenue: dict[int, Decimal] = defaultdict(Decimal)
        for sale in self.sales:
            quarter = (sale.day.month - 1) // 3
            if sale.member == member and quarter < (self.stands_at.month - 1) // 3:
                revenue[quarter] += sale.amount
        earned = (amount / 10 for amount in revenue.values() if amount >= 100)
        return sum((amount.quantize(CENT, ROUND_HALF_UP) for amount in earned), self.adjusted[member])

    def _some_runs(self) -> list[str]:
        """Return the last run and another one."""
        runs = sorted(path.name for path in (self.root / "out").glob("2026-*"))
        return sorted({self.dice.choice(runs), runs[-1]})


PLACES = ("paid", "short_paid", "open", "invoiced", "carried")
OWED = ("posted", "written_off")


def live(seed: int, until: float) -> tuple[int, str]:
    """Return how many nights of a seed held, and in one line what broke; "" if nothing did."""
    root = Path(tempfile.mkdtemp(prefix="nights-"))
    nights = Nights(root, seed)
    try:
        nights.live(until)
    except (BrokenError, AssertionError) as error:
        return nights.number, f"seed {seed}: {' '.join(str(error).split())} (python -m tests.laws.nights 9999 {seed})"
    finally:
        shutil.rmtree(root)
    return nights.number, ""


def main(seconds: str, *seeds: str) -> int:
    import_everything()
    until, held = monotonic() + float(seconds), 0
    for seed in seeds:
        if monotonic() > until:
            break
        nights, broken = live(int(seed), until)
        if broken:
            sys.stdout.write(f"{broken}\n")
            return 1
        held += nights
    sys.stdout.write(f"{held} nights held\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
