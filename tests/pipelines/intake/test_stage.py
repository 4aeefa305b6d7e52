from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

import pipelines.intake.row_versions
import pipelines.intake.stage
from schemas.errors import ExtractError, InvariantError

if TYPE_CHECKING:
    import duckdb

    from pipelines.intake.written_rows import Written
    from tests.pipelines.conftest import House

pytestmark = pytest.mark.sampled(4, of="module")

HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency"
GOOD = {
    "transaction_id": "T-1",
    "member_id": "M-1",
    "product_id": "P-1",
    "activity_date": "2026-01-05",
    "received_on": "2026-01-06",
    "type": "sale",
    "quantity": "1",
    "unit": "piece",
    "amount": "10.00",
    "currency": "USD",
}


def row(**changes: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow({**GOOD, **changes}.values())
    return text.getvalue().removesuffix("\r\n")


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("amount", "NaN", "not_a_number"),
        ("amount", "1e3", "not_a_number"),
        ("amount", "inf", "not_a_number"),
        ("amount", "1,000.00", "not_a_number"),
        ("amount", "10--", "not_a_number"),
        ("amount", "$10", "not_a_number"),
        ("amount", "1_000", "not_a_number"),
        ("amount", "0x10", "not_a_number"),
        ("amount", "٣", "not_a_number"),
        ("amount", "5.", "not_a_number"),
        ("amount", "10.00555", "too_many_decimals"),
        ("amount", "123456789012345.00", "out_of_range"),
        ("amount", "", "missing"),
        ("amount", "  ", "missing"),
        ("amount", "-1", "sign"),
        ("quantity", "-1", "sign"),
        ("quantity", "1.2345678", "too_many_decimals"),
        ("activity_date", "2026-02-30", "not_a_date"),
        ("activity_date", "2026-1-5", "not_a_date"),
        ("activity_date", "05/01/2026", "not_a_date"),
        ("activity_date", "2026-01-05 10:00", "not_a_date"),
        ("activity_date", "0026-01-05", "out_of_range"),
        ("activity_date", "2026-01-07", "future_date"),
        ("received_on", "yesterday", "not_a_date"),
        ("transaction_id", " ", "missing"),
        ("transaction_id", "T\x00", "control_character"),
        ("transaction_id", "T\x1f1", "control_character"),
        ("member_id", "M-9", "unknown_member"),
        ("product_id", "P-9", "unknown_product"),
        ("currency", "US$", "not_a_currency"),
        ("unit", "x" * 10_001, "too_long"),
    ],
)
def test_a_wrong_value_is_a_reject_by_name(house: House, column: str, value: str, reason: str) -> None:
    house.sales(row(**{column: value}), row(transaction_id="T-2"))
    counts = house.load()
    named = house.ask("SELECT line, column_name, reason, path FROM rejects")
    assert named == [(2, column, reason, "extracts/tx.csv")]
    assert (counts["read"], counts["loaded"], counts["rejected"]) == (6, 5, 1)


@pytest.mark.parametrize(
    ("value", "amount"),
    [("10", "10"), ("+10.5", "10.5"), (".5", "0.5"), ("0010.500000000", "10.5"), (" 10.1234 ", "10.1234"), ("0", "0")],
)
def test_a_number_is_read_exactly(house: House, value: str, amount: str) -> None:
    house.sales(row(amount=value))
    house.load()
    assert house.ask("SELECT amount FROM transactions") == [(Decimal(amount),)]


def test_formats_are_those_of_the_source(house: House) -> None:
    house.configure(transactions="tx*.csv, format: csv, delimiter: ';', decimal_mark: ',', date_format: '%d.%m.%Y'")
    line = "T-1;M-1;P-1;05.01.2026;06.01.2026;Sale;1,5;piece;1234,56;usd"
    house.sales(line, line.replace("T-1", "T-2").replace("1234,56", "1.234,56"), header=HEADER.replace(",", ";"))
    house.load()
    rows = house.ask("SELECT CAST(activity_date AS VARCHAR), type, quantity, amount, currency FROM transactions")
    assert rows == [("2026-01-05", "sale", Decimal("1.5"), Decimal("1234.56"), "USD")]
    assert house.reasons() == [(3, "amount", "not_a_number", "1.234,56")]


def test_columns_are_mapped_and_extra_ones_kept(house: House) -> None:
    house.configure(
        transactions="tx*.csv, format: csv, columns: {member_id: dealer_no, received_on: activity_date, channel: via}, "
        "constants: {currency: USD, unit: piece, campaign: 007}"
    )
    house.put(
        "tx.csv",
        'transaction_id,dealer_no,product_id,ACTIVITY_DATE,type,quantity,amount,via,line,"Sales ""Rep""; --",'
        "member_id\nT-1,M-1,P-1,2026-01-05,sale,1,10,web,L7,Bo,other\n",
    )
    house.load()
    names = 'member_id, received_on = activity_date, unit, campaign, channel, line, extract_line, "sales_""rep"";_--"'
    assert house.ask(f"SELECT {names}, extract_member_id FROM transactions") == [
        ("M-1", True, "piece", "007", "web", 2, "L7", "Bo", "other")
    ]


def test_ids_are_compared_as_the_workspace_says(house: House) -> None:
    house.configure(more="ids: {case: upper, punctuation: strip}")
    house.sales(row(member_id=" m1 "), row(transaction_id="T-2", member_id="M_1"), row(transaction_id="--"))
    house.load()
    assert house.ask("SELECT transaction_id, member_id FROM transactions ORDER BY 1") == [("T1", "M1"), ("T2", "M1")]
    assert house.reasons() == [(4, "transaction_id", "not_an_id", "--")]


def test_ids_are_not_guessed(house: House) -> None:
    ids = ["M1", "m-1", "\u3000M-1\u00a0"]
    house.sales(*(row(transaction_id=f"T-{n}", member_id=text) for n, text in enumerate(ids)))
    house.load()
    assert house.reasons() == [(2, "member_id", "unknown_member", "M1"), (3, "member_id", "unknown_member", "m-1")]
    assert house.ask("SELECT member_id FROM transactions") == [("M-1",)]


def test_hostile_ids_are_only_text(house: House) -> None:
    ids = [
        "../../etc/passwd",
        "'; DROP TABLE transactions; --",
        'a"b',
        "a\nb",
        "a\r\nb",
        "😀",
        "髙𠮷",
        "a|b",
        "a\\|b",
        "%s{x}",
    ]
    house.sales(
        *(row(transaction_id=text) for text in ids), row(transaction_id="<b>", amount="'; DROP TABLE loads; --")
    )
    house.load()
    assert sorted(text for (text,) in house.ask("SELECT transaction_id FROM transactions")) == sorted(ids)
    assert house.ask("SELECT COUNT(DISTINCT row_key) FROM transactions") == [(len(ids),)]
    assert house.reasons() == [(14, "amount", "not_a_number", "'; DROP TABLE loads; --")]


def test_keys_of_several_columns_cannot_be_confused(house: House) -> None:
    house.configure(transactions="tx*.csv, format: csv, key: [basket_id, product_id]")
    house.put("products.csv", "product_id\nP|1\n1\n|1\n")
    header = HEADER.replace("transaction_id", "basket_id")
    pairs = [("a|P", "1"), ("a", "P|1"), ("a\\", "|1"), ("a", "1")]
    house.sales(*(row(transaction_id=basket, product_id=product) for basket, product in pairs), header=header)
    assert house.load()["loaded"] == 9
    ids = sorted(text for (text,) in house.ask("SELECT transaction_id FROM transactions"))
    assert ids == sorted(["a\\|P|1", "a|P\\|1", "a\\\\|\\|1", "a|1"])


def test_returns_written_as_positive_figures_are_made_negative(house: House) -> None:
    house.configure(transactions="tx*.csv, format: csv, returns: positive")
    house.sales(row(), row(transaction_id="T-2", type="RETURN"), row(transaction_id="T-3", type="credit", amount="-1"))
    house.load()
    assert house.ask("SELECT transaction_id, quantity, amount FROM transactions ORDER BY 1") == [
        ("T-1", 1, 10),
        ("T-2", -1, -10),
    ]
    assert house.reasons() == [(4, "amount", "sign", "1.0000")]


def test_a_row_may_be_wrong_in_several_ways(house: House) -> None:
    house.sales(row(amount="x", activity_date="y", member_id="M-9"))
    house.load()
    assert house.reasons() == [
        (2, "activity_date", "not_a_date", "y"),
        (2, "amount", "not_a_number", "x"),
        (2, "member_id", "unknown_member", "M-9"),
    ]
    assert house.ask("SELECT DISTINCT original FROM rejects") == [
        (row(amount="x", activity_date="y", member_id="M-9"),)
    ]


def test_loads_account_for_rows_and_money(house: House) -> None:
    house.configure(transactions="tx*.csv, format: csv, repeated_keys: last")
    house.sales(
        row(),
        row(),
        row(amount="12", received_on="2026-01-07"),
        row(transaction_id="T-2", amount="5"),
        row(transaction_id="T-3", amount="7", member_id="M-9"),
        row(transaction_id="T-4", amount="x"),
        "ragged",
    )
    house.load()
    query = """SELECT rows_read, rows_loaded, rows_duplicate, rows_superseded, rows_rejected, amount_read,
        amount_loaded, amount_duplicate, amount_superseded, amount_rejected
        FROM loads WHERE data_set = 'transactions'"""
    assert house.ask(query) == [(7, 2, 1, 1, 3, 44, 17, 10, 10, 7)]


def test_rows_that_go_missing_stop_the_load(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = pipelines.intake.row_versions.keep

    def keep_less(connection: duckdb.DuckDBPyConnection, *args: object, **more: object) -> Written:
        written = keep(connection, *args, **more)  # type: ignore[arg-type]
        connection.execute("DELETE FROM transactions WHERE transaction_id = 'T-2'")
        return written

    house.sales(row(), row(transaction_id="T-2"))
    monkeypatch.setattr(pipelines.intake.stage, "keep", keep_less)
    with pytest.raises(InvariantError, match=r"2 rows .* were read, but 1"):
        house.load()
    assert house.ask("SELECT data_set FROM loads ORDER BY load_seq") == [("members",), ("products",)]
    assert house.ask("SELECT COUNT(*) FROM transactions") == [(0,)]
    monkeypatch.undo()
    assert house.load()["loaded"] == 2


def test_too_many_rejects_refuse_the_file_whole(house: House) -> None:
    house.configure(max_rejects="10%")
    house.sales(*(row(transaction_id=f"T-{n}", amount="x" if n < 2 else "1") for n in range(10)))
    with pytest.raises(ExtractError) as caught:
        house.load()
    assert [str(problem) for problem in caught.value.problems] == [
        (
            "extracts/tx.csv: 2 of 10 rows are rejected, above `max_rejects` (10.00%): nothing of it is loaded → "
            "correct the extract (the rows are in rejects/transactions/tx.rejects.csv), or allow more in rebatch.yaml"
        ),
        (
            "extracts/tx.csv:2: not a number in amount: 2 rows from here → write digits and one decimal mark: no "
            "thousands marks, exponents, currency signs or NaN"
        ),
    ]
    assert (house.root / "rejects/transactions/tx.rejects.csv").read_text(encoding="utf-8").count("\n") == 3
    assert house.ask("SELECT COUNT(*) FROM transactions") == [(0,)]
    assert house.ask("SELECT COUNT(*) FROM rejects") == [(0,)]
    house.configure(max_rejects="20%")
    assert house.load()["loaded"] == 8


def test_all_files_of_a_data_set_are_tried_before_the_run_stops(house: House) -> None:
    house.configure(max_rejects="0%")
    house.sales(row(amount="x"), name="tx1.csv")
    house.sales(row(transaction_id="T-2"), name="tx2.csv")
    house.sales(row(amount="y"), name="tx3.csv")
    with pytest.raises(ExtractError) as caught:
        house.load()
    files = {problem.at.file for problem in caught.value.problems}
    assert files == {"extracts/tx1.csv", "extracts/tx3.csv"}
    assert house.ask("SELECT COUNT(*) FROM transactions") == [(0,)]


def test_a_refused_visits_file_does_not_stop_the_run(house: House) -> None:
    house.configure(max_rejects="0%", sources="  - {data_set: visits, path: extracts/visits.csv, format: csv}")
    house.sales(row())
    house.put("visits.csv", "visit_id,member_id,status\nV-1,M-1,gone\n")
    counts = house.load()
    assert counts["loaded"] == 5
    assert "not allowed in status: in this row" in str(counts["refused"])


def test_load_order_follows_references_not_names(house: House) -> None:
    house.sales(row(), name="tx2.csv")
    house.sales(row(transaction_id="T-2"), name="tx1.csv")
    house.load()
    assert house.ask("SELECT load_seq, path FROM loads ORDER BY 1") == [
        (1, "extracts/members.csv"),
        (2, "extracts/products.csv"),
        (3, "extracts/tx1.csv"),
        (4, "extracts/tx2.csv"),
    ]
