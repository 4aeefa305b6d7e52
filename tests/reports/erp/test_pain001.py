from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from importlib import resources
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]

from reports.erp.pain001 import check_schema, render_pain001
from schemas.bank import Bank, is_bic, is_iban
from schemas.errors import BooksError, InvariantError
from schemas.types import MONEY

DIGITS = {"USD": 2, "JPY": 0, "KWD": 3, "EUR": 2}
BANK = Bank(name="Rayler Parts & Söhne", iban="DE89370400440532013000", bic="COBADEFFXXX", charges="SLEV")
N = {"n": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
ONE: dict[str, Any] = {
    "document_id": "2026-11-EUR-0123456789ab",
    "payee_id": "0042",
    "payee_name": 'Bean & <Sons> "Ltd"',
    "amount": Decimal("1234.50"),
    "currency": "EUR",
    "due_on": date(2026, 12, 30),
    "reference": "Rebate 2026-11",
    "iban": "GB29NWBK60161331926819",
    "bic": "NWBKGB2L",
    "account": None,
}
YEN = ONE | {
    "document_id": "2026-11-JPY-ba9876543210-2", "payee_id": "髙橋", "payee_name": "髙橋部品 𠮷田店",
    "amount": Decimal(98765), "currency": "JPY", "iban": " ", "bic": None, "account": "0123456",
}  # fmt: skip
SCHEMA: dict[str, Any] = dict.fromkeys(("iban", "bic", "account", "payee_name"), pl.String)


def payments(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows or [ONE], schema_overrides=SCHEMA).with_columns(pl.col("amount").cast(MONEY))


def render(*rows: dict[str, Any], bank: Bank = BANK) -> bytes:
    return render_pain001(
        payments(*rows), bank, batch_id="2026-12-01-fedcba987654", exported_on=date(2026, 12, 1), digits=DIGITS
    )


def found(content: bytes, path: str) -> list[str]:
    return [str(text) for text in etree.fromstring(content).xpath(path, namespaces=N)]


def test_the_schema_is_the_published_one() -> None:
    """Another version of the package that carries it must not change unseen what a bank is sent."""
    text = resources.files("sepaxml").joinpath("schemas", "pain.001.001.09.xsd").read_bytes()
    published = "05440a7e84f695e7dbc6677082f43623cd7393881b76a5e8d648ae21d7d728e3"
    assert sha256(text.replace(b"\r\n", b"\n")).hexdigest() == published


def test_one_instruction_for_each_currency_and_day() -> None:
    later = ONE | {"due_on": date(2027, 1, 30), "document_id": "2026-12-EUR-0123456789ab", "amount": Decimal("0.01")}
    content = render(later, YEN, ONE)
    assert found(content, "//n:GrpHdr/n:MsgId/text()") == ["2026-12-01-fedcba987654"]
    assert found(content, "//n:GrpHdr/n:CreDtTm/text()") == ["2026-12-01T00:00:00"]
    assert found(content, "//n:GrpHdr/*[self::n:NbOfTxs or self::n:CtrlSum]/text()") == ["3", "99999.51"]
    assert found(content, "//n:PmtInf/n:PmtInfId/text()") == [f"2026-12-01-fedcba987654-{n}" for n in (1, 2, 3)]
    assert found(content, "//n:PmtInf/n:CtrlSum/text()") == ["1234.50", "0.01", "98765"]
    assert found(content, "//n:ReqdExctnDt/n:Dt/text()") == ["2026-12-30", "2027-01-30", "2026-12-30"]
    assert found(content, "//n:InstdAmt/text()") == ["1234.50", "0.01", "98765"]
    assert found(content, "//n:InstdAmt/@Ccy") == ["EUR", "EUR", "JPY"]
    assert found(content, "//n:EndToEndId/text()")[2] == "2026-11-JPY-ba9876543210-2"
    assert found(content, "//n:Cdtr/n:Nm/text()")[::2] == ['Bean & <Sons> "Ltd"', "髙橋部品 𠮷田店"]
    assert found(content, "//n:CdtrAcct/n:Id/n:Othr/n:Id/text()") == ["0123456"]
    assert found(content, "//n:Dbtr/n:Nm/text()") == ["Rayler Parts & Söhne"] * 3


def test_the_order_of_payments_changes_nothing() -> None:
    assert render(ONE, YEN) == render(YEN, ONE)


def test_a_bank_without_iban_and_bic() -> None:
    content = render(bank=Bank(name="Rayler", account="12345"))
    assert found(content, "//n:DbtrAcct//n:Othr/n:Id/text()") == ["12345"]
    assert found(content, "//n:DbtrAgt//n:Othr/n:Id/text()") == ["NOTPROVIDED"]
    assert found(content, "//n:ChrgBr") == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"payee_name": None}, "has no name"),
        ({"payee_name": " "}, "has no name"),
        ({"payee_name": "x" * 141}, "longer than 140"),
        ({"payee_name": "two\nlines"}, "not text"),
        ({"payee_name": "no\ufffe"}, "not text"),
        ({"iban": None}, "neither iban nor account"),
        ({"iban": "", "account": ""}, "neither iban nor account"),
        ({"iban": "GB29NWBK60161331926818"}, "check digits"),
        ({"iban": "GB29 NWBK 6016 1331 9268 19"}, "check digits"),
        ({"iban": "gb29nwbk60161331926819"}, "check digits"),
        ({"bic": "NWBKGB2"}, "8 or 11"),
        ({"iban": None, "account": "1" * 35}, "longer than 34"),
        ({"reference": "r" * 141}, "longer than 140"),
        ({"document_id": "d" * 36}, "longer than 35"),
        ({"amount": Decimal(0)}, "nothing or less"),
    ],
)
def test_a_payee_that_no_bank_can_pay_is_named(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(BooksError) as caught:
        render(ONE | change, YEN)
    (problem,) = caught.value.problems
    assert "payee '0042' " in problem.found
    assert fault in problem.found


def test_all_faults_at_once() -> None:
    with pytest.raises(BooksError) as caught:
        render(ONE | {"iban": None}, YEN | {"payee_name": None, "bic": "?"})
    assert len(caught.value.problems) == 3


def test_an_amount_finer_than_its_currency_is_refused() -> None:
    with pytest.raises(InvariantError, match="more than 0 decimals"):
        render(YEN | {"amount": Decimal("0.5")})


@pytest.mark.parametrize(
    "content", [b"<a/>", b"<a>", render(ONE).replace(b"1234.50<", b"-1<"), render(ONE).replace(b"TRF", b"XXX")]
)
def test_what_does_not_fit_the_schema_is_refused(content: bytes) -> None:
    with pytest.raises(InvariantError, match=r"pain\.001\.xml"):
        check_schema(content)


def test_the_schema_reads_nothing_from_elsewhere() -> None:
    entity = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>'
    with pytest.raises(InvariantError):
        check_schema(entity)


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("DE89370400440532013000", True),
        ("DE88370400440532013000", False),
        ("DE8937040044053201300", False),
        ("", False),
        ("MT84MALT011000012345MTLCAST001S", True),
    ],
)
def test_check_digits(text: str, *, is_good: bool) -> None:
    assert is_iban(text) is is_good


@pytest.mark.parametrize(("text", "is_good"), [("NWBKGB2L", True), ("COBADEFFXXX", True), ("COBADEFFXX", False)])
def test_codes_of_banks(text: str, *, is_good: bool) -> None:
    assert is_bic(text) is is_good


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=140).filter(
    lambda text: text.strip() and "\ufffe" not in text and "\uffff" not in text
)
RANDOM = st.sampled_from(sorted(DIGITS)).flatmap(
    lambda code: st.fixed_dictionaries(
        {
            "currency": st.just(code),
            "amount": st.decimals(Decimal(1).scaleb(-DIGITS[code]), 10**13, places=DIGITS[code]),
            "payee_name": TEXT,
            "reference": TEXT,
            "due_on": st.integers(0, 3).map(lambda days: date(2026, 12, 30) + timedelta(days)),
            "payee_id": TEXT,
        }
    )
)


@settings(max_examples=50, deadline=None)
@given(st.lists(RANDOM, min_size=1, max_size=12))
def test_random_payouts_are_valid_and_come_back_exactly(drawn: list[dict[str, Any]]) -> None:
    rows = [ONE | row | {"document_id": f"D-{n}"} for n, row in enumerate(drawn)]
    content = render(*rows)
    back = dict(
        zip(found(content, "//n:EndToEndId/text()"), map(Decimal, found(content, "//n:InstdAmt/text()")), strict=True)
    )
    assert back == {row["document_id"]: row["amount"] for row in rows}
    names = dict(zip(found(content, "//n:EndToEndId/text()"), found(content, "//n:Cdtr/n:Nm/text()"), strict=True))
    assert names == {row["document_id"]: row["payee_name"] for row in rows}
    sums = map(Decimal, found(content, "//n:PmtInf/n:CtrlSum/text()"))
    assert sum(sums) == sum(row["amount"] for row in rows) == Decimal(found(content, "//n:GrpHdr/n:CtrlSum/text()")[0])
    assert len(found(content, "//n:PmtInf/n:PmtInfId/text()")) == len({(r["currency"], r["due_on"]) for r in rows})
