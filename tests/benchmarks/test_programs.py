"""What a thousand programs cost beside one, each member enrolled in three of them: the scan is the same for all.

Prints CPU seconds of a recompute and how many times that of one program it is; asserts that both pay what a query over
the same file pays, never how long they take. ROWS says how much.
"""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Self

import duckdb
import polars as pl
import pytest

from tests.benchmarks.measured import cost_of
from tests.benchmarks.test_beside_scripts import CONFIG, MEMBERS, RECOMPUTED, ROWS, make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.measured import Cost

PROGRAMS = 1_000
ENROLLED = 3
"""In how many of many programs a member is enrolled."""

SOURCE = "  - {data_set: enrolments, path: extracts/enrolments.csv, format: csv}\n"
ONE = "the-only-one"
CATEGORIES = ("a", "b", "c", "d")
PROGRAM = """
program: {program}
title: Volume
reference: none
currency: USD
effective: {{from: 2026-01-01, to: 2026-12-31}}
members: {{enrolled: true}}
rebates:
  quarterly:
    products: {{include: [{{category: [{counted}]}}]}}
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{{from: {a}, rate: 1%}}, {{from: {b}, rate: 2%}}, {{from: {c}, rate: 3.5%}}]
"""
QUERY = """
    SELECT CAST(SUM(payout) AS DECIMAL(18, 2)) FROM (
        SELECT CAST(measure * CASE WHEN measure >= c THEN 0.035 WHEN measure >= b THEN 0.02
            WHEN measure >= a THEN 0.01 ELSE 0 END AS DECIMAL(18, 2)) AS payout
        FROM (
            SELECT program, member_id, QUARTER(activity_date) AS period, a, b, c, SUM(amount) AS measure
            FROM read_parquet('{root}/extracts/transactions.parquet')
            JOIN read_csv('{root}/extracts/products.csv') USING (product_id)
            JOIN read_csv('{root}/extracts/enrolments.csv') USING (member_id)
            JOIN programs USING (program)
            WHERE LIST_CONTAINS(categories, category)
            GROUP BY ALL
        )
    )
"""


class Volume(NamedTuple):
    """One of the programs: what it counts, and from which bounds it pays."""

    program: str
    categories: tuple[str, ...]
    a: int
    b: int
    c: int

    @classmethod
    def of(cls, program: str, number: int) -> Self:
        """Return the program of a number, which decides all of it."""
        first, width = number % len(CATEGORIES), 1 + number // len(CATEGORIES) % len(CATEGORIES)
        counted = (CATEGORIES * 2)[first : first + width]
        return cls(program, counted, a=1_000 + number, b=20_000 + 3 * number, c=50_000 + 7 * number)


def programs(count: int) -> list[Volume]:
    """Return so many programs; a single one has a name of its own."""
    names = [ONE] if count == 1 else [f"volume-{number:04d}" for number in range(count)]
    return [Volume.of(name, number) for number, name in enumerate(names)]


def write_rules(folder: Path, written: list[Volume]) -> None:
    """Write the programs' files into a folder that they have for themselves."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for each in written:
        text = PROGRAM.format(**each._asdict(), counted=", ".join(each.categories))
        (folder / f"{each.program}.yaml").write_text(text, encoding="utf-8")


def make_enrolled(root: Path) -> None:
    """Write a workspace of ROWS sales in which members are enrolled in one program, and in ENROLLED of PROGRAMS."""
    make(root)
    (root / "rebatch.yaml").write_text(CONFIG + SOURCE, encoding="utf-8")
    enrolled = chain.from_iterable(
        [ONE, *(f"volume-{(member * 7**n + n) % PROGRAMS:04d}" for n in range(ENROLLED))] for member in range(MEMBERS)
    )
    members = chain.from_iterable([f"M{member}"] * (1 + ENROLLED) for member in range(MEMBERS))
    rows = pl.DataFrame({"program": list(enrolled), "member_id": list(members)})
    rows.with_columns(valid_from=pl.lit("2026-01-01")).write_csv(root / "extracts/enrolments.csv")


def paid_by_query(root: Path, written: list[Volume]) -> Decimal:
    with duckdb.connect(config={"memory_limit": "4GB"}) as connection:
        connection.register("programs", pl.DataFrame([each._asdict() for each in written]))
        [(paid,)] = connection.execute(QUERY.format(root=root)).fetchall()
        return Decimal(paid)


@pytest.mark.long
def test_a_thousand_programs_beside_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, many = tmp_path / "one", tmp_path / "many"
    make_enrolled(one)
    write_rules(one / "rules", programs(1))
    day = "2027-01-01"
    cost_of("-m", "tests.benchmarks.stages", str(one), day, "extract", "stage")
    shutil.copytree(one, many)
    write_rules(many / "rules", programs(PROGRAMS))
    costs = {}
    for root, count in ((one, 1), (many, PROGRAMS)):
        costs[count] = cost_of("-m", "tests.benchmarks.stages", str(root), day, *RECOMPUTED)
        assert Decimal(json.loads(costs[count].printed)["paid"]) == paid_by_query(root, programs(count))
    with capsys.disabled():
        print(table(costs))  # noqa: T201


def table(costs: dict[int, Cost]) -> str:
    """Return the table that is printed: what the stages of each cost, and how many times those of one program it is."""
    stages = {count: json.loads(cost.printed)["stages"] for count, cost in costs.items()}
    sums = {count: sum(seconds for seconds, _ in each.values()) for count, each in stages.items()}
    rows = [
        f"{count:>8,} {' '.join(f'{each[name][0]:9.2f}' for name in RECOMPUTED)} {sums[count]:9.2f}"
        f" {sums[count] / sums[1]:6.1f}"
        for count, each in stages.items()
    ]
    head = f"{'programs':>8} {' '.join(f'{name:>9}' for name in RECOMPUTED)} {'CPU s':>9} {'times':>6}"
    return "\n".join([f"\n{ROWS:,} transactions of {MEMBERS:,} members, each in {ENROLLED} of many", head, *rows])
