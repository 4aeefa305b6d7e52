"""Benefits by kind of partner within one program: each rebate for those whom its own filter lets through."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.explain import explain
from pipelines.authoring.check import examine
from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from rules.loading.load import read_programs
from schemas.errors import BooksError, RuleError
from tests.posting import post_run

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

CONFIG = """
name: Mapped
currency: USD
sources:
  - {data_set: members, path: extracts/members.csv, format: csv}
  - {data_set: products, path: extracts/products.csv, format: csv}
  - {data_set: transactions, path: extracts/tx.csv, format: csv}
"""
RULE = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
members: {include: [{type: [dealer, distributor]}]}
prorate: thresholds
limits: {per_member: 180}
rebates:
  dealers:
    members: {include: [{type: dealer}]}
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 1000, rate: 10%}]
  distributors:
    members: {include: [{type: distributor}], exclude: [{region: EU}]}
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 1000, rate: 5%}]
"""
# M is a dealer for 45 of the 90 days, and a distributor after that.
MEMBERS = """member_id,name,type,region,valid_from,valid_to
D,Dealer,dealer,NA,,
W,Wholesaler,distributor,NA,,
E,Elsewhere,distributor,EU,,
S,Supplier,supplier,NA,,
M,Moved,dealer,NA,,2026-02-14
M,Moved,distributor,NA,2026-02-15,
"""
SALES = """transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency
D1,D,P,2026-01-10,2026-01-10,sale,1,each,1000,USD
D2,D,P,2026-03-31,2026-03-31,sale,1,each,0,USD
W1,W,P,2026-01-10,2026-01-10,sale,1,each,1000,USD
W2,W,P,2026-04-10,2026-04-10,sale,1,each,999.99,USD
E1,E,P,2026-01-10,2026-01-10,sale,1,each,9000,USD
S1,S,P,2026-01-10,2026-01-10,sale,1,each,9000,USD
M1,M,P,2026-02-14,2026-02-14,sale,1,each,500,USD
M2,M,P,2026-02-15,2026-02-15,sale,1,each,499.99,USD
M3,M,P,2026-04-15,2026-04-15,sale,1,each,9000,USD
"""
ENTITLED = "SELECT rebate, member_id, period, measure, tier, days, amount FROM work.entitlements ORDER BY ALL"


@pytest.fixture(scope="module")
def deal(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root: Path = tmp_path_factory.mktemp("mapped")
    (root / "rules").mkdir()
    (root / "extracts").mkdir()
    (root / "rebatch.yaml").write_text(CONFIG, encoding="utf-8")
    (root / "rules/deal.yaml").write_text(RULE, encoding="utf-8")
    (root / "extracts/members.csv").write_text(MEMBERS, encoding="utf-8")
    (root / "extracts/products.csv").write_text("product_id,name\nP,Pad\n", encoding="utf-8")
    (root / "extracts/tx.csv").write_text(SALES, encoding="utf-8")
    workspace = open_workspace(root)
    post_run(workspace, Run(date(2026, 7, 1)))
    return workspace


def test_each_rebate_pays_those_it_is_for(deal: Workspace) -> None:
    with connect(deal, read_only=True) as connection:
        found = {row[:3]: row[3:] for row in read(connection, ENTITLED).rows()}
    assert {key: (float(row[0]), row[1], row[2], float(row[3])) for key, row in found.items()} == {
        ("dealers", "D", "2026-Q1"): (1000, 1, 90, 100),
        ("dealers", "M", "2026-Q1"): (500, 1, 45, 50),  # half the days: half the bound
        ("distributors", "M", "2026-Q1"): (499.99, 0, 45, 0),
        ("distributors", "M", "2026-Q2"): (9000, 1, 91, 180),  # the limit of the program
        ("distributors", "W", "2026-Q1"): (1000, 1, 90, 50),
        ("distributors", "W", "2026-Q2"): (999.99, 0, 91, 0),
    }


def test_explain_shows_the_transactions_of_the_days_on_which_the_rebate_is_for_the_member(deal: Workspace) -> None:
    tables = {table.name: table.frame for table in explain(deal, member="M", program="deal", period="2026-Q1")}
    counted = tables["transactions"].select("rebate", "transaction_id").unique().sort("rebate").rows()
    assert counted == [("dealers", "M1"), ("distributors", "M2")]
    with pytest.raises(BooksError):
        explain(deal, member="E", program="deal", period="2026-Q1")


def test_rebates_for_different_members_do_not_pay_twice(deal: Workspace, tmp_path: Path) -> None:
    assert [finding for finding in examine(deal).findings if finding.kind == "double-payment"] == []
    # Nor without data, by the filters alone.
    assert double_payments_of(tmp_path, RULE) == []
    assert double_payments_of(tmp_path, RULE.replace("{include: [{type: dealer}]}", "{exclude: [{type: agent}]}")) != []


def double_payments_of(folder: Path, rule: str) -> list[str]:
    (folder / "rebatch.yaml").write_text(CONFIG, encoding="utf-8")
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules/deal.yaml").write_text(rule, encoding="utf-8")
    return [f.found for f in examine(open_workspace(folder)).findings if f.kind == "double-payment"]


def test_a_rebate_for_nobody_is_named(tmp_path: Path) -> None:
    (tmp_path / "rebatch.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "rules").mkdir()
    text = RULE.replace("{include: [{type: dealer}]}", "{include: [{type: supplier}]}")
    (tmp_path / "rules/deal.yaml").write_text(text, encoding="utf-8")
    [found] = [f for f in examine(open_workspace(tmp_path)).findings if f.kind == "filter"]
    assert "the rebate is for nobody" in found.found
    assert found.at.line == text[: text.index("{include: [{type: supplier}]}")].count("\n") + 1


def test_a_column_that_members_do_not_have_is_refused_with_its_place(deal: Workspace, tmp_path: Path) -> None:
    draft = tmp_path / "deal.yaml"
    draft.write_text(RULE.replace("exclude: [{region: EU}]", "exclude: [{regoin: EU}]"), encoding="utf-8")
    [found] = [f for f in examine(deal, [draft]).findings if f.severity == "error"]
    assert found.found == "members have no column 'regoin'"
    assert "region" in found.todo


def test_enrolment_stays_the_programs() -> None:
    with pytest.raises(RuleError, match="enrolled"):
        read_programs({"deal.yaml": RULE.replace("{include: [{type: dealer}]}", "{enrolled: true}")})


def test_a_cascade_is_for_the_same_members() -> None:
    stacked = RULE.replace("    tiers", "    stack: {group: g, policy: cascade}\n    tiers")
    with pytest.raises(RuleError, match="the filters differ from those of 'dealers'"):
        read_programs({"deal.yaml": stacked})


def test_nothing_is_listed_of_those_it_is_not_for(deal: Workspace) -> None:
    with connect(deal, read_only=True) as connection:
        posted = read(connection, "SELECT DISTINCT member_id FROM ledger").get_column("member_id")
    assert set(posted) == {"D", "M", "W"}
