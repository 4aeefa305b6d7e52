"""Rekey on the command line: what a person is told when a source was renamed, and how it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch

DAY = "2026-10-31"


@pytest.mark.long
def test_a_renamed_source_is_refused_until_its_rows_have_other_keys(rebatch: Rebatch, sample: Path) -> None:
    here = ("-w", sample)
    assert rebatch(*here, "rekey", "--yes").code != 0  # there are no books yet
    assert rebatch(*here, "run", "--as-of", DAY).code == 0
    config = sample / "rebatch.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("data_set: transactions", "data_set: transactions\n    source: erp"), "utf-8")
    for refused in (("run", "--as-of", DAY), ("run", "--as-of", DAY, "--dry-run"), ("check",)):
        told = rebatch(*here, *refused)
        assert (told.code, "`source:` main → erp; rows in force: 7" in told.err) == (7, True)
    assert rebatch(*here, "rekey", "--json").code == 2
    shown = rebatch(*here, "rekey", "--dry-run", "--json").data["rekey"]
    assert [(row["rows"], row["other_key"], row["merged"]) for row in shown] == [(7, 7, 0)]
    assert rebatch(*here, "run", "--as-of", DAY).code == 7
    done = rebatch(*here, "rekey", "--yes", "--by", "ann", "--reason", "renamed", "--json").data["decided"]
    assert [(row["subject"], row["person"], row["reference"]) for row in done] == [("REKEY-1", "ann", "load 4")]
    assert "Nothing to do" in rebatch(*here, "rekey", "--yes").out
    assert rebatch(*here, "run", "--as-of", DAY).code == 0
    assert rebatch(*here, "verify").code == 0
    rows_in = next(row for row in rebatch(*here, "status", "--json").data["loads"] if row["data_set"] == "transactions")
    assert (rows_in["files"], rows_in["read"]) == (1, 7)
    explained = rebatch(*here, "explain", "D-001", "volume-bonus-2026", "2026-Q3")
    assert "extracts/transactions" in explained.out
