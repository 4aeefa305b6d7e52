"""What many indicators of visits cost: their load and their measures, beside the load of as many transactions.

Prints CPU seconds a row and peak memory, and their ratios; asserts that every row is there, and that an indicator is
not loaded in more than twice the time of a transaction, which has more columns. INDICATORS says how many.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.measured import cost_of

if TYPE_CHECKING:
    from pathlib import Path

INDICATORS = int(os.environ.get("INDICATORS", "200000"))
MOST = 2


@pytest.mark.long
def test_indicators_beside_as_many_transactions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cost_of("-m", "tests.benchmarks.visit_files", str(tmp_path), str(INDICATORS))
    large = {"transactions": "tx-large.csv", "indicators": "visit_kpis-large.csv"}
    costs = {
        name: json.loads(cost_of("-m", "tests.benchmarks.visit_load", str(tmp_path / name), file).printed)
        for name, file in large.items()
    }
    transactions, indicators = costs["transactions"], costs["indicators"]
    assert transactions["read"] == indicators["read"] == indicators["measured"] == INDICATORS
    lines = {
        "load of transactions": (transactions["load"], transactions["load_mb"]),
        "load of indicators": (indicators["load"], indicators["load_mb"]),
        "visits measures": (indicators["measure"], indicators["measure_mb"]),
    }
    with capsys.disabled():
        print(f"\n{INDICATORS:,} rows  {'µs of CPU a row':>16} {'times':>6} {'peak MB':>8}")  # noqa: T201
        for name, (seconds, megabytes) in lines.items():
            times = seconds / transactions["load"]
            print(f"{name:<22} {seconds / INDICATORS * 1e6:>8.2f} {times:>6.2f} {megabytes:>8.0f}")  # noqa: T201
    assert indicators["load"] <= MOST * transactions["load"]
