"""The message as it goes over the wire: the same bytes for the same statement, recipient and instant."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reports.mail.letter import Letter


TYPES = {"pdf": ("application", "pdf"), "csv": ("text", "csv")}
"""The types of attached files, by the ending of their names."""


class Attachment(NamedTuple):
    """A file that goes with a mail; its name is ASCII, and ends as its type does: see TYPES."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Envelope:
    """Who writes to whom, when, and under which Message-ID.

    `sender`: an address with or without a name; `payee_name` is the recipient's; `sent_at` has a zone.
    """

    sender: str
    reply_to: str
    payee_name: str
    recipient: str
    message_id: str
    sent_at: datetime


def render_message(envelope: Envelope, letter: Letter, attachments: Sequence[Attachment]) -> bytes:
    """Render the mail: text and HTML as alternatives, and what is attached, in its order.

    Raises:
        ValueError: a header would hold a line break or another control character.
    """
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(envelope.sender)
    message["From"] = Address(_checked(name), addr_spec=address)
    message["To"] = Address(_checked(envelope.payee_name), addr_spec=_checked(envelope.recipient))
    if envelope.reply_to:
        message["Reply-To"] = envelope.reply_to
    message["Subject"] = _checked(letter.subject)
    message["Date"] = format_datetime(envelope.sent_at)
    message["Message-ID"] = envelope.message_id
    # RFC 3834: whoever is away lets no program answer a program.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="base64")
    message.add_alternative(letter.html, subtype="html", cte="base64")
    for name, content in attachments:
        kind, subtype = TYPES[name.rpartition(".")[2]]
        message.add_attachment(content, maintype=kind, subtype=subtype, filename=name, cte="base64")
    key = re.sub(r"[^0-9a-zA-Z]", "", envelope.message_id)[:40]
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{key}_{number}")  # otherwise by chance
    return message.as_bytes()


def control_characters(text: str) -> str:
    """Return the names of the control characters of a text, which no header may hold; empty if there is none."""
    return ", ".join(f"U+{ord(sign):04X}" for sign in text if unicodedata.category(sign) in {"Cc", "Zl", "Zp"})


def attachment_name(payee_id: str, payout_period: str) -> str:
    """Return the name of the attached file: ASCII, whatever the id."""
    ascii_id = re.sub(r"[^A-Za-z0-9-]+", "-", payee_id).strip("-")
    return "-".join(part for part in ("statement", payout_period, ascii_id) if part) + ".pdf"


def _checked(text: str) -> str:
    if found := control_characters(text):
        message = f"a header may not hold {found}"
        raise ValueError(message)
    return text
