from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.console.run_report import markdown, results_table
from pipelines.console.stage_progress import StageResult
from pipelines.console.tables import Table

RESULTS = [
    StageResult("stage", {"read": 12345, "rejected": 3}),
    StageResult("post", {"JPY": "3004106.0000", "USD": "10.0000"}),
]


def test_a_stage_says_what_it_did_in_a_sentence() -> None:
    assert results_table(RESULTS).texts() == [
        ["stage", "read 12,345 · rejected 3"],
        ["post", "JPY 3,004,106 · USD 10.00"],
    ]


def test_a_program_gets_the_counts() -> None:
    assert results_table(RESULTS).rows() == [
        {"stage": "stage", "read": 12345, "rejected": 3},
        {"stage": "post", "JPY": "3004106.0000", "USD": "10.0000"},
    ]


def test_what_extracts_hold_stays_in_its_cell() -> None:
    rows = Table("rejects", "Rejects", pl.DataFrame({"value": ["a|b\n<script>[x](y)`", "髙"]}))
    page = markdown(date(2026, 11, 23), RESULTS, [rows])
    lines = page.partition("## Rejects")[2].strip().splitlines()
    assert lines == ["| value |", "| :-- |", "| a\\|b &lt;script>\\[x](y)\\` |", "| 髙 |"]


def test_an_empty_table_says_so() -> None:
    empty = Table("rejects", "Rejects", pl.DataFrame({"value": []}))
    assert markdown(date(2026, 11, 23), RESULTS, [empty]).endswith("## Rejects\n\nnone")
