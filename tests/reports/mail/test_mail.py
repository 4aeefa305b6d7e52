"""Mails: the same bytes for the same statement, no second header, and nothing that a mail program would run."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from typing import Any

import pytest

from pipelines.mail.recipients import Recipient, flaw_of
from reports.mail.letter import letter
from reports.mail.message import Attachment, Envelope, attachment_name, render_message
from reports.statement.statement import Shown, shown

ENVELOPE = Envelope(
    sender="Rayler Parts <rebates@rayler.example>",
    reply_to="partners@rayler.example",
    payee_name="Bean & Sons, Auto",
    recipient="rebates@bean.example",
    message_id=f"<{'a' * 40}@rayler.example>",
    sent_at=datetime(2026, 11, 23, 2, 30, tzinfo=UTC),
)


@pytest.fixture(name="all_shown")
def _all_shown(sample: Any) -> dict[str, Shown]:
    return {each.payee_id: each for each in shown(sample.frames, sample.issue)}


def message(envelope: Envelope, each: Shown) -> bytes:
    return render_message(envelope, letter(each.view, "#0b5d4e"), [Attachment("statement.pdf", b"%PDF")])


def test_the_same_mail_has_the_same_bytes(all_shown: dict[str, Shown]) -> None:
    first = message(ENVELOPE, all_shown["D-0001"])
    assert message(ENVELOPE, all_shown["D-0001"]) == first
    assert b"boundary" in first
    assert message(replace(ENVELOPE, recipient="other@bean.example"), all_shown["D-0001"]) != first


def test_headers_say_who_writes_to_whom(all_shown: dict[str, Shown]) -> None:
    read: Any = email.message_from_bytes(message(ENVELOPE, all_shown["髙橋"]), policy=policy.default)
    assert read["To"].addresses[0].display_name == "Bean & Sons, Auto"
    assert read["Reply-To"] == "partners@rayler.example"
    assert read["Subject"].startswith("Rayler Parts: ")
    assert "2026年" in read["Subject"]
    assert read["Date"].datetime == ENVELOPE.sent_at


@pytest.mark.parametrize("text", ["x\r\nBcc: all@evil.example", "x\nBcc: y", "x\x00", "x\u2028Bcc: y"])
def test_no_name_or_address_can_begin_another_header(all_shown: dict[str, Shown], text: str) -> None:
    for envelope in (replace(ENVELOPE, payee_name=text), replace(ENVELOPE, recipient=f"{text}@b.example")):
        with pytest.raises(ValueError, match="a header may not hold U\\+"):
            message(envelope, all_shown["D-0001"])
    for recipient in (Recipient("D-1", text, "a@b.example"), Recipient("D-1", "One", f"a@b.example{text}")):
        flaw = flaw_of(recipient)
        assert flaw
        assert (flaw.at.file, "could begin another header" in flaw.found) == ("D-1", True)


@pytest.mark.parametrize("address", ["a@b.example", "o'neil+rebates@sub.b-c.example"])
def test_addresses_that_mail_can_be_sent_to(address: str) -> None:
    assert flaw_of(Recipient("D-1", "One", address)) is None


@pytest.mark.parametrize(
    "address", ["a", "a@b", "a@b.example,c@d.example", "a b@c.example", "<a@b.example>", "ä@b.example", ".a@b.example"]
)
def test_addresses_that_none_can(address: str) -> None:
    flaw = flaw_of(Recipient("D-1", "One", address))
    assert flaw
    assert "is no address" in flaw.found


def test_amounts_stand_in_text_and_html_and_nothing_else_is_loaded(all_shown: dict[str, Shown]) -> None:
    for each in all_shown.values():
        written = letter(each.view, "#0b5d4e")
        for payout in each.view["payouts"]:
            assert payout["amount"] in written.text
            assert payout["amount"] in written.html
        assert not any(sign in written.html for sign in ("<script", "<style", "<img", "http"))
        assert "\n" not in written.subject


def test_a_file_has_a_plain_name_whatever_the_id() -> None:
    assert attachment_name("D/0001 ä", "2026-11") == "statement-2026-11-D-0001.pdf"
    assert attachment_name("髙橋", "2026-11") == "statement-2026-11.pdf"
