"""Ids as people type them: what a run accepts in an extract, every command accepts on the command line."""

from __future__ import annotations

import sys
import unicodedata
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest

from pipelines.books.runs import Run
from pipelines.intake.cast_text import LOOK, identifier
from pipelines.stages import run_all
from pipelines.workspace.configuration import create_workspace, open_workspace
from pipelines.workspace.normal_text import normal_id
from schemas.workspace import Ids
from tests.conftest import AS_OF

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch

PROGRAM = "Volume-Bonus-2026 "


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample whose ids are compared in capitals and without punctuation."""
    root = create_workspace(tmp_path_factory.mktemp("typed") / "books").root
    config = (root / "rebatch.yaml").read_text(encoding="utf-8")
    config = config.replace("currency: USD\n", "currency: USD\nids: {case: upper, punctuation: strip}\n", 1)
    (root / "rebatch.yaml").write_text(config, encoding="utf-8")
    run_all(open_workspace(root), Run(AS_OF))
    return root


@pytest.mark.sampled(2)
@pytest.mark.parametrize("member", ["D001", "d-001", " D_001 ", "D-001"])
def test_a_member_is_found_however_it_is_written(rebatch: Rebatch, books: Path, member: str) -> None:
    explained = rebatch("-w", books, "explain", member, PROGRAM, "2026-Q3", "--json")
    assert explained.data["transactions"][0]["transaction_id"] == "T0001"
    assert rebatch("-w", books, "balance", member, "--json").data["balance"][0]["payee_id"] == "D001"
    listed = rebatch("-w", books, "payouts", "--payee", member, "--program", PROGRAM, "--json").data["payouts"]
    assert [row["payee_id"] for row in listed] == ["D001"]
    planned = rebatch("-w", books, "plan", "--member", member, "--program", PROGRAM, "--json")
    assert planned.code == 0


def test_payouts_requests_and_transactions_are_found_however_they_are_written(rebatch: Rebatch, books: Path) -> None:
    [payout, _] = [row["payout_id"] for row in rebatch("-w", books, "payouts", "--json").data["payouts"]]
    typed = payout.swapcase().replace("-", "")
    assert rebatch("-w", books, "history", typed, "--json").data["history"]
    submitted = rebatch("-w", books, "submit", typed, "--by", "ann", "--yes", "--json").data["decided"]
    assert [row["subject"] for row in submitted] == [payout]
    asked = ("adjust", "d 001", PROGRAM, "2026-Q3", "5", "--reason", "goodwill", "--note", "late", "--by", "ann")
    [request] = rebatch("-w", books, *asked, "--json").data["adjusted"]
    assert (request["member_id"], request["program"]) == ("D001", "volume-bonus-2026")
    approved = rebatch("-w", books, "approve", request["subject"].lower(), "--by", "bob", "--yes", "--json")
    assert approved.data["decided"][0]["subject"] == request["subject"]
    taken_out = ("adjust", "--exclude", "t-0001", "--reason", "dispute", "--note", "never came", "--by", "ann", "--yes")
    assert rebatch("-w", books, *taken_out, "--json").data["disputed"][0]["transaction_id"] == "T0001"
    exported = rebatch("-w", books, "export", "--payee", "d-001", "--dry-run")
    assert "'d-001'" not in exported.err


def test_a_typed_id_and_one_of_an_extract_are_written_alike() -> None:
    letters = [chr(n) for n in range(sys.maxunicode) if unicodedata.category(chr(n))[0] in "LNP"]
    table = pa.table({"v": letters})
    with duckdb.connect() as connection:
        connection.register("letters", table)
        for ids in (Ids(case="upper"), Ids(punctuation="strip")):
            query = f"SELECT v, {identifier('v', ids)} FROM (SELECT v, false AS {LOOK} FROM letters)"
            rows = connection.execute(query).fetchall()
            # Letters that are younger than the tables of either are no ids.
            old = [(typed, loaded) for typed, loaded in rows if ord(typed) < 0x10000]
            assert [(typed, loaded) for typed, loaded in old if normal_id(typed, ids) != (loaded or "")] == []
