"""What a load costs: validation, versions and evidence beside a script that only reads the files and keeps a table.

Prints CPU seconds and memory, and their ratios; asserts that both keep the same rows and sums, never times. `make
bench` shows them; ROWS and MEMBERS say how much.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from demo_maker.goods import goods
from demo_maker.partners import partners
from demo_maker.sales import Market
from make_demo import RULES, Format, make

from tests.benchmarks.measured import cost_of

if TYPE_CHECKING:
    from typing import Any

ROWS = int(os.environ.get("ROWS", "1000000"))
MEMBERS = int(os.environ.get("MEMBERS", "1000"))
# A script by hand refuses no row: transactions of which one was refused are left out on both sides.
REFUSED = """
    CREATE TEMP TABLE refused AS SELECT DISTINCT upper(transaction_id) AS id
    FROM read_parquet($files, filename = true, file_row_number = true) AS f
    JOIN rejects AS r ON r.line = f.file_row_number + 1 AND ends_with(f.filename, '/' || r.path)
"""
KEPT = """
    SELECT COUNT(*), SUM(amount), SUM(quantity), bit_xor(hash(upper(transaction_id), member_id, activity_date, amount))
    FROM {table} AS t WHERE transaction_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM refused WHERE id = upper(t.transaction_id))
"""


def sold(root: Path, file_format: Format) -> None:
    market = Market(partners(MEMBERS, seed=7), goods(120, seed=7), ROWS, 7)
    make(root, market, file_format=file_format, rules=Path(os.path.relpath(RULES / "programs", root)).as_posix())


def kept(root: Path, by_hand: Path) -> list[Any]:
    """Return what the warehouse of a workspace and the table of a script keep: rows, sums and a hash of each."""
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as ours:
        ours.execute(f"ATTACH '{by_hand}' AS script (READ_ONLY)")
        ours.execute(REFUSED, {"files": str(root / "extracts/transactions-*.parquet")})
        tables = "script.kept", "(FROM transactions WHERE superseded_seq IS NULL)"
        return [ours.execute(KEPT.format(table=table)).fetchall()[0] for table in tables]


@pytest.mark.long
def test_a_load_beside_a_script_that_keeps_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    peers = {}
    for each in Format:
        sold(tmp_path / each, each)
    for how in ("tuned", "simple"):
        database = str(tmp_path / f"{how}.duckdb")
        peer = cost_of("-m", "tests.benchmarks.peers.duckdb_load", str(tmp_path / "parquet"), database, how)
        peers[f"script, {how}"] = (peer.seconds, peer.megabytes)
    loads = {each: json.loads(cost_of("-m", "tests.benchmarks.load", str(tmp_path / each)).printed) for each in Format}
    by_script, by_us = kept(tmp_path / "parquet", tmp_path / "tuned.duckdb")
    assert by_script == by_us
    assert by_us[0] > 0.9 * ROWS
    assert loads[Format.CSV]["read"] == loads[Format.PARQUET]["read"]
    costs = peers | {f"load, {each}": (load["seconds"], load["megabytes"]) for each, load in loads.items()}
    bare = costs["script, tuned"][0]
    lines = [f"{name:<16} {s:8.2f} {mb:8.0f} {s / bare:8.2f}" for name, (s, mb) in costs.items()]
    with capsys.disabled():
        print("\n".join([f"\n{ROWS:,} transactions", f"{'':<16} {'CPU s':>8} {'peak MB':>8} {'times':>8}", *lines]))  # noqa: T201
