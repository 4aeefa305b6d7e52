"""Extracts as other systems write them: what a source has to say, what is paid then, and what is said without it."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from schemas.errors import ExtractError
from tests.posting import post_run, publish_last

if TYPE_CHECKING:
    from collections.abc import Callable

FIELD = Path(__file__).parent / "field"
RUN = Run(date(2026, 11, 23))
SALES = "constants: {currency: USD}"

Case = "Callable[..., Path]"


@pytest.fixture
def case(tmp_path: Path) -> Callable[..., Path]:
    """Copy a case, and say more about the source of its transactions."""

    def copy(number: str, more: str = "", **replaced: str) -> Path:
        [folder] = FIELD.glob(f"{number}-*")
        root = tmp_path / number
        shutil.copytree(folder, root)
        text = (root / "rebatch.yaml").read_text(encoding="utf-8")
        text = text.replace(SALES, "\n    ".join([SALES, *more.splitlines()]))
        for old, new in replaced.items():
            text = text.replace(old, new)
        (root / "rebatch.yaml").write_text(text, encoding="utf-8")
        return root

    return copy


def paid(root: Path) -> dict[tuple[str, str], Decimal]:
    post_run(open_workspace(root), RUN)
    return {(payee, period): amount for payee, period, amount in ask(root, LEDGER)}


LEDGER = "SELECT payee_id, period, SUM(amount) FROM ledger GROUP BY ALL HAVING SUM(amount) <> 0"


def ask(root: Path, query: str) -> list[tuple[Any, ...]]:
    with connect(open_workspace(root), read_only=True) as connection:
        return connection.execute(query).fetchall()


def refused(root: Path) -> str:
    with pytest.raises(ExtractError) as caught:
        post_run(open_workspace(root), RUN)
    return "\n".join(map(str, caught.value.problems))


SAYS = [
    ("01", "signs: {type: {facture: plus, avoir: minus}}", {("D-002", "2026-Q3"): "82.80"}),
    ("03", "", {("D-002", "2026-Q3"): "55.00"}),
    ("03", "time_zone: Asia/Tokyo", {("D-002", "2026-Q3"): "55.00"}),
    ("03", "time_zone: UTC", {("D-002", "2026-Q2"): "55.00"}),
    ("08", 'thousands_mark: "."', {("D-003", "2026-Q1"): "680.30"}),
    ("09", "", {("D-002", "2026-Q3"): "62.00"}),
    (
        "15",
        "skip_lines: 2\nfooter: {quantity: Sum}",
        {("D-002", "2026-Q2"): "56.00", ("D-003", "2026-Q2"): "38.00"},
    ),
    ("15", "skip_lines: 2\nfooter: 1", {("D-002", "2026-Q2"): "56.00", ("D-003", "2026-Q2"): "38.00"}),
    ("04", "", {("D-003", "2026-Q2"): "30.00"}),
    ("07", "", {("D-002", "2026-Q2"): "125.42"}),
    ("16", "", {("D-002", "2026-Q2"): "54.00"}),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("number", "more", "pays"), SAYS)
def test_what_a_source_says_is_read(
    case: Callable[..., Path], number: str, more: str, pays: dict[tuple[str, str], str]
) -> None:
    assert paid(case(number, more)) == {key: Decimal(amount) for key, amount in pays.items()}


def by_payee(root: Path) -> dict[str, Decimal]:
    return {payee: amount for (payee, _), amount in paid(root).items()}


def test_floats_of_whole_numbers_are_ids(case: Callable[..., Path]) -> None:
    root = case("17", "whole_numbers: [order_id]")
    assert by_payee(root) == {"D-001": 32, "D-002": 40, "D-003": 60}
    orders = {order for (order,) in ask(root, "SELECT order_id FROM transactions")}
    assert orders == {"70012", "70019", None}


def test_the_smallest_unit_of_the_currency_is_read(case: Callable[..., Path]) -> None:
    root = case("20", "implied_decimals: {amount: currency}")
    assert by_payee(root) == {"D-001": 32, "D-002": Decimal("49.01")}


def test_days_in_folder_names_are_read(case: Callable[..., Path]) -> None:
    root = case("18", **{"extracts/sales/*/*.parquet": '"extracts/sales/activity_date={activity_date}/*.parquet"'})
    assert by_payee(root) == {"D-001": 50}


def test_a_name_that_begins_with_a_sign_stops_nobody(case: Callable[..., Path]) -> None:
    root = case("10")
    assert by_payee(root) == {"D-001": 50, "D-002": 36, "D-003": 156}
    publish_last(open_workspace(root))
    [payouts] = root.glob("out/*/payouts.csv")
    assert "'-18 Grad Kältetechnik GmbH" in payouts.read_text(encoding="utf-8")
    assert ("-18 Grad Kältetechnik GmbH",) in ask(root, "SELECT name FROM members")


def test_texts_for_nothing_are_no_payees(case: Callable[..., Path]) -> None:
    members = "{data_set: members, path: extracts/members.csv, format: csv}"
    root = case("05", max_rejects="max_rejects", **{"1%": "40%", members: members[:-1] + ", nothing: ['\\N']}"})
    assert by_payee(root) == {"D-001": 25, "D-002": 44}
    assert ask(root, "SELECT DISTINCT reason, value FROM rejects WHERE data_set = 'members'") == [
        ("unknown_member", "D-01")
    ]


TOLD = [
    ("01", ("unknown type in type", "signs: {type: {Facture: ...}}", "signs: {type: {Avoir: ...}}")),
    ("05", ("unknown member in payee_id", "nothing: ['\\N']")),
    ("08", ("thousands_mark: '.'",)),
    ("15", ("line 1 does not look like the header; line 3 does → say `skip_lines: 2`",)),
    ("17", ("whole_numbers: [order_id]",)),
]


@pytest.mark.parametrize(("number", "words"), TOLD)
def test_a_refused_value_names_the_option_that_reads_it(
    case: Callable[..., Path], number: str, words: tuple[str, ...]
) -> None:
    told = refused(case(number))
    assert [word for word in words if word not in told] == [], told


def test_a_sum_line_that_is_not_the_sum_refuses_the_file(case: Callable[..., Path]) -> None:
    root = case("15", "skip_lines: 2\nfooter: {quantity: Sum}")
    sales = root / "extracts/transactions.csv"
    sales.write_text(sales.read_text(encoding="utf-8").replace("4700.00", "4800.00"), encoding="utf-8")
    assert "line announces 4800.0000 as the sum of amount, but the rows make 4700.0000" in refused(root)
