"""Payouts as an ISO 20022 credit transfer initiation, pain.001.001.09, for direct transfer to a bank."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl
from jinja2 import Environment, StrictUndefined
from lxml import etree  # type: ignore[import-untyped]

from reports.erp.amounts import amount_text, check_minor_units, with_digits
from reports.erp.bank_checks import check_payments
from schemas.bank import BANK_COLUMNS, PAIN_FILE
from schemas.errors import InvariantError, Place, Problem
from schemas.types import ZERO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from jinja2 import Template

    from schemas.bank import Bank

Payment = dict[str, object]


def render_pain001(
    payments: pl.DataFrame, bank: Bank, *, batch_id: str, exported_on: date, digits: Mapping[str, int]
) -> bytes:
    """Render one message with one instruction per currency and day of execution, the same bytes for the same batch.

    payments: document_id, payee_id, payee_name, amount, currency, due_on, reference and BANK_COLUMNS; digits: the
    decimals of each currency. The id of the batch is that of the message, and the time of the message is the midnight
    at which `exported_on` begins: nothing in it comes from a clock.

    Raises:
        BooksError: names every payee whose name, account or address is missing or not in the form the bank requires.
        InvariantError: an amount has more decimals than its currency, or the message does not match its schema.
    """
    frame = with_digits(payments, digits)
    check_minor_units(frame, file=PAIN_FILE, name="document_id")
    check_payments(frame, bank, file=PAIN_FILE)
    ordered = frame.with_columns(
        *(_filled(column) for column in BANK_COLUMNS),
        execute_on=execution_day(exported_on),
        amount=amount_text("amount", "digits"),
    ).sort("currency", "execute_on", "payee_id", "document_id")
    rows = ordered.to_dicts()
    # groupby needs equal keys side by side; the sort above provides that, and the same bytes in every run.
    instructions = groupby(rows, lambda row: (row["currency"], row["execute_on"]))
    message = {
        "id": batch_id,
        "created_at": f"{exported_on.isoformat()}T00:00:00",
        "count": len(rows),
        "total": _total(rows),
        "bank": bank,
        "groups": [_group(f"{batch_id}-{n}", list(same), bank) for n, (_, same) in enumerate(instructions, start=1)],
    }
    content = _template().render(m=message).encode()
    check_schema(content)
    return content


def execution_day(exported_on: date) -> pl.Expr:
    """Return the day on which the bank is asked to pay: the day a payout is due, or of the export if that is later."""
    # Some banks refuse a payment of a day in the past, others the whole file.
    return pl.max_horizontal("due_on", pl.lit(exported_on))


def check_schema(content: bytes) -> None:
    """Refuse a message that does not match the schema of pain.001.001.09.

    Raises:
        InvariantError: names every place where it does not.
    """
    schema = _schema()
    try:
        is_valid = schema.validate(etree.fromstring(content, _parser()))
        faults = [(error.line, error.message) for error in schema.error_log]
    except etree.XMLSyntaxError as error:
        is_valid, faults = False, [(error.lineno or 0, error.msg or "it is no XML")]
    if not is_valid:
        todo = "report this: nothing was exported"
        raise InvariantError(*(Problem(found, todo, at=Place(PAIN_FILE, line)) for line, found in faults))


def _filled(column: str) -> pl.Expr:
    """Return a column with cells of blanks as null."""
    return pl.when(pl.col(column).str.strip_chars() != "").then(column)


def _group(group_id: str, payments: Sequence[Payment], bank: Bank) -> dict[str, object]:
    first = payments[0]
    currency = str(first["currency"])
    return {
        "id": group_id,
        "count": len(payments),
        "total": _total(payments),
        "execute_on": first["execute_on"],
        "currency": currency,
        "service_level": bank.service_level_for(currency),
        "payments": payments,
    }


def _total(payments: Sequence[Payment]) -> str:
    """Return the sum of the amounts as written, whatever their currencies: it is a control sum."""
    return f"{sum((Decimal(str(payment['amount'])) for payment in payments), ZERO):f}"


@cache
def _schema() -> etree.XMLSchema:
    text = resources.files("sepaxml").joinpath("schemas", "pain.001.001.09.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text, _parser()))


def _parser() -> etree.XMLParser:
    # No entities and no network: names come from extracts, and a parser must not fetch or expand what they contain.
    return etree.XMLParser(resolve_entities=False, no_network=True)


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = resources.files("reports").joinpath("templates", "pain.001.xml.j2").read_text(encoding="utf-8")
    return environment.from_string(text)
