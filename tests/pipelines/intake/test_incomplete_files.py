"""Incomplete files: one that was cut off, or still grows, is not loaded."""

from __future__ import annotations

import gzip
import threading
from typing import TYPE_CHECKING

import polars as pl
import pytest

import pipelines.intake.file_looks
from schemas.errors import ExtractError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipelines.conftest import House

HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,currency,amount"
SALE = "T-{},M-1,P-1,2026-01-05,2026-01-06,sale,1,piece,USD,6000.00"
TEXT = f"{HEADER}\n{SALE.format(1)}\n{SALE.format(2)}\n"


def load(house: House, text: bytes, **more: str) -> int:
    house.configure(**more)
    house.put("tx.csv", text)
    return int(house.load()["loaded"])


@pytest.mark.parametrize(
    "text",
    [TEXT[:-6].encode(), TEXT[:-1].encode(), gzip.compress(TEXT[:-1].encode()), HEADER.encode()],
    ids=["cut in an amount", "without the last line end", "packed", "in the header"],
)
def test_a_file_whose_last_line_does_not_end_is_refused(house: House, text: bytes) -> None:
    with pytest.raises(ExtractError, match=r"extracts/tx\.csv:\d: the last line has no line end"):
        load(house, text)
    assert house.ask("SELECT table_name FROM duckdb_tables() WHERE table_name = 'transactions'") == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", "\r\n\x1a"])
def test_a_file_that_ends_with_a_line_end_is_whole(house: House, end: str) -> None:
    assert load(house, (TEXT[:-1] + end).encode()) == 6


def test_a_source_may_say_that_its_system_never_ends_the_last_line(house: House) -> None:
    optional = "tx.csv, format: csv, final_line_end: optional"
    assert load(house, TEXT[:-1].encode(), transactions=optional) == 6
    house.configure()
    assert house.load()["files"] == 0


def test_a_wide_character_set_ends_its_lines_too(house: House) -> None:
    wide = "tx.csv, format: csv, encoding: utf-16"
    with pytest.raises(ExtractError, match="has no line end"):
        load(house, TEXT[:-1].encode("utf-16"), transactions=wide)
    assert load(house, TEXT.encode("utf-16"), transactions=wide) == 6


def test_a_file_that_grows_between_two_looks_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines.intake.file_looks, "SETTLED_SECONDS", 1.0)
    path = house.put("tx.csv", TEXT)
    stop = threading.Event()

    def write_on() -> None:
        number = 3
        while not stop.wait(0.1):
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{SALE.format(number)}\n")
            number += 1

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        with pytest.raises(ExtractError, match=r"extracts/tx\.csv: the file changed while it was read"):
            house.load()
    finally:
        stop.set()
        writer.join()
    assert int(house.load()["loaded"]) >= 6


def test_parquet_that_is_exchanged_while_it_is_loaded_is_refused(house: House) -> None:
    def put(amount: str) -> Path:
        rows = [dict(zip(HEADER.split(","), SALE.replace("6000.00", amount).format(1).split(","), strict=True))]
        path = house.root / "extracts" / "tx.parquet"
        pl.DataFrame(rows).write_parquet(path)
        return path

    house.configure(transactions="tx.parquet, format: parquet")
    put("1")
    house.extract()
    put("22")
    with pytest.raises(ExtractError, match="it is still being written"):
        house.stage()
    assert house.ask("SELECT COUNT(*) FROM transactions") == [(0,)]
    house.load()
    assert house.ask("SELECT amount FROM transactions") == [(22,)]
