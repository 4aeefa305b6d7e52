"""Remarks of the books in the reader's language: every one that rules write is known."""

from __future__ import annotations

import pytest

from reports.page.language import Language
from reports.panel.remarks import Remarks
from rules.rating.notes import AMOUNT_PHRASES, BELOW_MINIMUM, CARRIED

DIGITS = {"EUR": 2}
TITLES = {"volume": "Mengenbonus"}


def said(note: str, tag: str = "de") -> str:
    return Remarks(Language(tag, DIGITS), "EUR", lambda rebate: TITLES.get(rebate, rebate)).text(note)


@pytest.mark.parametrize(
    ("note", "german"),
    [
        ("limited to 2000.005; guaranteed 3", "begrenzt auf 2.000,01; garantiert 3,00"),
        ("best_of: volume is paid instead of 12.5", "der höchste zählt: Mengenbonus wird statt 12,50 gezahlt"),
        ("the budget leaves 5 of 1234.5", "das Budget lässt 5,00 von 1.234,50 zu"),
        ("-1234.5 carried from the periods before", "-1.234,50 aus früheren Zeiträumen übertragen"),
        ("in the program on 31 of 92 days", "an 31 von 92 Tagen im Programm"),
        ("no baseline: skipped; what nobody knows 3", "keine Vergleichsbasis: nicht gewertet; what nobody knows 3"),
    ],
)
def test_remarks_are_translated_one_by_one(note: str, german: str) -> None:
    assert said(note) == german


@pytest.mark.parametrize("tag", ["de", "ja"])
def test_no_phrase_of_the_rules_is_left_as_it_is(tag: str) -> None:
    endings = {"is paid instead of {}": "first_of: volume ", "reckoned on {} less": ""}
    for phrase in {*AMOUNT_PHRASES, CARRIED} - {BELOW_MINIMUM}:  # that one is a reason of payouts
        note = f"{endings.get(phrase, '')}{phrase}".replace("{}", "7")
        note += ", which earlier rebates pay" if phrase.startswith("reckoned") else ""
        assert said(note, tag) != note
        written = note if phrase == CARRIED else note.replace("7", "7.00")
        assert said(note, "en") == written.replace("volume", TITLES["volume"])
