"""Many indicators of visits, or as many transactions, as extracts: python -m tests.benchmarks.visit_files ROOT ROWS."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tests.faults.journey import CONFIG, PROGRAM
from tests.pipelines.visits.conftest import SOURCES, TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Callable

MEMBERS, PRODUCTS, EACH = 1_000, 100, 10
"""Members, products, and indicators of a visit."""
PIECE = 500_000
"""Rows in memory at a time."""
FIRST, DAYS = date(2026, 1, 1), 300
_KPIS = ("shelf", "stock", "waste", "display")


def main(root: str, rows: str) -> None:
    """Write `ROOT/indicators` and `ROOT/transactions`: two workspaces, each with the large file beside its extracts."""
    count = int(rows)
    for name, large in (("indicators", _indicators), ("transactions", _transactions)):
        folder = Path(root) / name
        texts = {
            "rebatch.yaml": CONFIG.replace("threads: 1\n", "") + SOURCES,
            "rules/deal.yaml": PROGRAM,
            "rules/visits/review.yaml": TEMPLATE,
        }
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        (folder / "extracts").mkdir()
        _small(folder / "extracts", count)
        _written(folder / "large.csv", count, large)


def _small(extracts: Path, count: int) -> None:
    """Write what the large files name: members, products, visits, and a transaction, without which nothing is run."""
    members = pl.DataFrame({"member_id": _ids("M", MEMBERS)})
    dealers = members.with_columns(name="member_id", type=pl.lit("dealer"), region=pl.lit("N"), currency=pl.lit("USD"))
    dealers.write_csv(extracts / "members.csv")
    pl.DataFrame({"product_id": _ids("P", PRODUCTS), "unit": "piece"}).write_csv(extracts / "products.csv")
    _written(extracts / "visits.csv", count // EACH, _visits)
    _transactions(0, 1).write_csv(extracts / "tx-small.csv")


def _written(path: Path, count: int, rows: Callable[[int, int], pl.DataFrame]) -> None:
    with path.open("wb") as target:
        for start in range(0, count, PIECE):
            rows(start, min(start + PIECE, count)).write_csv(target, include_header=not start)


def _visits(start: int, end: int) -> pl.DataFrame:
    number = pl.int_range(start, end, eager=True).alias("n").to_frame()
    begin = _day().dt.strftime("%Y-%m-%dT10:00:00")
    later = _day().dt.strftime("%Y-%m-%dT11:00:00")
    return number.select(
        visit_id=pl.format("V{}", "n"), member_id=_id("M", MEMBERS), rep_id=pl.lit("R1"), planned_start=begin,
        planned_end=later, actual_start=begin, actual_end=later, status=pl.lit("completed"),
        visit_type=pl.lit("review"),
    )  # fmt: skip


def _indicators(start: int, end: int) -> pl.DataFrame:
    number = pl.int_range(start, end, eager=True).alias("n").to_frame()
    kind = pl.col("n") % EACH % len(_KPIS)
    is_truth = kind == _KPIS.index("display")
    figure = (pl.col("n") * 7919 % 100).cast(pl.String)
    return number.select(
        visit_id=pl.format("V{}", pl.col("n") // EACH),
        kpi=kind.replace_strict(dict(enumerate(_KPIS)), return_dtype=pl.String),
        # Each of a visit's indicators is about a product of its own: one of each name.
        product_id=pl.format("P{}", pl.col("n") % EACH),
        kind=pl.when(is_truth).then(pl.lit("boolean")).otherwise(pl.lit("number")),
        target=pl.when(is_truth).then(pl.lit("true")).otherwise(pl.lit("50")),
        actual=pl.when(is_truth).then(pl.lit("false")).otherwise(figure),
        sequence=pl.col("n") % EACH,
        unit=pl.when(~is_truth).then(pl.lit("piece")),
    )


def _transactions(start: int, end: int) -> pl.DataFrame:
    number = pl.int_range(start, end, eager=True).alias("n").to_frame()
    day = _day().dt.to_string("%Y-%m-%d")
    return number.select(
        transaction_id=pl.format("T{}", "n"), member_id=_id("M", MEMBERS), product_id=_id("P", PRODUCTS),
        activity_date=day, received_on=day, type=pl.lit("sale"), quantity=pl.col("n") % 50 + 1, unit=pl.lit("piece"),
        amount=pl.format("{}.50", pl.col("n") % 900 + 1), currency=pl.lit("USD"),
    )  # fmt: skip


def _day() -> pl.Expr:
    return pl.lit(FIRST) + pl.duration(days=pl.col("n") % DAYS)


def _id(letter: str, count: int) -> pl.Expr:
    return pl.format(letter + "{}", pl.col("n") % count)


def _ids(letter: str, count: int) -> list[str]:
    return [f"{letter}{number}" for number in range(count)]


if __name__ == "__main__":
    main(*sys.argv[1:])
