"""Limits of delivered files: refused in one sentence, before they cost anything."""

from __future__ import annotations

import gzip
import resource
import time
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.sources import limits
from pipelines.sources.csv_landing import land
from pipelines.sources.parquet_source import check_parquet
from schemas.errors import ExtractError
from schemas.source import Source

if TYPE_CHECKING:
    from pathlib import Path

OURS = ["member_id", "name", "type"]
CSV = Source.model_validate({"data_set": "members", "path": "m.csv", "format": "csv"})
PARQUET = Source.model_validate({"data_set": "members", "path": "m.parquet", "format": "parquet"})


def wide(path: Path, columns: int) -> Path:
    names = [*OURS, *(f"extra_{n}" for n in range(columns - len(OURS)))]
    cells = ["D-1", "Alpha", "dealer", *("x" for _ in names[len(OURS) :])]
    path.write_text(f"{','.join(names)}\n{','.join(cells)}\n", encoding="utf-8")
    return path


def test_columns_up_to_the_limit_are_read_and_no_more(tmp_path: Path) -> None:
    most = limits.MOST_COLUMNS
    assert len(land(wide(tmp_path / "m.csv", most), tmp_path / "l", source=CSV, file="m.csv")) == most
    with pytest.raises(ExtractError, match=rf"m\.csv:1: the file has {most + 1} columns; {most} can be read"):
        land(wide(tmp_path / "n.csv", most + 1), tmp_path / "n", source=CSV, file="m.csv")
    spared = CSV.model_copy(update={"ignore": ("extra_7",)})
    assert land(tmp_path / "n.csv", tmp_path / "n", source=spared, file="m.csv")


def test_very_many_columns_are_refused_at_once_in_little_memory(tmp_path: Path) -> None:
    path = wide(tmp_path / "m.csv", 50_000)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(ExtractError, match="the file has 50,000 columns"):
        land(path, tmp_path / "l", source=CSV, file="m.csv")
    assert time.process_time() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert not (tmp_path / "l").exists()


def test_a_parquet_file_is_refused_by_what_it_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.parquet"
    names = [*OURS, *(f"extra_{n}" for n in range(limits.MOST_COLUMNS))]
    pq.write_table(pa.table({name: ["x"] for name in names}), path)
    with pytest.raises(ExtractError, match="503 columns"):
        check_parquet(path, source=PARQUET, file="m.parquet")
    pq.write_table(pa.table({name: ["x" * 100] * 1_000 for name in OURS}), path, use_dictionary=False)
    assert check_parquet(path, source=PARQUET, file="m.parquet") == OURS
    monkeypatch.setattr(limits, "MOST_ROWS", 999)
    with pytest.raises(ExtractError, match="more than 999 rows → deliver it in several files"):
        check_parquet(path, source=PARQUET, file="m.parquet")
    monkeypatch.setattr(limits, "MOST_ROWS", 1_000)
    monkeypatch.setattr(limits, "MOST_UNPACKED", 10_000)
    monkeypatch.setattr(limits, "MOST_TIMES", 1)
    with pytest.raises(ExtractError, match="unpack to more than"):
        check_parquet(path, source=PARQUET, file="m.parquet")


def test_a_packed_file_may_not_unpack_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.csv"
    row = b"D-%06d,Alpha,dealer\n"
    path.write_bytes(gzip.compress(b"member_id,name,type\n" + b"".join(row % n for n in range(200_000))))
    assert land(path, tmp_path / "l", source=CSV, file="m.csv") == OURS
    (tmp_path / "l").unlink()
    monkeypatch.setattr(limits, "MOST_UNPACKED", 3_000_000)
    monkeypatch.setattr(limits, "MOST_TIMES", 2)
    with pytest.raises(ExtractError, match="bytes unpack to more than 3,000,000: no export does that"):
        land(path, tmp_path / "l", source=CSV, file="m.csv")
    assert not (tmp_path / "l").exists()


def test_rows_are_counted_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(b"member_id,name,type\n" + b"D-1,Alpha,dealer\n" * 6)
    monkeypatch.setattr(limits, "MOST_ROWS", 5)
    with pytest.raises(ExtractError, match="more than 5 rows"):
        land(path, tmp_path / "l", source=CSV, file="m.csv")
