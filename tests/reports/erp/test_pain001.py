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

from reports.erp.bank_checks import check_bank
from reports.erp.pain001 import check_schema, render_pain001
from schemas.bank import BANK_COLUMNS, Address, Bank
from schemas.bank_account import bic_fault, clearing_fault, iban_fault
from schemas.errors import BooksError, InvariantError, WorkspaceError
from schemas.types import MONEY

DIGITS = {"USD": 2, "JPY": 0, "KWD": 3, "EUR": 2}
BANK = Bank(
    name="Rayler Parts & Söhne", iban="DE89370400440532013000", bic="COBADEFFXXX", charges="SLEV", characters="any"
)
N = {"n": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
ONE: dict[str, Any] = {
    "document_id": "2026-11-EUR-0123456789ab",
    "payee_id": "0042",
    "payee_name": 'Bean & <Sons> "Ltd"',
    "amount": Decimal("1234.50"),
    "currency": "EUR",
    "due_on": date(2026, 12, 30),
    "reference": "Rebate 2026-11",
    **dict.fromkeys(BANK_COLUMNS),
    "iban": "GB29NWBK60161331926819",
    "bic": "NWBKGB2L",
}
YEN = ONE | {
    "document_id": "2026-11-JPY-ba9876543210-2", "payee_id": "髙橋", "payee_name": "髙橋部品 𠮷田店",
    "amount": Decimal(98765), "currency": "JPY", "iban": " ", "bic": None, "account": "0123456",
    "clearing_system": "JPZGN", "clearing_member_id": "0005123",
}  # fmt: skip
SCHEMA: dict[str, Any] = dict.fromkeys((*BANK_COLUMNS, "payee_name"), pl.String)


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
    assert found(content, "//n:CdtrAgt//n:ClrSysMmbId//text()[normalize-space()]") == ["JPZGN", "0005123"]
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
    content = render(bank=Bank(name="Rayler", account="12345", characters="any"))
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
        ({"iban": "GB29 NWBK 6016 1331 9268 19"}, "no blanks"),
        ({"iban": "gb29nwbk60161331926819"}, "capitals"),
        ({"bic": "NWBKGB2"}, "8 or 11"),
        ({"iban": "AT25190430023457320"}, "an IBAN of AT has 20 characters, not 19"),
        ({"iban": "ZZ89370400440532013000"}, "no country has IBANs that begin with 'ZZ'"),
        ({"iban": "GB29123460161331926819"}, "other characters in some places"),
        ({"bic": "NWBKZZ2L"}, "there is no country 'ZZ'"),
        ({"iban": None, "bic": None, "account": "1234567"}, "an account without a bank"),
        ({"iban": None, "account": "1" * 35}, "longer than 34"),
        ({"clearing_member_id": "021000021"}, "without clearing_system"),
        ({"clearing_system": "USABA", "clearing_member_id": "021000022"}, "check digit"),
        ({"clearing_system": "JPZGN", "clearing_member_id": "005123"}, "7 digits"),
        ({"clearing_system": "ABA", "clearing_member_id": "021000021"}, "is no clearing_system"),
        ({"reference": None}, "without a reference"),
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
    assert (iban_fault(text) is None) is is_good


@pytest.mark.parametrize(("text", "is_good"), [("NWBKGB2L", True), ("COBADEFFXXX", True), ("COBADEFFXX", False)])
def test_codes_of_banks(text: str, *, is_good: bool) -> None:
    assert (bic_fault(text) is None) is is_good


def test_every_digit_of_an_american_routing_number_is_checked() -> None:
    assert clearing_fault("USABA", "021000021") is None
    for place in range(9):
        digits = list("021000021")
        digits[place] = str((int(digits[place]) + 1) % 10)
        assert clearing_fault("USABA", "".join(digits)) == "the check digit does not hold"


def test_days_that_are_past_make_one_instruction_of_the_day_of_the_export() -> None:
    earlier = [ONE | {"document_id": f"D-{day}", "due_on": date(2026, 11, day)} for day in (1, 15, 30)]
    content = render(*earlier, ONE)
    assert found(content, "//n:ReqdExctnDt/n:Dt/text()") == ["2026-12-01", "2026-12-30"]
    assert found(content, "//n:PmtInf/n:NbOfTxs/text()") == ["3", "1"]


SEPA = Bank(name="Rayler", iban="DE89370400440532013000", service_level="SEPA")


def test_the_service_level_of_sepa_is_that_of_euros_alone() -> None:
    content = render(ONE | {"payee_name": "Bean"}, YEN, bank=SEPA)
    assert found(content, "//n:PmtInf/n:PmtTpInf/n:SvcLvl/n:Cd/text()") == ["SEPA"]
    assert found(content, "//n:PmtInf[n:PmtTpInf]//n:InstdAmt/@Ccy") == ["EUR"]
    urgent = Bank(name="Rayler", iban="DE89370400440532013000", service_level="URGP", characters="any")
    assert found(render(ONE, YEN, bank=urgent), "//n:SvcLvl/n:Cd/text()") == ["URGP", "URGP"]
    with pytest.raises(BooksError, match="no iban, to which alone SEPA pays"):
        render(ONE | {"payee_name": "Bean", "iban": None, "account": "12345"}, bank=SEPA)


@pytest.mark.parametrize(
    ("change", "bank", "fault"),
    [
        ({"payee_name": "Łódź_★"}, {}, "'Ł' (U+0141), 'ó' (U+00F3), 'ź' (U+017A), '_' (U+005F), '★' (U+2605)"),
        ({"payee_name": "髙橋自動車"}, {}, "'髙' (U+9AD9)"),
        ({"payee_name": "Müller & Co"}, {}, "'ü' (U+00FC), '&' (U+0026)"),
        ({"payee_name": "Müller & Co"}, {"more_characters": "ü"}, "with '&' (U+0026), which"),
        ({"payee_name": "x" * 71}, {}, "longer than 70"),
        ({"payee_name": "x" * 41}, {"longest_name": 40}, "longer than 40"),
        ({"payee_name": "Bean", "account_holder": "Bean_"}, {}, "an account_holder with '_'"),
        ({"payee_name": "Bean", "reference": "Rebate #7"}, {}, "a reference with '#'"),
        ({"payee_name": "Söhne", "currency": "USD"}, {"characters": "sepa"}, "'ö'"),
        ({"payee_name": "Bean", "town": "Köln", "country": "DE"}, {"addresses": "structured"}, "a town with 'ö'"),
        ({"payee_name": "Bean", "town": "Bonn"}, {"addresses": "structured"}, "an address without country"),
        ({"payee_name": "Bean", "town": "Bonn", "country": "Germany"}, {"addresses": "structured"}, "is none"),
    ],
)
def test_what_the_bank_does_not_take_is_named(change: dict[str, Any], bank: dict[str, Any], fault: str) -> None:
    payer = Bank(name="Rayler", iban="DE89370400440532013000", **bank)
    with pytest.raises(BooksError) as caught:
        render(ONE | change, bank=payer)
    (problem,) = caught.value.problems
    assert fault in problem.found


def test_the_name_that_the_bank_has_takes_the_place_of_the_name() -> None:
    content = render(ONE | {"payee_name": "髙橋自動車", "account_holder": "TAKAHASHI JIDOSHA"}, bank=SEPA)
    assert found(content, "//n:Cdtr/n:Nm/text()") == ["TAKAHASHI JIDOSHA"]


def test_other_currencies_take_any_text_unless_the_bank_says_otherwise() -> None:
    assert found(render(YEN, bank=SEPA), "//n:Cdtr/n:Nm/text()") == ["髙橋部品 𠮷田店"]


def test_the_payer_s_own_name_must_be_one_that_its_bank_takes() -> None:
    with pytest.raises(WorkspaceError, match=r"bank: name: 'Söhne' holds 'ö'"):
        check_bank(Bank(name="Söhne", iban="DE89370400440532013000"), ["EUR"])
    check_bank(Bank(name="Söhne", iban="DE89370400440532013000"), ["USD"])


def test_addresses_are_written_in_parts_where_the_bank_wants_them() -> None:
    town = {"street": "Ring", "building_number": "7", "post_code": "53111", "town": "Bonn", "country": "DE"}
    payer = Bank(
        name="Rayler", iban="DE89370400440532013000", addresses="structured",
        address=Address(town="Munich", country="DE"),
    )  # fmt: skip
    content = render(ONE | {"payee_name": "Bean"} | town, bank=payer)
    assert found(content, "//n:Cdtr/n:PstlAdr/*/text()") == ["Ring", "7", "53111", "Bonn", "DE"]
    assert found(content, "//n:Dbtr/n:PstlAdr/*/text()") == ["Munich", "DE"]
    assert found(render(ONE | town), "//n:PstlAdr") == []


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
