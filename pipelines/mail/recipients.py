"""The recipients of statements: the address and name of every payee, as the members have them on the run's day."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipelines.books.payees import read_as_payees
from reports.mail.message import control_characters
from schemas.errors import Place, Problem
from schemas.mail import ADDRESS

if TYPE_CHECKING:
    import duckdb

    from pipelines.books.runs import OpenRun


class Recipient(NamedTuple):
    """A payee as a recipient; `address` is empty where the members have none."""

    payee_id: str
    name: str
    address: str


def read_recipients(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> dict[str, Recipient]:
    """Return the recipient of every payee by id."""
    rows = read_as_payees(connection, run, ("COALESCE(name, member_id) AS name", "COALESCE(TRIM(email), '') AS email"))
    return {row[0]: Recipient(*row) for row in rows.iter_rows()}


def flaw_of(recipient: Recipient) -> Problem | None:
    """Return why nothing can be sent to an address that is there; None if it can."""
    todo = "correct it in the extract of members and run again; nothing was sent to this payee"
    place = Place(recipient.payee_id)
    for text in (recipient.address, recipient.name):
        if found := control_characters(text):
            return Problem(f"{text!r} holds {found}, which could begin another header", todo, at=place)
    if not ADDRESS.fullmatch(recipient.address):
        return Problem(f"{recipient.address!r} is no address that mail can be sent to", todo, at=place)
    return None
