"""Returns that name their sale, and periods that end below zero: what is paid, restated, explained and said."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.explain import explain
from pipelines.audit.reject_list import reject_list
from pipelines.audit.verify import holds, verify
from pipelines.authoring.check import examine
from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from rules.loading.load import read_programs
from schemas.errors import RuleError
from tests.posting import post_run

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

pytestmark = pytest.mark.sampled(4, of="module")

CONFIG = """
name: Returns
currency: USD
sources:
  - {data_set: members, path: extracts/members.csv, format: csv}
  - {data_set: products, path: extracts/products.csv, format: csv}
  - {data_set: transactions, path: extracts/tx*.csv, format: csv}
"""
HEAD = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
"""
REBATE = """
  %s:
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 100, rate: 10%%}]
"""
BY_DAY = HEAD + REBATE % "own" + "    returns: own_day\n" + REBATE % "sold" + "    returns: with_sale\n"
BELOW = HEAD + REBATE % "forgets" + "    below_zero: forget\n" + REBATE % "carries" + "    below_zero: carry\n"
COLUMNS = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency,original_id"
AMOUNTS = """
    SELECT rebate, member_id, period, CAST(measure AS DOUBLE), CAST(amount AS DOUBLE) FROM work.entitlements
    WHERE horizon = 'settled' ORDER BY ALL
"""
LEDGER = """
    SELECT kind, period, CAST(amount AS DOUBLE) FROM ledger WHERE rebate = ? AND kind IN ('rebate', 'restatement')
    ORDER BY seq
"""


def workspace_of(root: Path, rule: str) -> Workspace:
    (root / "rules").mkdir()
    (root / "extracts").mkdir()
    (root / "rebatch.yaml").write_text(CONFIG, encoding="utf-8")
    (root / "rules/deal.yaml").write_text(rule, encoding="utf-8")
    (root / "extracts/members.csv").write_text("member_id,name\nM,Em\nN,En\n", encoding="utf-8")
    (root / "extracts/products.csv").write_text("product_id,name\nP,Pad\n", encoding="utf-8")
    return open_workspace(root)


def sell(workspace: Workspace, number: int, *rows: str) -> None:
    """Write sales as "id member day amount original"; an amount below zero is a return."""
    lines = [COLUMNS]
    for row in rows:
        name, member, day, amount, original = row.split()
        kind = "return" if amount.startswith("-") else "sale"
        sign = "-1" if amount.startswith("-") else "1"
        lines.append(f"{name},{member},P,{day},{day},{kind},{sign},each,{amount},USD,{original.strip('.')}")
    (workspace.root / f"extracts/tx{number}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def amounts(workspace: Workspace) -> list[tuple[object, ...]]:
    with connect(workspace, read_only=True) as connection:
        return read(connection, AMOUNTS).rows()


def posted(workspace: Workspace, rebate: str) -> list[tuple[object, ...]]:
    with connect(workspace, read_only=True) as connection:
        return read(connection, LEDGER, [rebate]).rows()


@pytest.fixture(scope="module")
def returned(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A quarter settled, then a return of a sale in it, which by its own day belongs to the next."""
    workspace = workspace_of(tmp_path_factory.mktemp("returned"), BY_DAY)
    sell(workspace, 1, "S1 M 2026-03-31 150 .", "S2 M 2026-04-01 200 .", "S3 N 2026-02-01 500 .")
    post_run(workspace, Run(date(2026, 4, 1)))
    sell(
        workspace, 2,
        "R1 M 2026-05-01 -40 S1",     # of the first quarter: 110 are left of it, still in the tier
        "R2 N 2026-05-01 -10 S1",     # names a sale of somebody else: it counts on its own day
        "R3 N 2026-05-02 -20 gone",   # names nothing that is known
    )  # fmt: skip
    [counts] = [result.counts for result in post_run(workspace, Run(date(2026, 7, 1))) if result.stage == "aggregate"]
    assert counts["transactions"] == 6  # R1 counts by two days, and is one
    return workspace


def test_a_return_counts_on_its_own_day_or_with_its_sale(returned: Workspace) -> None:
    assert amounts(returned) == [
        ("own", "M", "2026-Q1", 150, 15), ("own", "M", "2026-Q2", 160, 16),
        ("own", "N", "2026-Q1", 500, 50), ("own", "N", "2026-Q2", -30, 0),
        ("sold", "M", "2026-Q1", 110, 11), ("sold", "M", "2026-Q2", 200, 20),
        ("sold", "N", "2026-Q1", 500, 50), ("sold", "N", "2026-Q2", -30, 0),
    ]  # fmt: skip


def test_the_period_of_the_sale_is_restated_and_the_books_hold(returned: Workspace) -> None:
    assert ("restatement", "2026-Q1", -4) in posted(returned, "sold")
    assert [row for row in posted(returned, "own") if row[0] == "restatement"] == []
    assert holds(verify(returned))


def test_a_return_that_names_no_known_sale_is_told_by_run_check_and_rejects(returned: Workspace) -> None:
    """R2 names a sale of another member, R3 one that nobody has: both count on their own day."""
    listed = reject_list(returned).filter(reason="unknown_sale")
    assert listed.select("file", "line", "column", "value", "original").rows() == [
        ("extracts/tx2.csv", 3, "original_id", "S1", "R2 of N on 2026-05-01: counts on its own day"),
        ("extracts/tx2.csv", 4, "original_id", "gone", "R3 of N on 2026-05-02: counts on its own day"),
    ]
    [found] = [finding for finding in examine(returned).findings if finding.kind == "stray"]
    said = "R2 of N names the sale 'S1', which is not known, and another row does so: it counts on its own day"
    assert (found.found, found.at.file, found.at.line) == (said, "extracts/tx2.csv", 3)
    [counts] = [result.counts for result in post_run(returned, Run(date(2026, 7, 1))) if result.stage == "aggregate"]
    assert said in str(counts["warned"])


def test_where_returns_count_on_their_own_day_the_sale_need_not_be_known(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, HEAD + REBATE % "own" + "    returns: own_day\n    below_zero: forget\n")
    sell(workspace, 1, "S1 M 2026-03-31 150 .", "R1 M 2026-03-31 -20 gone")
    [counts] = [result.counts for result in post_run(workspace, Run(date(2026, 4, 1))) if result.stage == "aggregate"]
    assert "warned" not in counts
    assert reject_list(workspace).is_empty()


def test_explain_shows_the_return_where_it_counts_with_its_own_day(returned: Workspace) -> None:
    tables = {t.name: t.frame for t in explain(returned, member="M", program="deal", period="2026-Q1")}
    shown = tables["transactions"].select("rebate", "transaction_id", "activity_date").sort("rebate", "transaction_id")
    assert shown.rows() == [
        ("own", "S1", date(2026, 3, 31)), ("sold", "R1", date(2026, 5, 1)), ("sold", "S1", date(2026, 3, 31)),
    ]  # fmt: skip


def test_a_sale_that_comes_after_its_return_takes_it_along(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, BY_DAY)
    sell(workspace, 1, "R1 M 2026-04-02 -50 S1", "S2 M 2026-04-02 250 .", "X1 M 2026-04-03 50 R1")
    post_run(workspace, Run(date(2026, 7, 1)))
    # The return counts on its own day, and what took it back with it.
    assert [row for row in amounts(workspace) if row[0] == "sold"] == [("sold", "M", "2026-Q2", 250, 25)]
    sell(workspace, 2, "S1 M 2026-03-30 150 .")
    post_run(workspace, Run(date(2026, 7, 2)))
    assert [row for row in amounts(workspace) if row[0] == "sold"] == [
        ("sold", "M", "2026-Q1", 150, 15), ("sold", "M", "2026-Q2", 250, 25),
    ]  # fmt: skip


def test_returns_that_name_each_other_in_a_circle_count_on_their_own_days(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, BY_DAY)
    sell(workspace, 1, "A M 2026-01-02 -50 B", "B M 2026-04-02 -60 A", "C M 2026-04-02 -5 C", "S M 2026-04-02 300 .")
    post_run(workspace, Run(date(2026, 7, 1)))
    found = amounts(workspace)
    assert [row[2:4] for row in found if row[0] == "sold"] == [row[2:4] for row in found if row[0] == "own"]
    assert ("sold", "M", "2026-Q2", 235, 23.5) in found


def test_what_is_below_zero_is_forgotten_or_carried(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, BELOW)
    sell(
        workspace, 1,
        "S1 M 2026-01-01 60 .", "R1 M 2026-01-02 -160 .",     # the first quarter ends 100 below zero
        "S2 M 2026-04-01 30 .",                               # and the second still 70
        "S3 M 2026-07-01 169.99 .",                           # 99.99 are left of the third
        "S4 M 2026-10-01 100 .",                              # and nothing is carried into the fourth
        "S5 N 2026-04-01 -10 .", "S6 N 2026-07-01 110 .",     # exactly the first tier
    )  # fmt: skip
    post_run(workspace, Run(date(2027, 1, 1)))
    assert amounts(workspace) == [
        ("carries", "M", "2026-Q1", -100, 0), ("carries", "M", "2026-Q2", -70, 0),
        ("carries", "M", "2026-Q3", 99.99, 0), ("carries", "M", "2026-Q4", 100, 10),
        ("carries", "N", "2026-Q2", -10, 0), ("carries", "N", "2026-Q3", 100, 10),
        ("forgets", "M", "2026-Q1", -100, 0), ("forgets", "M", "2026-Q2", 30, 0),
        ("forgets", "M", "2026-Q3", 169.99, 17), ("forgets", "M", "2026-Q4", 100, 10),
        ("forgets", "N", "2026-Q2", -10, 0), ("forgets", "N", "2026-Q3", 110, 11),
    ]  # fmt: skip
    with connect(workspace, read_only=True) as connection:
        notes = "SELECT period, note FROM work.entitlements WHERE rebate = 'carries' AND member_id = 'M' ORDER BY 1"
        assert read(connection, notes).rows() == [
            ("2026-Q1", ""), ("2026-Q2", "-100 carried from the periods before"),
            ("2026-Q3", "-70 carried from the periods before"), ("2026-Q4", ""),
        ]  # fmt: skip


def test_an_open_period_begins_with_what_the_settled_ones_left(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, BELOW)
    sell(workspace, 1, "R1 M 2026-01-02 -100 .", "S2 M 2026-04-01 250 .")
    post_run(workspace, Run(date(2026, 5, 1)))
    with connect(workspace, read_only=True) as connection:
        carries = "SELECT CAST(measure AS DOUBLE) FROM work.entitlements WHERE rebate = 'carries'"
        to_date = f"{carries} AND horizon = 'to_date'"
        assert read(connection, to_date).rows() == [(150,)]


def test_check_says_what_is_left_open_and_nothing_once_it_is_said(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, HEAD + REBATE % "silent")
    [found] = [f for f in examine(workspace).findings if f.kind == "left-open"]
    assert found.severity == "info"
    assert found.found.startswith("left open in silent: a return counts on its own day")
    assert "returns: own_day or with_sale, below_zero: forget or carry" in found.todo
    said = HEAD + REBATE % "silent" + "    returns: own_day\n    below_zero: forget\n"
    (workspace.root / "rules/deal.yaml").write_text(said, encoding="utf-8")
    assert [f for f in examine(workspace).findings if f.kind == "left-open"] == []


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (("measure: revenue", "measure: orders"), "only a sum of revenue or quantity is carried"),
        (("period: quarter", "period: program"), "has no next period"),
    ],
)
def test_what_cannot_be_carried_is_refused(change: tuple[str, str], refused: str) -> None:
    text = (HEAD + REBATE % "only" + "    below_zero: carry\n").replace("rate: 10%", "pays: 5").replace(*change)
    with pytest.raises(RuleError, match=refused):
        read_programs({"deal.yaml": text})


def test_what_is_not_about_goods_has_no_returns() -> None:
    text = (HEAD + REBATE % "fee" + "    returns: own_day\n").replace("measure: revenue", "measure: {constant: 1}")
    with pytest.raises(RuleError, match="constant is not about goods"):
        read_programs({"deal.yaml": text.replace("rate: 10%", "pays: 5")})
