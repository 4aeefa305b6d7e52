"""The committed demo: made by its script to the byte, and holding everything that a real year brings."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from demo_maker.goods import goods
from demo_maker.partners import partners
from demo_maker.sales import Market
from make_demo import Format, make

if TYPE_CHECKING:
    from collections.abc import Iterator

DEMO = Path(__file__).parents[2] / "data" / "demo"
EXTRACTS = DEMO / "extracts"
TRANSACTIONS = sorted(EXTRACTS.glob("transactions-*.csv"))
OTHERS = ("rebatch.yaml", "brand/logo.svg")
COLUMNS = 12

Row = dict[str, str]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: value or "" for key, value in row.items()} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def members() -> dict[str, Row]:
    return {row["member_id"]: row for row in read(EXTRACTS / "members.csv")}


@pytest.fixture(scope="module")
def products() -> set[str]:
    return {row["product_id"] for row in read(EXTRACTS / "products.csv")}


@pytest.fixture(scope="module")
def sales() -> dict[Path, list[Row]]:
    return {path: read(path) for path in TRANSACTIONS}


def test_the_script_makes_the_committed_files_to_the_byte(tmp_path: Path) -> None:
    market = Market(partners(60, seed=2026), goods(120, seed=2026), 50_000, 2026)
    assert make(tmp_path, market, file_format=Format.CSV, rules="../../rules/programs") == 50_000
    paths = ([*(folder / "extracts").iterdir(), *(folder / each for each in OTHERS)] for folder in (DEMO, tmp_path))
    committed, made = ({path.name: path.read_bytes() for path in each} for each in paths)
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == []


def test_it_is_small_enough_to_be_committed() -> None:
    assert sum(path.stat().st_size for path in EXTRACTS.iterdir()) < 6_000_000


def test_members_stand_below_groups_and_some_groups_in_an_alliance(members: dict[str, Row]) -> None:
    below = [row for row in members.values() if row["parent_id"]]
    assert len(members) == 60
    assert len(below) > 40
    assert all(members[row["parent_id"]]["parent_id"] == "" for row in below)
    edges = [row for row in read(EXTRACTS / "hierarchy.csv") if row["to"] == ""]
    assert {row["level"] for row in edges} == {"group", "alliance"}
    assert {row["member_id"] for row in edges if row["level"] == "group"} == {row["member_id"] for row in below}
    allied = [row for row in edges if row["level"] == "alliance"]
    assert all(members[row[name]]["parent_id"] == "" for row in allied for name in ("member_id", "parent_id"))
    assert len({row["from"] for row in allied}) > 1, "one of them joins later"


def test_members_are_of_every_kind(members: dict[str, Row]) -> None:
    rows = list(members.values())
    assert {row["type"] for row in rows} == {"dealer", "distributor", "group", "supplier"}
    assert {row["region"] for row in rows} == {"NA", "EU", "APAC"}
    assert {row["currency"] for row in rows} == {"USD", "JPY"}
    names = "".join(row["name"] for row in rows)
    assert "髙" in names
    assert "𠮷" in names
    assert all(row["email"].endswith(".example") for row in rows)
    assert len({row["name"] for row in rows}) == len(rows)


def test_every_kind_of_fault_is_there(
    members: dict[str, Row], products: set[str], sales: dict[Path, list[Row]]
) -> None:
    found = Counter(fault for rows in sales.values() for fault in faults(rows, members, products))
    assert set(found) == {
        "ragged", "missing id", "bad date", "future date", "not a number", "exponent", "too many decimals",
        "thousands mark", "missing quantity", "unknown member", "unknown product", "wrong sign",
    }  # fmt: skip
    assert min(found.values()) >= 3


def test_faults_stay_below_what_a_workspace_allows(
    members: dict[str, Row], products: set[str], sales: dict[Path, list[Row]]
) -> None:
    assert max(len(list(faults(rows, members, products))) / len(rows) for rows in sales.values()) < 0.01


def test_corrections_repeats_and_late_rows_are_there(sales: dict[Path, list[Row]]) -> None:
    versions = defaultdict(list)
    for path, rows in sales.items():
        for row in rows:
            if is_whole(row) and row["transaction_id"] and row["amount"] not in {"NaN", "1e3"}:
                versions[row["transaction_id"]].append((path, row))
    again = [several for several in versions.values() if len(several) > 1]
    repeats = [several for several in again if several[0][1] == several[1][1]]
    corrections = [several for several in again if several[0][1]["amount"] != several[1][1]["amount"]]
    assert len(repeats) > 100
    assert len(corrections) > 100
    assert all(first["booked_on"] <= second["booked_on"] for (_, first), (_, second) in corrections)
    assert any(first[0] == second[0] for first, second in corrections), "some within one file"
    assert any(first[0] != second[0] for first, second in corrections), "most in a later one"
    late = [row for rows in sales.values() for row in rows if row["activity_date"][:7] < row["booked_on"][:7]]
    assert len(late) > 1_000


def test_it_covers_two_years_and_both_currencies_for_the_same_members(
    members: dict[str, Row], sales: dict[Path, list[Row]]
) -> None:
    assert [path.stem[13:] for path in TRANSACTIONS][:: len(TRANSACTIONS) - 1] == ["2024-h2", "2026-h2"]
    rows = [row for path in sales for row in sales[path] if is_whole(row) and row["dealer_no"] in members]
    kinds = Counter(row["type"] for row in rows)
    assert kinds["return"] > 500
    assert kinds["credit"] > 100
    assert kinds["delivery"] > 1_000
    foreign = sum(row["currency"] != members[row["dealer_no"]]["currency"] for row in rows)
    assert 100 < foreign < len(rows) / 50


def test_the_points_of_sale_write_japanese_and_no_minus_signs() -> None:
    paths = sorted(EXTRACTS.glob("pos-*.txt"))
    assert [path.stem for path in paths] == [
        "pos-2024-h2",
        *(f"pos-{y}-h{half}" for y in (2025, 2026) for half in (1, 2)),
    ]
    rows = [
        row for path in paths for row in csv.DictReader(io.StringIO(path.read_bytes().decode("cp932")), delimiter="\t")
    ]
    assert not any(row["金額"].startswith("-") for row in rows)
    assert {row["区分"] for row in rows} == {"SALE", "RETURN", "CREDIT"}
    assert any("髙" in row["得意先名"] for row in rows)
    lines = Counter((row["伝票番号"], row["行番号"]) for row in rows)
    assert len(lines) > len(rows) - 200
    assert max(lines.values()) == 2


def test_rates_cover_every_day_within_a_week() -> None:
    rows = read(EXTRACTS / "fx_rates.csv")
    for pair in (("USD", "JPY"), ("JPY", "USD")):
        days = [date.fromisoformat(r["rate_date"]) for r in rows if (r["from_currency"], r["to_currency"]) == pair]
        assert days[0] < date(2024, 11, 1)
        assert days[-1] >= date(2026, 11, 23), "what is not settled yet has a price on the day the demo is run for"
        assert max((after - day).days for day, after in pairwise(days)) <= 7


def test_visits_hang_together(members: dict[str, Row], products: set[str]) -> None:
    visits = {row["visit_id"]: row for row in read(EXTRACTS / "visits.csv")}
    assert {row["member_id"] for row in visits.values()} < members.keys()
    assert {row["status"] for row in visits.values()} == {"completed", "planned", "abandoned", "unscheduled"}
    assert {row["parent_visit_id"] for row in visits.values()} - {""} < visits.keys()
    assert {row["visit_id"] for row in read(EXTRACTS / "visit_tasks.csv")} == visits.keys()
    measured = read(EXTRACTS / "visit_kpis.csv")
    assert {row["visit_id"] for row in measured} < visits.keys()
    assert {row["product_id"] for row in measured} - {""} < products
    assert {row["kind"] for row in measured} == {"percent", "number", "boolean", "date"}


def is_whole(row: Row) -> bool:
    return row["channel"] != ""


def faults(rows: list[Row], members: dict[str, Row], products: set[str]) -> Iterator[str]:
    """Name what is wrong with rows, judged from their text alone."""
    for row in rows:
        if not is_whole(row):
            yield "ragged"
            continue
        tests = {
            "missing id": row["transaction_id"] == "",
            "bad date": row["activity_date"].endswith("02-30"),
            "future date": not row["activity_date"].endswith("02-30") and row["activity_date"] > row["booked_on"],
            "not a number": row["amount"] == "NaN",
            "exponent": row["amount"] == "1e3",
            "too many decimals": len(row["amount"].partition(".")[2]) > 4,
            "thousands mark": "," in row["amount"],
            "missing quantity": row["quantity"] == "",
            "unknown member": row["dealer_no"] not in members,
            "unknown product": row["product_id"] not in products,
            "wrong sign": row["type"] in {"return", "credit"} and not row["amount"].startswith("-"),
        }
        yield from (name for name, is_so in tests.items() if is_so)
