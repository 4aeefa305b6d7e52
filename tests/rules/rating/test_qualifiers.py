"""Figures: growth, targets and shares as the agreement words them, and what a missing baseline means."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from rules.rating.qualifiers import qualify
from schemas.types import VALUE

FIELDS: dict[str, Any] = {
    "current": VALUE, "base": VALUE, "kind": pl.String, "when_missing": pl.String, "missing_value": VALUE,
}  # fmt: skip
SCHEMA = {f"{role}_{name}": dtype for role in ("measure", "qualifier") for name, dtype in FIELDS.items()}
PLAIN = {"measure_current": "7", "measure_kind": "plain", "qualifier_current": "7", "qualifier_kind": "plain"}


def figures(**changes: str | int | None) -> dict[str, Any]:
    row = dict.fromkeys(SCHEMA) | {"round_digits": None} | PLAIN | changes
    types = {**SCHEMA, "round_digits": pl.Int32}
    texts = {name: pl.String if dtype == VALUE else dtype for name, dtype in types.items()}
    frame = pl.DataFrame([row], schema=texts).with_columns(
        pl.col(name).str.to_decimal(scale=10).cast(VALUE) for name, dtype in types.items() if dtype == VALUE
    )
    found = qualify(frame.lazy()).select("measure", "qualifier", "baseline", "note").collect().row(0, named=True)
    return {name: f"{value.normalize():f}" if isinstance(value, Decimal) else value for name, value in found.items()}


def qualifier(kind: str, current: str, base: str | None, policy: str = "skip", value: str | None = None) -> str | None:
    row = figures(
        qualifier_kind=kind, qualifier_current=current, qualifier_base=base, qualifier_when_missing=policy,
        qualifier_missing_value=value,
    )  # fmt: skip
    found: str | None = row["qualifier"]
    return found


@pytest.mark.parametrize(
    ("kind", "current", "base", "expected"),
    [
        ("growth_percent", "107.4", "100", "7.4"),
        ("growth_percent", "90", "100", "-10"),
        ("growth_percent", "0", "100", "-100"),
        ("growth_percent", "-50", "100", "-150"),
        ("growth_percent", "2", "3", "-33.3333333333"),
        ("growth_percent", "5", "3", "66.6666666667"),
        ("growth_amount", "90", "100", "-10"),
        ("growth_amount", "0", "100.5", "-100.5"),
        ("target_percent", "99.995", "100", "99.995"),
        ("target_percent", "0", "100", "0"),
        ("target_percent", "-1", "3", "-33.3333333333"),
        ("share_percent", "30", "120", "25"),
        ("share_percent", "130", "120", "108.3333333333"),
    ],
)
def test_a_figure_is_compared_with_its_base(kind: str, current: str, base: str, expected: str) -> None:
    assert qualifier(kind, current, base) == expected


@pytest.mark.parametrize("base", [None, "0", "-5"])
@pytest.mark.parametrize(
    ("kind", "current", "zero", "value"),
    [
        ("growth_percent", "40", "100", "300"),
        ("growth_percent", "0", "0", "-100"),
        ("growth_percent", "-40", "0", "-500"),
        ("growth_amount", "40", "40", "30"),
        ("growth_amount", "-40", "-40", "-50"),
        ("target_percent", "40", "0", "400"),
        ("share_percent", "40", "0", "400"),
    ],
)
def test_a_missing_base_means_what_the_rule_says(
    kind: str, current: str, zero: str, value: str, base: str | None
) -> None:
    assert qualifier(kind, current, base, "skip") is None
    assert qualifier(kind, current, base, "zero") == zero
    assert qualifier(kind, current, base, "value", "10") == value


def test_a_base_just_above_zero_is_a_base() -> None:
    assert qualifier("target_percent", "1", "0.0000000001", "zero") == "1000000000000"


@pytest.mark.parametrize(
    ("digits", "expected"),
    [(None, "66.6666666667"), (0, "67"), (1, "66.7"), (9, "66.666666667"), (10, "66.6666666667")],
)
def test_the_qualifier_is_rounded_as_the_rule_says_and_the_measure_to_ten_decimals(
    digits: int | None, expected: str
) -> None:
    row = figures(
        qualifier_kind="share_percent", qualifier_current="2", qualifier_base="3", round_digits=digits,
        measure_kind="share_percent", measure_current="2", measure_base="3",
    )  # fmt: skip
    assert (row["qualifier"], row["measure"]) == (expected, "66.6666666667")


@pytest.mark.parametrize(
    ("current", "expected"), [("1044.9999999999", "4"), ("1045", "5"), ("955", "-5"), ("955.0000000001", "-4")]
)
def test_growth_is_rounded_once(current: str, expected: str) -> None:
    """4.49999999999 % is 4 %, not 5 % by way of 4.5000000000 %."""
    row = figures(qualifier_kind="growth_percent", qualifier_current=current, qualifier_base="1000", round_digits=0)
    assert row["qualifier"] == expected


def test_a_skipped_qualifier_is_noted_and_leaves_the_measure() -> None:
    notes = {
        "growth_amount": "no baseline: skipped",
        "growth_percent": "no baseline: skipped",
        "target_percent": "no target: skipped",
        "share_percent": "nothing to take the share of: skipped",
    }
    for kind, note in notes.items():
        row = figures(qualifier_kind=kind, qualifier_when_missing="skip")
        assert row == {"measure": "7", "qualifier": None, "baseline": None, "note": note}


@pytest.mark.parametrize(
    ("policy", "value", "expected"), [("skip", None, None), ("zero", None, "0"), ("value", "80", "80")]
)
def test_a_score_that_no_visit_has_is_what_the_rule_says(policy: str, value: str | None, expected: str | None) -> None:
    row = figures(qualifier_current=None, qualifier_when_missing=policy, qualifier_missing_value=value)
    note = "" if expected else "no score of visits: skipped"
    assert row == {"measure": "7", "qualifier": expected, "baseline": None, "note": note}


def test_a_measure_that_no_visit_has_a_score_for_pays_nothing() -> None:
    row = figures(measure_current=None, measure_when_missing="skip")
    note = "the measure has no score of visits: skipped"
    assert (row["measure"], row["qualifier"], row["note"]) == (None, None, note)


def test_a_skipped_measure_leaves_nothing_to_pay_on() -> None:
    row = figures(measure_kind="growth_amount", measure_when_missing="skip", measure_base="0")
    assert row == {"measure": None, "qualifier": None, "baseline": "0", "note": "the measure has no baseline: skipped"}


def test_the_baseline_is_that_of_the_qualifier_else_of_the_measure() -> None:
    both = {
        "measure_kind": "growth_amount",
        "measure_base": "5",
        "qualifier_base": "6",
        "qualifier_kind": "target_percent",
    }
    assert figures(**both)["baseline"] == "6"
    assert figures(**both | {"qualifier_kind": "plain", "qualifier_base": None})["baseline"] == "5"
    assert figures(**both | {"qualifier_base": None, "qualifier_when_missing": "zero"})["baseline"] is None
