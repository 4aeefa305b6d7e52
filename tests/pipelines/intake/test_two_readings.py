"""A number that can be read in two ways is asked about once per source, until the source says what its points are."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.authoring.check import examine
from pipelines.intake.two_readings import two_readings
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency"

PROGRAM = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
  money: {period: year, measure: revenue, method: all_units, tiers: [{from: 10, rate: 10%}]}
"""


def text(*figures: tuple[str, str]) -> str:
    rows = (f"T-{n},M-1,P-1,2026-01-05,2026-01-06,sale,{q},piece,{amount},USD" for n, (q, amount) in enumerate(figures))
    return "\n".join([HEADER, *rows]) + "\n"


def asked(house: House) -> list[str]:
    return [str(problem) for problem in two_readings(open_workspace(house.root))]


def test_both_readings_are_named_with_the_place_and_the_options_that_answer(house: House) -> None:
    house.put("tx-1.csv", text(("1", "10"), ("1.612", "2.000"), ("7.001", "1")))
    house.put("tx-2.csv", text(("3.123", "1")))
    [told] = asked(house)
    found = "extracts/tx-1.csv:3: 1.612 in quantity can be read as 1.612 or as 1612: its source does not say which"
    assert told.startswith(found)
    assert '`decimal_mark: "."` if decimals' in told
    assert '`thousands_mark: "."` and `decimal_mark: ","` if thousands' in told


@pytest.mark.parametrize(
    "answer",
    ["decimal_mark: '.'", "delimiter: ;, decimal_mark: ',', thousands_mark: '.'", "thousands_mark: ','"],
)
def test_a_source_that_says_what_its_points_are_is_never_asked(house: House, answer: str) -> None:
    house.configure(transactions=f"tx*.csv, format: csv, {answer}")
    written = text(("1.612", "2.000"))
    house.put("tx.csv", written.replace(",", ";") if ";" in answer else written)
    assert asked(house) == []


@pytest.mark.parametrize(
    ("figures", "column"),
    [
        ([("1.612", "10.00"), ("2.5", "10.00")], None),  # the column shows that its points stand before decimals
        ([("1.612", "10.00"), ("0.500", "10.00")], None),
        ([("1612.500", "10.00"), ("12.500", "10.00")], None),
        ([("1.612", "10.00"), ("12", "10.00")], "quantity"),
        ([("1", "10.00"), ("1", "1.612")], "amount"),  # of money, decimals of other lengths show nothing
        ([("1", "1.612-")], "amount"),
        ([("1", "1.61"), ("1", "1.6120"), ("1", "1.612.000"), ("1", "0.612"), ("1", "1612.500")], None),
    ],
)
def test_only_what_may_be_read_in_two_ways_is_asked(
    house: House, figures: list[tuple[str, str]], column: str | None
) -> None:
    house.put("tx.csv", text(*figures))
    assert [problem.split(" in ")[1].split()[0] for problem in asked(house)] == ([column] if column else [])


def test_files_of_every_kind_are_looked_at_and_what_cannot_be_read_is_left_to_the_run(house: House) -> None:
    house.configure(
        transactions="tx*.csv, format: csv, encoding: utf-16",
        sources="  - {data_set: fx_rates, path: extracts/fx.parquet, format: parquet}\n"
        "  - {data_set: targets, path: extracts/targets.csv, format: csv}\n"
        "  - {data_set: baselines, path: extracts/bad.csv, format: csv}",
    )
    house.put("tx.csv", text(("1.612", "1")).encode("utf-16"))
    rate = {"from_currency": ["EUR"], "to_currency": ["JPY"], "rate_date": ["2026-01-05"], "rate": ["1.612"]}
    pl.DataFrame(rate).write_parquet(house.root / "extracts" / "fx.parquet")
    packed = gzip.compress(b"program,rebate,member_id,period,value\nd,r,M-1,2026,1.612\n")
    house.put("targets.csv", packed)
    house.put("bad.csv", "nothing,of,this\n1.612,1.612,1.612\n")
    places = ["extracts/tx.csv:2", "extracts/fx.parquet:1", "extracts/targets.csv:2"]
    assert [problem.partition(": ")[0] for problem in asked(house)] == places


def test_check_asks_before_anything_is_loaded(house: House) -> None:
    house.put("tx.csv", text(("1.612", "1")))
    house.rule(PROGRAM)
    assert "two-readings" in [finding.kind for finding in examine(open_workspace(house.root)).findings]
    heard = examine(open_workspace(house.root), ignore=["two-readings"]).findings
    assert "two-readings" not in [finding.kind for finding in heard]
