"""What is agreed beside the scale, from the extracts to what is posted: all of provisions.yaml, in one workspace."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.audit.verify import holds, verify
from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from rules.language.yaml_text import parse_yaml, written
from tests.posting import post_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import BuiltOnce

pytestmark = pytest.mark.sampled(3, of="module")

BOOK: Any = parse_yaml((Path(__file__).parent / "provisions.yaml").read_text(encoding="utf-8"), "provisions.yaml").value
CASES = [pytest.param(case, id=case["id"]) for case in BOOK["cases"]]
HEADERS = {
    "members": "member_id,name,of",
    "products": "product_id,name",
    "enrolments": "program,member_id,valid_from,valid_to",
    "transactions": "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency",
}


def flow(value: Any) -> str:
    """Write a value as YAML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return (
        json.dumps(value) if isinstance(value, str) and not value.replace("%", "").replace(".", "") else written(value)
    )


def program(case: Any) -> str:
    more = {"currency": "USD", **case.get("program", {})}
    lines = "".join(f"{key}: {flow(value)}\n" for key, value in more.items())
    rebates = "".join(f"  {name}: {flow(rebate)}\n" for name, rebate in case["rebates"].items())
    return (
        f"program: {case['id']}\ntitle: {case['id']}\nreference: the case\n{lines}"
        "effective: {from: 2026-01-01, to: 2026-12-31}\n"
        f"members: {{include: [{{of: {case['id']}}}], enrolled: true}}\nrebates:\n{rebates}"
    )


def rows_of(case: Any) -> Iterator[tuple[str, list[str]]]:
    """Write a case as rows of extracts; its members are called after it."""
    name, currency = case["id"], case.get("program", {}).get("currency", "USD")
    sales = [row.split() for row in case["sales"]]
    enrolled = [row.split() for row in case.get("enrolled", ())]
    known = {member for member, _, _ in enrolled}
    for member in sorted({row[0] for row in sales} | known):
        yield "members", [f"{name}/{member}", member, name]
        if member not in known:
            yield "enrolments", [name, f"{name}/{member}", "2026-01-01", "2026-12-31"]
    for member, first, last in enrolled:
        yield "enrolments", [name, f"{name}/{member}", first, last]
    for number, (member, day, received, amount) in enumerate(sales):
        known_on = day if received == "-" else received
        key = [f"{name}-{number}", f"{name}/{member}", "P", day, known_on]
        yield "transactions", [*key, "sale", "1", "each", amount, currency]


def write_workspace(root: Path) -> None:
    rows = sorted([row for case in BOOK["cases"] for row in rows_of(case)] + [("products", ["P", "Pad"])])
    (root / "extracts").mkdir(parents=True)
    (root / "rules").mkdir()
    sources = "".join(f"  - {{data_set: {name}, path: extracts/{name}.csv, format: csv}}\n" for name in HEADERS)
    (root / "rebatch.yaml").write_text(f"name: Provisions\ncurrency: USD\nsources:\n{sources}", encoding="utf-8")
    for case in BOOK["cases"]:
        (root / f"rules/{case['id']}.yaml").write_text(program(case), encoding="utf-8")
    for data_set, found in groupby(rows, key=lambda row: row[0]):
        with (root / f"extracts/{data_set}.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(HEADERS[data_set] + "\n")
            csv.writer(file).writerows(row for _, row in found)


@pytest.fixture(scope="module")
def books(built_once: BuiltOnce) -> Any:
    """Run all as-of dates; give the workspace's root and, per program, date and key, what was posted, and the notes."""

    def build(root: Path) -> None:
        write_workspace(root)
        for as_of in BOOK["as_of"]:
            post_run(open_workspace(root), Run(as_of))

    root = built_once("provisions", build)
    posted: Any = defaultdict(lambda: defaultdict(dict))
    with connect(open_workspace(root), read_only=True) as connection:
        ledger = read(connection, "SELECT * FROM ledger WHERE kind IN ('rebate', 'restatement') ORDER BY seq")
        entitled = read(connection, "SELECT * FROM work.entitlements WHERE horizon = 'settled'")
    for row in ledger.iter_rows(named=True):
        key = f"{row['member_id'].split('/')[1]} {row['rebate']} {row['period']}"
        posted[row["program"]][str(row["posted_on"])][key] = row["amount"]
    notes = {
        (row["program"], f"{row['member_id'].split('/')[1]} {row['rebate']} {row['period']}"): row["note"]
        for row in entitled.iter_rows(named=True)
    }
    return root, posted, notes


@pytest.mark.parametrize("case", CASES)
def test_the_case_posts_what_the_agreement_says(books: Any, case: Any) -> None:
    _, posted, notes = books
    assert {day: dict(rows) for day, rows in posted[case["id"]].items()} == case["posts"]
    said = case.get("notes", {})
    assert {key: notes[case["id"], key] for key in said} == said


def test_the_books_hold(books: Any) -> None:
    root, _, _ = books
    assert holds(verify(open_workspace(root)))
