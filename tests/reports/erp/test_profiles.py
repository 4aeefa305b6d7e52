"""The shipped profiles to the byte, and what each refuses."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.workspace.profiles import read_profile, shipped_profile, shipped_profiles
from reports.erp.cell_checks import FORMULA
from reports.erp.erp_file import render_file, value_problems
from schemas.errors import BooksError
from schemas.export_fields import FIELDS
from schemas.types import MONEY

if TYPE_CHECKING:
    from schemas.profile import Profile

DIGITS = {"USD": 2, "JPY": 0, "KWD": 3}
VALUES = {
    "company_code": "1000",
    "document_type": "KR",
    "offset_account": "0000476000",
    "expense_account": "6100 Rebates",
    "journal_name": "APInvoice",
}
ROW: dict[str, Any] = {
    "payout_id": "2026-11-USD-0123456789ab",
    "document_id": "2026-11-USD-0123456789ab",
    "short_id": "0123456789ab-1",
    "attempt": 1,
    "batch_id": "2026-12-01-fedcba987654",
    "exported_on": date(2026, 12, 1),
    "payee_id": "0042",
    "payee_name": 'Bean & "Sons", Ltd',
    "amount": Decimal("1234.50"),
    "currency": "USD",
    "payout_period": "2026-11",
    "due_on": date(2026, 12, 30),
    "reference": "Rebate 2026-11",
    "kind": "payout",
    "status": "approved",
    "lines": 2,
}
AGAIN = ROW | {
    "payout_id": "2026-11-JPY-ba9876543210", "document_id": "2026-11-JPY-ba9876543210-2",
    "short_id": "ba9876543210-2", "attempt": 2, "payee_id": "髙橋", "payee_name": "髙橋部品", "amount": Decimal(98765),
    "currency": "JPY", "lines": 1,
}  # fmt: skip

GOLDEN = {
    "generic": {
        "payouts.csv": "payout_id,payee_id,payee_name,kind,amount,currency,payout_period,due_on,reference,status,"
        'lines\r\n2026-11-USD-0123456789ab,0042,"Bean & ""Sons"", Ltd",payout,1234.50,USD,2026-11,2026-12-30,'
        "Rebate 2026-11,approved,2\r\n"
        "2026-11-JPY-ba9876543210-2,髙橋,髙橋部品,payout,98765,JPY,2026-11,2026-12-30,Rebate 2026-11,approved,1\r\n"
    },
    "sap": {
        "sap_vendor_items_{batch}.csv": "BUKRS;XBLNR;LIFNR;GKONT;BLART;BLDAT;BUDAT;BKTXT;SGTXT;WAERS;WRBTR;ZFBDT\r\n"
        "1000;0123456789ab-1;0042;0000476000;KR;20261201;20261201;2026-11-USD-0123456789ab;Rebate 2026-11;USD;1234.50;"
        "20261230\r\n"
        "1000;ba9876543210-2;髙橋;0000476000;KR;20261201;20261201;2026-11-JPY-ba9876543210;Rebate 2026-11;JPY;98765;"
        "20261230\r\n"
    },
    "netsuite": {
        "vendor_bills_{batch}.csv": "External ID,Reference No.,Vendor : External ID,Date,Due Date,Currency,Memo\r\n"
        "2026-11-USD-0123456789ab,2026-11-USD-0123456789ab,0042,12/01/2026,12/30/2026,USD,Rebate 2026-11\r\n"
        "2026-11-JPY-ba9876543210-2,2026-11-JPY-ba9876543210-2,髙橋,12/01/2026,12/30/2026,JPY,Rebate 2026-11\r\n",
        "vendor_bill_expenses_{batch}.csv": "External ID,Account,Amount,Memo\r\n"
        "2026-11-USD-0123456789ab,6100 Rebates,1234.50,Rebate 2026-11\r\n"
        "2026-11-JPY-ba9876543210-2,6100 Rebates,98765,Rebate 2026-11\r\n",
    },
    "dynamics365": {
        "general_journal_{batch}.csv": "JOURNALBATCHNUMBER,LINENUMBER,JOURNALNAME,DESCRIPTION,TRANSDATE,VOUCHER,"
        "ACCOUNTTYPE,ACCOUNTDISPLAYVALUE,TEXT,CREDITAMOUNT,CURRENCYCODE,OFFSETACCOUNTTYPE,OFFSETACCOUNTDISPLAYVALUE,"
        "INVOICE,DOCUMENT,DUEDATE\r\n"
        "REBATCH,1,APInvoice,2026-12-01-fedcba987654,2026-12-01,0123456789ab-1,Vendor,0042,Rebate 2026-11,1234.50,USD,"
        "Ledger,0000476000,0123456789ab-1,0123456789ab-1,2026-12-30\r\n"
        "REBATCH,2,APInvoice,2026-12-01-fedcba987654,2026-12-01,ba9876543210-2,Vendor,髙橋,Rebate 2026-11,98765,JPY,"
        "Ledger,0000476000,ba9876543210-2,ba9876543210-2,2026-12-30\r\n"
    },
    "quickbooks": {
        "bills_{batch}.csv": "*BillNo,*Supplier,*BillDate,*DueDate,Terms,Location,Memo,*Account,LineDescription,"
        "*LineAmount,Currency\r\n"
        '0123456789ab-1,"Bean & ""Sons"", Ltd",12/01/2026,12/30/2026,,,2026-11-USD-0123456789ab,6100 Rebates,'
        "Rebate 2026-11,1234.50,USD\r\n"
        "ba9876543210-2,髙橋部品,12/01/2026,12/30/2026,,,2026-11-JPY-ba9876543210,6100 Rebates,Rebate 2026-11,98765,"
        "JPY\r\n"
    },
}

MINE = """\
profile: mine
title: Test
{dress}
files:
  - name: mine.csv
    rows: payouts
    columns:
      - payout_id
      - payee_name
      - {{header: Betrag, field: amount, reversed: {reversed}}}
      - currency
"""


def rows_of(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows).with_columns(pl.col("amount").cast(MONEY))


def mine(dress: str = "", *, reverse: bool = False) -> Profile:
    return read_profile(MINE.format(dress=dress, reversed=str(reverse).lower()), "profiles/mine.yaml")


def write(rows: pl.DataFrame, profile: Profile) -> bytes:
    return render_file(rows, profile.files[0], profile, digits=DIGITS, values=VALUES)


def test_these_are_shipped() -> None:
    assert shipped_profiles() == sorted(GOLDEN)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_shipped_profile_to_the_byte(name: str) -> None:
    profile = shipped_profile(name)
    written = {
        file.name: render_file(rows_of(ROW, AGAIN), file, profile, digits=DIGITS, values=VALUES)
        for file in profile.files
        if file.rows == "payouts"
    }
    assert written == {file: text.encode() for file, text in GOLDEN[name].items()}


@pytest.mark.parametrize("name", GOLDEN)
def test_its_values_are_asked_for_by_name(name: str) -> None:
    profile = shipped_profile(name)
    wanted = {column.value for file in profile.files for column in file.columns if column.value}
    assert [problem.found for problem in value_problems(profile, {})] == [
        f"the profile {name!r} needs the value {value!r}" for value in sorted(wanted)
    ]
    assert value_problems(profile, VALUES) == []


@pytest.mark.parametrize(
    ("company_code", "fault"),
    [
        ("1000", None),
        ("10000", "longer than 4 characters"),
        ("=1", "would be run as a formula"),
        (" ", "needs the value 'company_code'"),
    ],
)
def test_a_value_that_the_erp_would_not_take(company_code: str, fault: str | None) -> None:
    problems = value_problems(shipped_profile("sap"), VALUES | {"company_code": company_code})
    assert len(problems) == (fault is not None)
    assert all((fault or "") in problem.found for problem in problems)


AMOUNTS = st.sampled_from(sorted(DIGITS)).flatmap(
    lambda code: st.tuples(
        st.just(code),
        st.decimals(-(10**13), 10**13, places=DIGITS[code], allow_nan=False, allow_infinity=False),
    )
)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=30).map(
    lambda name: f"N{name}"
)


@settings(deadline=None)
@given(
    payouts=st.lists(st.tuples(AMOUNTS, NAMES), max_size=20),
    trailing=st.booleans(),
    quotes=st.sampled_from(["needed", "always"]),
)
def test_amounts_and_names_come_back_exactly(
    payouts: list[tuple[tuple[str, Decimal], str]], *, trailing: bool, quotes: str
) -> None:
    dress = f"delimiter: ';'\ndecimal_mark: ','\nnegative: {'trailing' if trailing else 'leading'}\nquotes: {quotes}"
    rows = [ROW | {"amount": amount, "currency": code, "payee_name": name} for (code, amount), name in payouts]
    frame = rows_of(*rows) if rows else rows_of(ROW).clear()
    read = list(csv.DictReader(io.StringIO(write(frame, mine(dress)).decode(), newline=""), delimiter=";"))
    back = [
        (Decimal((text[-1:] + text[:-1] if text.endswith("-") else text).replace(",", ".")), row["payee_name"])
        for row in read
        for text in [row["Betrag"]]
    ]
    assert back == [(amount, name) for (_, amount), name in payouts]


@pytest.mark.parametrize(
    ("amount", "reverse", "dress", "written"),
    [
        ("-1.50", False, "", "-1.50"),
        ("-1.50", False, "negative: trailing", "1.50-"),
        ("1.50", True, "", "-1.50"),
        ("-1.50", True, "negative: trailing", "1.50"),
        ("1.50", True, "negative: trailing", "1.50-"),
        ("0.00", True, "", "0.00"),
    ],
)
def test_signs_as_the_profile_says(amount: str, dress: str, written: str, *, reverse: bool) -> None:
    lines = write(rows_of(ROW | {"amount": Decimal(amount)}), mine(dress, reverse=reverse)).decode().splitlines()
    assert lines[1].endswith(f",{written},USD")


def test_without_header_and_with_unix_lines() -> None:
    written = write(rows_of(ROW | {"payee_name": "One"}), mine("header: false\nline_end: lf"))
    assert written == b"2026-11-USD-0123456789ab,One,1234.50,USD\n"


def test_an_old_character_set_by_contract_only() -> None:
    profile = mine("encoding: cp932")
    assert "髙橋部品".encode("cp932") in write(rows_of(AGAIN), profile)
    with pytest.raises(BooksError) as caught:
        write(rows_of(ROW, AGAIN | {"payee_name": "𠮷田店"}), profile)
    (problem,) = caught.value.problems
    assert (problem.at.file, problem.at.line, problem.at.column) == ("mine.csv", 3, 2)
    assert "'𠮷' (U+20BB7)" in problem.found
    assert "payee_id '髙橋'" in problem.found


def test_the_line_is_the_files_own() -> None:
    with pytest.raises(BooksError) as caught:
        write(rows_of(ROW | {"payee_name": "=1"}), mine("header: false\nformulas: refuse"))
    assert caught.value.problems[0].at.line == 1


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "two\nlines", "nul\x00"])
@pytest.mark.parametrize("profile", GOLDEN)
def test_a_payee_that_a_spreadsheet_would_run_stands_there_as_text(profile: str, name: str) -> None:
    used = shipped_profile(profile)
    row = ROW | {"payee_name": name, "payee_id": name[:9]}
    written = render_file(rows_of(row), used.files[0], used, digits=DIGITS, values=VALUES).decode(used.encoding)
    cells = [cell for line in csv.reader(io.StringIO(written), delimiter=used.delimiter) for cell in line]
    assert [cell for cell in cells if re.match(FORMULA, cell) or re.search(r"[\x00-\x1f]", cell)] == []


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "-2", "two\nlines"])
def test_a_profile_may_refuse_what_a_spreadsheet_would_run(name: str) -> None:
    used = shipped_profile("sap").model_copy(update={"formulas": "refuse"})
    with pytest.raises(BooksError, match=r"would be run|not text"):
        render_file(rows_of(ROW | {"payee_id": name}), used.files[0], used, digits=DIGITS, values=VALUES)


@pytest.mark.parametrize(("payee_id", "fits"), [("1234567890", True), ("12345678901", False)])
def test_what_is_longer_than_the_erps_field_is_refused(payee_id: str, *, fits: bool) -> None:
    rows = rows_of(ROW | {"payee_id": payee_id})
    if fits:
        assert payee_id.encode() in write(rows, shipped_profile("sap"))
        return
    with pytest.raises(BooksError, match=r"LIFNR '12345678901' .* longer than the 10 characters"):
        write(rows, shipped_profile("sap"))


@pytest.mark.parametrize("name", [None, "", "  "])
def test_what_the_erp_needs_may_not_be_empty(name: str | None) -> None:
    rows = rows_of(ROW, ROW | {"payee_name": name})
    with pytest.raises(BooksError, match=r"bills_\{batch\}\.csv:3:2: \*Supplier .* is needed"):
        write(rows, shipped_profile("quickbooks"))


def test_every_field_can_be_written() -> None:
    for kind, fields in FIELDS.items():
        columns = "".join(f"\n      - {name}" for name in fields)
        text = f"profile: all\ntitle: All\nfiles:\n  - name: a.csv\n    rows: {kind}\n    columns:{columns}\n"
        other = "\n  - {name: b.csv, rows: payouts, columns: [payout_id, amount, currency]}\n"
        assert len(read_profile(text + other, "all.yaml").files[0].columns) == len(fields)
