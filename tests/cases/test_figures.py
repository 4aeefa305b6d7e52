"""Each figure an agreement may hold, from the extracts to what it pays: all cases of figures.yaml, run in two books."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipelines.audit.explain import explain
from pipelines.audit.reject_list import reject_list
from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from rules.language.yaml_text import parse_yaml, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import BuiltOnce

pytestmark = pytest.mark.sampled(3, of="module")

BOOK: Any = parse_yaml((Path(__file__).parent / "figures.yaml").read_text(encoding="utf-8"), "figures.yaml").value
AS_OF = "2026-07-01"
PRODUCTS = {"pads": "brakes", "discs": "brakes", "oil": "fluids", "wipers": "wipers"}
HEADERS = {
    "members": "member_id,name,of,parent_id",
    "products": "product_id,name,category",
    "enrolments": "program,member_id,valid_from,valid_to",
    "unit_conversions": "product_id,from_unit,to_unit,factor",
    "fx_rates": "from_currency,to_currency,rate_date,rate",
    "transactions": "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency,"
    "order_id",
    "targets": "program,rebate,member_id,period,value",
    "baselines": "program,rebate,member_id,period,value",
    "visits": "visit_id,member_id,actual_end,status",
    "visit_kpis": "visit_id,kpi,product_id,kind,target,actual",
}
Rows = dict[str, list[list[str]]]


def rows_of(case: Any) -> Iterator[tuple[str, list[str]]]:
    """Write a case as rows of extracts; its members are called after it."""
    name = case["id"]
    members = set()

    def own(member: str) -> str:
        members.add(member)
        return f"{name}/{member}"

    for number, row in enumerate(case.get("sales", ())):
        member, day, product, quantity, unit, amount, currency, order = row.split()
        kind = "return" if quantity.startswith("-") else "sale"
        yield "transactions", [
            f"{name}-{number}", own(member), product, day, day, kind, quantity, unit, amount, currency, order.strip("-")
        ]  # fmt: skip
    for data_set in ("targets", "baselines"):
        for row in case.get(data_set, ()):
            member, period, value = row.split()
            yield data_set, [name, "only", own(member) if member != "Z" else "elsewhere/Z", period, value]
    for number, row in enumerate(case.get("visits", ())):
        member, end, status, *measured = row.split(maxsplit=3)
        yield "visits", [f"{name}-{number}", own(member), end, status]
        for place, indicator in enumerate(measured[0].split(", ") if measured else ()):
            kpi, kind, target, actual = indicator.split()
            product = list(PRODUCTS)[place]
            yield "visit_kpis", [f"{name}-{number}", kpi, product, kind, target, actual]
    for row in case.get("enrolled", ()):
        member, start, end = row.split()
        yield "enrolments", [name, own(member), start, end]
    parents = dict(row.split() for row in case.get("group", ()))
    for member in sorted(members | set(parents.values())):
        parent = f"{name}/{parents[member]}" if member in parents else ""
        yield "members", [f"{name}/{member}", member, name, parent]


def program(case: Any) -> str:
    """Write the rule file of a case."""
    return flow(
        {
            "program": case["id"],
            "title": case["words"],
            "reference": "figures.yaml",
            "currency": "USD",
            "effective": case.get("effective", {"from": date(2026, 1, 1), "to": date(2026, 12, 31)}),
            "members": {"include": [{"of": case["id"]}], "enrolled": "enrolled" in case},
            "fx": case.get("fx", "activity_date"),
            "accumulate_at": "parent" if "group" in case else "self",
            "pay_to": "parent" if "group" in case else "self",
            "rebates": {"only": case["rebate"]},
        }
    )


def flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value) if isinstance(value, str) else written(value)


@pytest.fixture(scope="session")
def books(built_once: BuiltOnce) -> dict[str, Path]:
    """Run all cases, once for each day that they are looked at on; give the workspace of each day."""
    return {folder.name: folder for folder in built_once("figures", _run_all_cases).iterdir()}


def _run_all_cases(folder: Path) -> None:
    cases = sorted(BOOK["cases"], key=lambda case: str(case.get("as_of", AS_OF)))
    for as_of, group in groupby(cases, key=lambda case: str(case.get("as_of", AS_OF))):
        root = folder / as_of
        root.mkdir()
        _write(root, list(group))
        run_all(open_workspace(root), Run(date.fromisoformat(as_of)))


def _write(root: Path, cases: list[Any]) -> None:
    (root / "rules").mkdir()
    (root / "extracts").mkdir()
    tables: Rows = {name: [] for name in HEADERS}
    tables["products"] = [[product, product, category] for product, category in PRODUCTS.items()]
    tables["unit_conversions"] = [["", "case", "piece", "12"]]
    tables["members"] = [["elsewhere/Z", "Z", "elsewhere", ""]]
    tables["fx_rates"] = [[currency, "USD", day, rate] for currency, day, rate in map(str.split, BOOK["rates"])]
    for case in cases:
        (root / f"rules/{case['id']}.yaml").write_text(program(case), encoding="utf-8")
        for data_set, row in rows_of(case):
            tables[data_set].append(row)
    for data_set, rows in tables.items():
        with (root / f"extracts/{data_set}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADERS[data_set].split(","), *rows])
    sources = "".join(f"  - {{data_set: {name}, path: extracts/{name}.csv, format: csv}}\n" for name in HEADERS)
    (root / "rebatch.yaml").write_text(f"name: Figures\ncurrency: USD\nsources:\n{sources}", encoding="utf-8")


ENTITLED = """
    SELECT horizon, split_part(member_id, '/', 2), period, qualifier, measure, baseline, tier, amount, note
    FROM work.entitlements WHERE program = ? ORDER BY ALL
"""
COLUMNS = ("horizon", "member", "period", "qualifier", "measure", "baseline", "tier", "pays", "note")


@pytest.mark.parametrize("case", BOOK["cases"], ids=lambda case: case["id"])
def test_a_figure_pays_what_its_words_say(case: Any, books: dict[str, Path]) -> None:
    workspace = open_workspace(books[str(case.get("as_of", AS_OF))])
    with connect(workspace, read_only=True) as connection:
        found = read(connection, ENTITLED, [case["id"]]).rows()
    settled_only = not any("horizon" in row for row in case.get("expect", ()))
    shown = [row for row in found if not settled_only or row[0] == "settled"]
    if "listed" in case:
        assert [f"{row[1]} {row[2]}" for row in shown] == case["listed"]
        return
    expected = [
        tuple(
            ({"horizon": "settled", "baseline": None, "note": "", "qualifier": row["measure"]} | row)[name]
            for name in COLUMNS
        )
        for row in case["expect"]
    ]
    assert shown == expected


@pytest.mark.parametrize("case", [case for case in BOOK["cases"] if "left_out" in case], ids=lambda case: case["id"])
def test_what_has_no_rate_is_named_with_what_to_do(case: Any, books: dict[str, Path]) -> None:
    rejects = reject_list(open_workspace(books[AS_OF])).filter(pl.col("original").str.ends_with(f"{case['id']}/only"))
    assert rejects.select("value", "todo").rows() == [tuple(row) for row in case["left_out"]]


def test_nothing_but_that_was_rejected(books: dict[str, Path]) -> None:
    for as_of, root in books.items():
        rejects = reject_list(open_workspace(root))
        assert set(rejects["reason"]) == ({"no_rate"} if as_of == AS_OF else set())


def explained(books: dict[str, Path], case: str, period: str = "2026-Q1", member: str = "A") -> dict[str, pl.DataFrame]:
    tables = explain(open_workspace(books[AS_OF]), member=f"{case}/{member}", program=case, period=period)
    return {table.name: table.frame for table in tables}


def test_explain_lists_the_transactions_by_what_they_count_as(books: dict[str, Path]) -> None:
    def counted(case: str, **member: str) -> list[tuple[str, str]]:
        rows = explained(books, case, **member)["transactions"]
        return [
            (name.removeprefix(f"{case}-"), role) for name, role in rows.select("transaction_id", "counts_as").rows()
        ]

    assert counted("orders") == [("0", "measure"), ("2", "measure"), ("1", "measure")]
    assert counted("share") == [("0", "measure"), ("0", "whole"), ("1", "whole")]
    assert counted("paid-on-growth") == [("2", "measure"), ("0", "baseline")]
    assert counted("own-filters") == [("1", "measure"), ("0", "qualifier")]
    assert counted("average", period="2026-04") == [("3", "measure"), ("1", "baseline"), ("2", "baseline")]


def test_explain_lists_the_visits_behind_a_score(books: dict[str, Path]) -> None:
    tables = explained(books, "visit-score")
    assert tables["transactions"].is_empty()
    assert tables["visits"].select("counts_as", "kpi", "target", "actual").rows() == [
        ("qualifier", "shelf", "4", "3"), ("qualifier", "shelf", "4", "4"), ("qualifier", "shelf", "4", "3.6"),
        ("qualifier", "shelf", "80", "74.4"),
    ]  # fmt: skip
    assert explained(books, "visits")["visits"].select("counts_as", "actual_end").rows() == [
        ("measure", datetime(2026, 1, 1)), ("measure", datetime(2026, 3, 31, 23, 59))  # noqa: DTZ001  # local time
    ]  # fmt: skip
    row = tables["entitlements"].row(0, named=True)
    assert (row["qualifier_is"], row["measure_is"]) == ("visit_score", "constant")
    assert explained(books, "share")["entitlements"]["qualifier_is"].to_list() == ["share_percent of revenue"]


def test_amounts_are_kept_apart_by_day_only_where_a_rule_converts_by_the_day(books: dict[str, Path]) -> None:
    with connect(open_workspace(books[AS_OF]), read_only=True) as connection:
        kept = read(
            connection, "SELECT currency, rate_date IS NOT NULL AS by_day FROM work.sums WHERE currency <> 'USD'"
        )
    assert set(kept.rows()) == {("EUR", False), ("GBP", False), ("XXX", False)}


def test_every_member_that_is_paid_has_a_page_that_says_for_what(books: dict[str, Path]) -> None:
    pages = [page.read_text(encoding="utf-8") for page in (books[AS_OF] / "out").rglob("statements/*.html")]
    of_case = {case["id"]: [page for page in pages if case["words"] in page] for case in BOOK["cases"]}
    said = {
        "orders": ["3 orders", "Orders that count"],
        "products": ["from 2 products", "above 2 products", "2.00% of purchases"],
        "share": ["Share of your purchases", "25.00%", "Purchases it is a share of"],
        "target": ["Target reached", "Your target", "$1,000.00"],
        "paid-on-growth": ["10.00% of that growth"],
        "paid-on-points": ["$2.00 per point"],
        "visits": ["$15.00 per visit", "2 visits"],
        "visit-score": ["Score of your visits", "90.00%"],
        "fixed-rates": ["at the rates fixed in the contract"],
    }
    for case, texts in said.items():
        assert [text for text in texts if not any(text in page for page in of_case[case])] == []
