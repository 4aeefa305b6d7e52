"""A warehouse holds our tables and nothing else: what someone stores in it beside them is refused, never used."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.audit.explain import explain
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from schemas.errors import InvariantError

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace


@pytest.fixture
def workspace(booked: Path, tmp_path: Path) -> Workspace:
    return open_workspace(shutil.copytree(booked, tmp_path / "copy"))


def plant(workspace: Workspace, statement: str) -> None:
    with duckdb.connect(str(workspace.warehouse_path)) as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "thing"),
    [
        ("CREATE VIEW payouts AS SELECT *, 'approved' AS status FROM payout_drafts", "view main.payouts"),
        ("CREATE TABLE payouts AS SELECT 1 AS amount", "table main.payouts"),
        ("CREATE MACRO payouts_known(a, b) AS TABLE SELECT 1", "function main.payouts_known"),
        ("CREATE MACRO max(x) AS min(x)", "function main.max"),
        ("CREATE VIEW work.entitlement AS SELECT 1", "view work.entitlement"),
        ("CREATE SCHEMA more; CREATE VIEW more.ledger AS SELECT 1", "view more.ledger"),
        ("ALTER TABLE ledger RENAME TO kept; CREATE VIEW ledger AS SELECT * FROM kept", "view main.ledger"),
        ("CREATE SEQUENCE seq", "sequence main.seq"),
        ("CREATE TYPE money AS DECIMAL(3, 1)", "type main.money"),
    ],
)
def test_what_rebatch_does_not_make_is_refused_by_name(workspace: Workspace, statement: str, thing: str) -> None:
    plant(workspace, statement)
    for read_only in (True, False):
        with pytest.raises(InvariantError, match=f"there is a {thing} in the warehouse"):  # noqa: SIM117 - one raises
            with connect(workspace, read_only=read_only):
                pass


def test_views_are_made_for_each_connection_and_kept_nowhere(workspace: Workspace) -> None:
    with connect(workspace, read_only=True) as connection:
        assert connection.execute("SELECT COUNT(*) > 0 FROM payouts").fetchall() == [(True,)]
    with duckdb.connect(str(workspace.warehouse_path), read_only=True) as connection:
        stored = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
        assert connection.execute(stored).fetchall() == []


def test_no_query_reaches_a_file_outside_the_workspace(workspace: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    with connect(workspace) as connection:
        for query in (
            f"SELECT * FROM read_text('{secret}')",
            f"COPY (SELECT 1) TO '{tmp_path / 'made.csv'}'",
            f"ATTACH '{tmp_path / 'other.duckdb'}' AS other",
            "SET enable_external_access = true",
            f"SET allowed_directories = ['{tmp_path}/']",
            "INSTALL httpfs",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(query)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "secret.txt"]


def test_a_view_of_the_last_run_cannot_show_a_file_of_the_machine(workspace: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    plant(
        workspace,
        "CREATE OR REPLACE VIEW work.transactions_in_force AS "
        f"SELECT * REPLACE (content AS unit) FROM work.every_version, read_text('{secret}')",
    )
    with pytest.raises(Exception, match=r"(?i)disabled|access") as refused:
        explain(workspace, member="D-001", program="volume-bonus-2026", period="2026-Q3")
    assert "secret\n" not in str(refused.value)
