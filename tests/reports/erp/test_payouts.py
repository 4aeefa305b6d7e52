from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipelines.workspace.profiles import shipped_profile
from reports.erp.cell_checks import FORMULA
from reports.erp.erp_file import render_file
from reports.erp.payouts import payout_lines, payout_rows
from schemas.errors import InvariantError
from schemas.types import MONEY, VALUE

DIGITS = {"USD": 2, "JPY": 0, "KWD": 3}
PAYEES = pl.DataFrame(
    {"payee_id": ["0042", "M-1", "髙橋"], "payee_name": ['Bean & "Sons", Ltd', "Delta; Parts", "髙橋部品 𠮷田店 🚗"]}
)
CLAUSES = pl.DataFrame(
    {
        "program": ["growth", "growth", "volume"],
        "rebate": ["annual", "", "annual"],
        "reference": ["RP-1, clause 3", "RP-1", "RP-2, clause 9"],
    }
)


def payouts_of(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "payout_id": payout_id,
                "payee_id": payee_id,
                "currency": currency,
                "payout_period": "2026-11",
                "amount": Decimal(amount),
                "kind": "invoice" if amount.startswith("-") else "payout",
                "status": "approved" if amount.startswith("-") else "draft",
                "due_on": date(2026, 12, 30),
                "reference": f"2026-11 {payee_id}",
            }
            for payout_id, payee_id, currency, amount in rows
        ]
    ).with_columns(pl.col("amount").cast(MONEY))


def posting(payee_id: str, currency: str, amount: str, **changes: object) -> dict[str, object]:
    return {
        "seq": 1,
        "posting_id": f"p-{payee_id}-{currency}-{amount}",
        "kind": "rebate",
        "program": "growth",
        "rebate": "annual",
        "member_id": payee_id,
        "payee_id": payee_id,
        "period": "2026-Q3",
        "settled_through": date(2026, 9, 30),
        "payout_period": "2026-11",
        "currency": currency,
        "amount": Decimal(amount),
        "measure": Decimal("1000.5000000000"),
        "qualifier": Decimal("4.0000000000"),
        "tier": 1,
        "reason": "settled",
        "payout_id": {"M-1": "b", "髙橋": "a"}.get(payee_id, "c"),
        **changes,
    }


def postings_of(*rows: dict[str, object]) -> pl.DataFrame:
    types = {"amount": MONEY, "measure": VALUE, "qualifier": VALUE, "settled_through": pl.Date}
    return pl.DataFrame(rows, infer_schema_length=None).cast(types)  # type: ignore[arg-type]


PAYOUTS = payouts_of(
    ("b", "M-1", "USD", "2999.50"),
    ("a", "髙橋", "JPY", "12345"),
    ("c", "0042", "KWD", "-1.005"),
)
POSTINGS = postings_of(
    posting("M-1", "USD", "3000.00", program="volume", seq=1),
    posting("M-1", "USD", "-0.50", kind="restatement", period="2026-Q2", seq=2, reason="late rows, returns"),
    posting("髙橋", "JPY", "12345", tier=None, measure=None, qualifier=None, settled_through=None),
    posting("0042", "KWD", "-1.005"),
)
LINES = payout_lines(POSTINGS, CLAUSES)
GENERIC = shipped_profile("generic")


def render_payouts(rows: pl.DataFrame, *, digits: dict[str, int]) -> bytes:
    return render_file(rows, GENERIC.files[0], GENERIC, digits=digits, values={})


def render_payout_lines(lines: pl.DataFrame, *, digits: dict[str, int]) -> bytes:
    return render_file(lines, GENERIC.files[1], GENERIC, digits=digits, values={})


GOLDEN_PAYOUTS = (
    "payout_id,payee_id,payee_name,kind,amount,currency,payout_period,due_on,reference,status,lines\r\n"
    'c,0042,"Bean & ""Sons"", Ltd",invoice,-1.005,KWD,2026-11,2026-12-30,2026-11 0042,approved,1\r\n'
    "b,M-1,Delta; Parts,payout,2999.50,USD,2026-11,2026-12-30,2026-11 M-1,draft,2\r\n"
    "a,髙橋,髙橋部品 𠮷田店 🚗,payout,12345,JPY,2026-11,2026-12-30,2026-11 髙橋,draft,1\r\n"
)
GOLDEN_LINES = (
    "payout_id,line,program,rebate,member_id,period,kind,settled_through,currency,amount,measure,qualifier,tier,"
    "posting_id,reference,reason\r\n"
    'c,1,growth,annual,0042,2026-Q3,rebate,2026-09-30,KWD,-1.005,1000.5,4,1,p-0042-KWD--1.005,"RP-1, clause 3",'
    "settled\r\n"
    "b,1,growth,annual,M-1,2026-Q2,restatement,2026-09-30,USD,-0.50,1000.5,4,1,p-M-1-USD--0.50,"
    '"RP-1, clause 3","late rows, returns"\r\n'
    "b,2,volume,annual,M-1,2026-Q3,rebate,2026-09-30,USD,3000.00,1000.5,4,1,p-M-1-USD-3000.00,"
    '"RP-2, clause 9",settled\r\n'
    'a,1,growth,annual,髙橋,2026-Q3,rebate,,JPY,12345,,,,p-髙橋-JPY-12345,"RP-1, clause 3",settled\r\n'
)


def test_payouts_to_the_byte() -> None:
    assert render_payouts(payout_rows(PAYOUTS, LINES, PAYEES), digits=DIGITS) == GOLDEN_PAYOUTS.encode()


def test_lines_to_the_byte() -> None:
    assert render_payout_lines(LINES, digits=DIGITS) == GOLDEN_LINES.encode()


def test_order_of_input_rows_changes_nothing() -> None:
    lines = payout_lines(POSTINGS.reverse(), CLAUSES.reverse())
    assert render_payout_lines(lines, digits=DIGITS) == GOLDEN_LINES.encode()
    assert render_payouts(payout_rows(PAYOUTS.reverse(), lines, PAYEES), digits=DIGITS) == GOLDEN_PAYOUTS.encode()


def test_python_reads_back_what_was_written() -> None:
    rows = list(
        csv.DictReader(render_payouts(payout_rows(PAYOUTS, LINES, PAYEES), digits=DIGITS).decode().splitlines())
    )
    assert [row["payee_name"] for row in rows] == ['Bean & "Sons", Ltd', "Delta; Parts", "髙橋部品 𠮷田店 🚗"]
    assert rows[0]["payee_id"] == "0042"


def test_nothing_to_pay_leaves_the_headers() -> None:
    lines = payout_lines(POSTINGS.clear(), CLAUSES)
    assert render_payout_lines(lines, digits={}).count(b"\r\n") == 1
    assert render_payouts(payout_rows(PAYOUTS.clear(), lines, PAYEES), digits={}).count(b"\r\n") == 1


_CONTROL = "[\x00-\x1f\u202a-\u202e]"


@pytest.mark.parametrize(
    "name",
    ["=HYPERLINK(1)", "+1", "-2", "@SUM(A1)", " =1", "=1", "two\nlines", "tab\there", "nul\x00", "turned\u202ename"],
)
def test_a_name_a_spreadsheet_would_run_stands_there_as_text(name: str) -> None:
    payees = PAYEES.with_columns(payee_name=pl.when(payee_id="M-1").then(pl.lit(name)).otherwise("payee_name"))
    written = render_payouts(payout_rows(PAYOUTS, LINES, payees), digits=DIGITS).decode()
    names = [row[2] for row in csv.reader(written.splitlines())]
    assert not any(re.match(FORMULA, shown) or re.search(_CONTROL, shown) for shown in names)
    assert len(names) == PAYOUTS.height + 1


def test_texts_of_rules_stand_there_as_text_too() -> None:
    clauses = CLAUSES.with_columns(reference=pl.lit("=1+1"))
    lines = payout_lines(POSTINGS.with_columns(reason=pl.lit("+x")), clauses)
    written = render_payout_lines(lines, digits=DIGITS).decode()
    assert "'=1+1" in written
    assert "'+x" in written


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "0.5"), ("USD", "1.005"), ("KWD", "0.0001")])
def test_an_amount_finer_than_its_currency_is_refused(currency: str, amount: str) -> None:
    payouts = payouts_of(("x", "M-1", currency, amount))
    lines = payout_lines(postings_of(posting("M-1", currency, amount)), CLAUSES)
    with pytest.raises(InvariantError, match="of x"):
        render_payouts(payout_rows(payouts, lines, PAYEES), digits=DIGITS)
    with pytest.raises(InvariantError, match="p-M-1"):
        render_payout_lines(lines, digits=DIGITS)


@pytest.mark.parametrize(
    ("currency", "amount", "written"),
    [
        ("JPY", "0", "0"),
        ("JPY", "-1000", "-1000"),
        ("KWD", "0.1", "0.100"),
        ("USD", "-0.01", "-0.01"),
        ("USD", "99999999999999.99", "99999999999999.99"),
    ],
)
def test_amounts_have_the_digits_of_their_currency(currency: str, amount: str, written: str) -> None:
    payouts = payouts_of(("x", "M-1", currency, amount))
    lines = payout_lines(postings_of(posting("M-1", currency, amount)), CLAUSES)
    text = render_payouts(payout_rows(payouts, lines, PAYEES), digits=DIGITS).decode()
    assert f",{written},{currency}," in text
    assert f",{currency},{written}," in render_payout_lines(lines, digits=DIGITS).decode()


def test_a_posting_without_a_payout_is_kept_for_the_checks_to_find() -> None:
    lines = payout_lines(POSTINGS.with_columns(payout_id=pl.col("payout_id").replace("a", None)), CLAUSES)
    assert lines["payout_id"].null_count() == 1
    assert lines.height == POSTINGS.height
