"""The demo in other sizes: exact, streaming, the same rows however they are cut."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow.parquet as pq
import pytest
from demo_maker import files
from demo_maker.goods import goods
from demo_maker.partners import partners
from demo_maker.sales import Market, transactions
from hypothesis import given, settings
from hypothesis import strategies as st
from make_demo import Format, make
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.sampled(2, of="module")

SCRIPT = Path(__file__).parents[2] / "data" / "make_demo.py"
PARTNERS, GOODS = partners(60, seed=7), goods(120, seed=7)


def market(rows: int) -> Market:
    return Market(PARTNERS, GOODS, rows, 7)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "extracts").iterdir())}


@settings(max_examples=25, deadline=None)
@given(first=st.integers(0, 9_000), length=st.integers(1, 400))
def test_a_stretch_is_the_same_whatever_comes_before_it(first: int, length: int) -> None:
    whole = transactions(market(10_000), first - first % 1000, first + length)
    assert_frame_equal(transactions(market(10_000), first, first + length), whole.tail(length))


@pytest.mark.long
def test_the_same_seed_gives_the_same_bytes_however_it_streams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "a", market(6_000), file_format=Format.CSV, rules="r")
    monkeypatch.setattr(files, "STRETCH", 97)
    make(tmp_path / "b", market(6_000), file_format=Format.CSV, rules="r")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_no_more_rows_are_held_than_a_stretch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    ask: Callable[[Market, int, int], pl.DataFrame] = transactions

    def asked(of: Market, first: int, end: int) -> pl.DataFrame:
        held.append(end - first)
        return ask(of, first, end)

    monkeypatch.setattr(files, "transactions", asked)
    monkeypatch.setattr(files, "STRETCH", 100)
    make(tmp_path, market(5_000), file_format=Format.PARQUET, rules="r")
    assert max(held) == 100


@pytest.mark.parametrize("rows", [1, 23, 2_345])
@pytest.mark.parametrize("file_format", list(Format))
def test_any_number_of_rows_is_made(tmp_path: Path, rows: int, file_format: Format) -> None:
    assert make(tmp_path, market(rows), file_format=file_format, rules="r") == rows
    extracts = tmp_path / "extracts"
    if file_format is Format.PARQUET:
        made = sum(pq.read_metadata(path).num_rows for path in extracts.glob("transactions-*.parquet"))
    else:
        paths = [*extracts.glob("transactions-*.csv"), *extracts.glob("pos-*.txt")]
        assert len(paths) == 5 + 5
        made = sum(path.read_bytes().count(b"\n") - 1 for path in paths)
    assert made == rows


def test_parquet_carries_decimals_and_the_same_money_as_csv(tmp_path: Path) -> None:
    make(tmp_path, market(4_000), file_format=Format.PARQUET, rules="r")
    make(tmp_path, market(4_000), file_format=Format.CSV, rules="r")
    typed = pl.read_parquet(tmp_path / "extracts" / "transactions-*.parquet")
    assert typed.schema["amount"] == pl.Decimal(18, 4)
    assert typed.schema["quantity"] == pl.Decimal(18, 6)
    assert typed.schema["activity_date"] == pl.Date
    money = {row["transaction_id"]: row["amount"] for row in typed.iter_rows(named=True)}
    read = pl.read_csv(tmp_path / "extracts" / "transactions-*.csv", infer_schema=False, truncate_ragged_lines=True)
    written = {row["transaction_id"]: row["amount"] for row in read.iter_rows(named=True)}
    differing = [key for key, text in written.items() if key in money and not same(text, money[key])]
    assert len(written) > 3_000
    assert len(differing) <= 8, "only rows that are broken on purpose"


def same(text: str, amount: Decimal) -> bool:
    return text not in {"NaN", "1e3"} and "," not in text and Decimal(text) == amount


def test_all_that_can_be_wrong_in_typed_rows_is_there(tmp_path: Path) -> None:
    make(tmp_path, market(5_000), file_format=Format.PARQUET, rules="r")
    rows = pl.read_parquet(tmp_path / "extracts" / "transactions-*.parquet")
    found = {
        "member": ~pl.col("member_id").is_in([p.member_id for p in PARTNERS]),
        "product": ~pl.col("product_id").is_in([g.product_id for g in GOODS]),
        "sign": (pl.col("type") == "return") & (pl.col("amount") > 0),
        "future": pl.col("activity_date") > pl.col("received_on"),
        "id": pl.col("transaction_id").is_null(),
    }
    assert {name: rows.filter(is_wrong).height for name, is_wrong in found.items()} == dict.fromkeys(found, 2)


def test_more_members_and_products_can_be_asked_for(tmp_path: Path) -> None:
    options = ["--rows", "2_000", "--members", "5000", "--products", "3000", "--out", str(tmp_path)]
    made = subprocess.run([sys.executable, SCRIPT, *options], capture_output=True, text=True, check=True)
    assert "2,000 transactions of 5,000 members" in made.stdout
    members = pl.read_csv(tmp_path / "extracts" / "members.csv", infer_schema=False)
    assert members["member_id"].n_unique() == 5000
    assert pl.read_csv(tmp_path / "extracts" / "products.csv", infer_schema=False)["product_id"].n_unique() == 3000


def test_a_number_of_rows_that_is_none_is_refused_kindly(tmp_path: Path) -> None:
    tried = subprocess.run(
        [sys.executable, SCRIPT, "--rows", "many", "--out", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert tried.returncode == 2
    assert "'many' is not a whole number" in tried.stderr
    assert list(tmp_path.iterdir()) == []
