from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import polars as pl
import pytest
from babel.messages.extract import extract
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

import reports
from reports.erp.amounts import figure_text
from reports.page.language import LANGUAGES, SOURCE, Language, catalogue, is_spoken, language_of, name_of_language
from schemas.errors import InvariantError
from schemas.workspace import WorkspaceConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

DIGITS = {"USD": 2, "JPY": 0, "KWD": 3}
EN, DE, JA = Language("en", DIGITS), Language("de", DIGITS), Language("ja", DIGITS)
TRANSLATED = [tag for tag in LANGUAGES if tag != SOURCE]


def messages() -> Iterator[str]:
    """Find every message the reports say, in their source."""
    for module in Path(reports.__file__).parent.rglob("*.py"):
        with module.open("rb") as source:
            for _, message, _, _ in extract("python", source, keywords={"text": None, "words": None}):
                assert isinstance(message, str)
                yield message


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_message_is_translated_and_nothing_else(tag: str) -> None:
    said = set(messages())
    translated = {str(entry.id) for entry in catalogue(tag) if entry.id and not entry.context and entry.string}
    assert translated == said
    assert not catalogue(tag).obsolete
    assert not [entry.id for entry in catalogue(tag) if entry.id and entry.fuzzy]


def test_the_words_of_units_types_and_columns_are_the_same_in_all_languages() -> None:
    words = {
        tag: {(entry.context, entry.id) for entry in catalogue(tag) if entry.context not in {None, "units"}}
        for tag in TRANSLATED
    }
    assert words["de"] == words["ja"]
    # A language that has plurals has one of every unit.
    units = {entry.id for entry in catalogue("de") if entry.context == "unit"}
    assert {entry.id for entry in catalogue("de") if entry.context == "units"} == units


@pytest.mark.parametrize("tag", TRANSLATED)
def test_translations_fill_in_what_their_messages_do(tag: str) -> None:
    for entry in catalogue(tag):
        if entry.id and not entry.context:
            names = {part.partition("}")[0] for part in str(entry.id).split("{")[1:]}
            assert {part.partition("}")[0] for part in str(entry.string).split("{")[1:]} == names, entry.id


@pytest.mark.parametrize(
    ("tag", "spoken"),
    [
        ("ja", "ja"),
        ("ja-JP", "ja"),
        ("JA_jp", "ja"),
        ("en", "en"),
        ("de-AT", "de"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_language_of_a_tag(tag: str | None, spoken: str) -> None:
    assert language_of(tag, DIGITS).tag == spoken
    assert is_spoken(tag) is (tag != "fr")


def test_without_a_catalogue_the_workspaces_language_is_spoken() -> None:
    assert [language_of(tag, DIGITS, "de").tag for tag in ("fr", None, "ja")] == ["de", "de", "ja"]
    assert get_args(WorkspaceConfig.model_fields["language"].annotation) == LANGUAGES
    assert [name_of_language(tag, DE) for tag in ("fr-CA", "de", "xx", "no such tag")] == [
        "Französisch", "Deutsch", "xx", "no such tag",
    ]  # fmt: skip


def test_money() -> None:
    assert [EN.money(Decimal("-1234.50"), "USD"), JA.money(Decimal(1234), "JPY")] == ["-$1,234.50", "￥1,234"]
    assert EN.money(Decimal("0.005"), "KWD") == "KWD\N{NO-BREAK SPACE}0.005"
    assert EN.money(Decimal("0.0000"), "USD") == "$0.00"
    assert DE.money(Decimal("-1234567.50"), "USD") == "-1.234.567,50\N{NO-BREAK SPACE}$"
    assert [DE.count(1234), DE.marked("1,234.5"), DE.percent(Decimal("0.0225"))] == [
        "1.234", "1.234,5", "2,25\N{NO-BREAK SPACE}%",
    ]  # fmt: skip


@pytest.mark.parametrize(("amount", "currency"), [("0.5", "JPY"), ("0.005", "USD"), ("-0.0001", "KWD")])
def test_an_amount_is_never_rounded_on_a_page(amount: str, currency: str) -> None:
    with pytest.raises(InvariantError, match=currency):
        EN.money(Decimal(amount), currency)


def test_figures_never_show_more_than_there_is() -> None:
    assert EN.points(Decimal("6.9999999999")) == "6.99%"
    assert EN.worth(Decimal("49999.9999999999"), "USD") == "$49,999.99"
    assert EN.worth(Decimal("50000.0000000000"), "USD") == "$50,000.00"
    assert EN.price(Decimal("0.2500000000"), "USD") == "$0.25"
    assert EN.price(Decimal("0.12345678"), "USD") == "$0.12345678"
    assert JA.price(Decimal("62.5"), "JPY") == "￥62.5"


def test_quantities_are_counted_in_the_words_of_the_language() -> None:
    assert [EN.quantity(Decimal(n), "case") for n in (1, 2)] == ["1 case", "2 cases"]
    assert EN.quantity(Decimal("1234.500000"), "kg") == "1,234.50 kg"
    assert JA.quantity(Decimal(2), "case") == "2ケース"
    assert [DE.quantity(Decimal(n), "case") for n in ("1", "1234.5")] == ["1 Karton", "1.234,50 Kartons"]
    assert EN.quantity(Decimal(2), "{unknown}") == "2 {unknown}"


@pytest.mark.parametrize(
    ("period", "english", "japanese"),
    [
        ("2026-11", "November 2026", "2026年11月"),
        ("2026-P03", "Period 3 of 2026", "2026年第3期"),
        ("2026-P12", "Period 12 of 2026", "2026年第12期"),
        ("2026-Q4", "Q4 2026", "2026年第4四半期"),
        ("2026-H1", "First half of 2026", "2026年上半期"),
        ("2026-H2", "Second half of 2026", "2026年下半期"),
        ("2026", "Year 2026", "2026年"),
        ("program", "Whole programme", "プログラム全期間"),
    ],
)
def test_periods(period: str, english: str, japanese: str) -> None:
    assert (EN.period(period), JA.period(period)) == (english, japanese)


def test_dates() -> None:
    assert (EN.day(date(2026, 12, 30)), JA.day(date(2026, 12, 30))) == ("December 30, 2026", "2026年12月30日")


@given(st.lists(st.decimals(-(10**13), 10**13, places=4), min_size=1))
def test_the_figures_of_lists_are_those_of_babel(values: list[Decimal]) -> None:
    frame = pl.DataFrame({"amount": values}, schema={"amount": pl.Decimal(18, 4)}).with_columns(digits=pl.lit(2))
    written = frame.select(figure_text("amount", "digits")).to_series().to_list()
    for tag in LANGUAGES:
        marked = [Language(tag, {}).marked(figure) for figure in written]
        assert marked == [format_decimal(value, format="#,##0.00##", locale=tag) for value in values]
