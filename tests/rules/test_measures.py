"""Measures: exact sums, exact conversions, and what cannot be converted is named, never guessed."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.conversion import conversion_signature, unit_factors
from rules.measures import Lookups, measure
from schemas.errors import RuleError
from schemas.types import RATE

CONVERSIONS = {"product_class": pl.Int32(), "from_unit": pl.String(), "to_unit": pl.String(), "factor": pl.String()}
SUMS = {
    "span": pl.Int32(), "product_class": pl.Int32(), "attribute_class": pl.Int32(), "segment": pl.Int32(),
    "unit": pl.String(), "currency": pl.String(), "rate_date": pl.Date(), "amount": pl.Decimal(38, 4),
    "quantity": pl.Decimal(38, 6),
    "transactions": pl.Int64(),
}  # fmt: skip


def factors(*rows: tuple[int | None, str, str, str], target: str = "each") -> pl.DataFrame:
    return unit_factors(pl.DataFrame(list(rows), schema=CONVERSIONS, orient="row"), [target])


def lookups(kind: str, target: str, known: pl.DataFrame, rates: list[tuple[str, str, date, Decimal]]) -> Lookups:
    one = {"program": ["p"], "rebate": ["r"], "term": ["p/r/measure"]}
    rate_schema = {"from_currency": pl.String(), "to_currency": pl.String(), "rate_date": pl.Date(), "rate": RATE}
    return Lookups(
        terms=pl.DataFrame({**one, "kind": [kind], "target": [target], "product_filter": [""],
                            "attribute_filter": [""], "is_baseline": [False]}),
        participants=pl.DataFrame({"program": ["p"], "is_baseline": [False], "span": [1], "member_id": ["A"],
                                   "node_id": ["A"]},
                                  schema_overrides={"span": pl.Int32}),
        product_matches=pl.DataFrame({"filter": ["", ""], "product_class": [1, 2]},
                                     schema_overrides={"product_class": pl.Int32}),
        attribute_matches=pl.DataFrame({"filter": [""], "attribute_class": [1]},
                                       schema_overrides={"attribute_class": pl.Int32}),
        windows=pl.DataFrame({"horizon": ["settled"], "term": ["p/r/measure"], "period": ["2026"], "segment": [1]},
                             schema_overrides={"segment": pl.Int32}),
        factors=known,
        fx_rates=pl.DataFrame(rates, schema=rate_schema, orient="row"),
    )  # fmt: skip


def sums(*rows: dict[str, object]) -> pl.DataFrame:
    basis: dict[str, object] = {
        "span": 1, "product_class": 1, "attribute_class": 1, "segment": 1, "unit": "each", "currency": "USD",
        "rate_date": None, "amount": Decimal(0), "quantity": Decimal(0), "transactions": 1,
    }  # fmt: skip
    return pl.DataFrame([{**basis, **row} for row in rows], schema=SUMS)


def only_value(values: pl.DataFrame) -> Decimal:
    assert values.height == 1
    found: Decimal = values["value"][0]
    return found


def test_a_products_own_factor_wins_over_the_general_one_and_a_stated_one_over_an_inverse() -> None:
    known = factors((1, "case", "each", "12"), (None, "case", "each", "10"), (None, "each", "box", "1/4"))
    quantity = lookups("quantity", "each", known, [])
    own, general, inverse = (
        only_value(measure(sums({"unit": unit, "product_class": of, "quantity": Decimal(3)}), quantity)[0])
        for unit, of in (("case", 1), ("case", 2), ("box", 1))
    )
    assert [own, general, inverse] == [Decimal(36), Decimal(30), Decimal(12)]


def test_thirds_add_up_exactly() -> None:
    quantity = lookups("quantity", "case", factors((None, "each", "case", "1/3"), target="case"), [])
    thirds: list[dict[str, object]] = [{"unit": "each", "quantity": Decimal(1), "product_class": of} for of in (1, 2)]
    values, _ = measure(sums(*thirds, {"unit": "case", "quantity": Decimal("0.333334")}), quantity)
    assert only_value(values) == Decimal("1.0000006667")


def test_a_unit_without_a_factor_is_named_and_left_out() -> None:
    quantity = lookups("quantity", "each", factors(), [])
    values, unconverted = measure(
        sums({"unit": "pallet", "quantity": Decimal(2), "transactions": 5}, {"quantity": Decimal(3)}), quantity
    )
    assert only_value(values) == 3
    assert unconverted.select("program", "rebate", "member_id", "unit", "target", "transactions").rows() == [
        ("p", "r", "A", "pallet", "each", 5)
    ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 9), None),  # before the first rate
        (date(2026, 3, 10), Decimal(15)),
        (date(2026, 3, 16), Decimal(15)),
        (date(2026, 3, 17), Decimal(15)),  # seven days old
        (date(2026, 3, 18), None),  # eight
        (date(2026, 3, 20), Decimal(20)),
    ],
)
def test_the_rate_is_the_latest_of_the_last_seven_days(day: date, expected: Decimal | None) -> None:
    rates = [("JPY", "USD", date(2026, 3, 10), Decimal("0.015")), ("JPY", "USD", date(2026, 3, 20), Decimal("0.02"))]
    revenue = lookups("revenue", "USD", factors(), rates)
    values, unconverted = measure(
        sums({"currency": "JPY", "rate_date": day, "amount": Decimal(1000)}, {"amount": Decimal("0.5")}), revenue
    )
    assert only_value(values) == (expected or 0) + Decimal("0.5")
    assert unconverted["rate_date"].to_list() == ([] if expected else [day])


def test_the_opposite_rate_is_no_rate() -> None:
    revenue = lookups("revenue", "USD", factors(), [("USD", "JPY", date(2026, 3, 10), Decimal(150))])
    _, unconverted = measure(sums({"currency": "JPY", "rate_date": date(2026, 3, 10)}), revenue)
    assert unconverted.height == 1


def test_factors_that_cannot_be_added_exactly_are_refused() -> None:
    primes = [(n, "each", "case", f"1/{prime}") for n, prime in enumerate((101, 103, 107, 109))]
    with pytest.raises(RuleError, match="too large to add quantities exactly"):
        factors(*primes, target="case")


def test_a_conversion_signature_tells_products_apart_by_what_they_state() -> None:
    stated = pl.DataFrame(
        [(product, "case", "each", factor) for product, factor in zip("ABC", ("12", "12", "6"), strict=True)]
        + [(None, "m", "cm", "100")],
        schema={"product_id": pl.String, "from_unit": pl.String, "to_unit": pl.String, "factor": pl.String},
        orient="row",
    )  # fmt: skip
    signatures = dict(conversion_signature(stated).iter_rows())
    assert signatures["A"] == signatures["B"] != signatures["C"]
    assert set(signatures) == {"A", "B", "C"}


@given(
    quantities=st.lists(
        st.tuples(st.sampled_from(["each", "box", "case"]), st.decimals(-(10**9), 10**9, places=6)), max_size=8
    ),
    box=st.sampled_from(["1/3", "7", "0.125", "2/7"]),
    case=st.sampled_from(["12", "1/12", "5/6"]),
)
def test_quantities_equal_their_fractions_rounded_once(
    quantities: list[tuple[str, Decimal]], box: str, case: str
) -> None:
    quantity = lookups("quantity", "each", factors((None, "box", "each", box), (None, "case", "each", case)), [])
    values, _ = measure(sums(*({"unit": unit, "quantity": amount} for unit, amount in quantities)), quantity)
    exact = sum(
        (Fraction(q) * Fraction({"each": "1", "box": box, "case": case}[u]) for u, q in quantities), Fraction(0)
    )
    assert (only_value(values) if quantities else 0) == round_half_up(exact)


def round_half_up(exact: Fraction) -> Decimal:
    """Round to ten decimals, halves away from zero, with whole numbers alone."""
    shifted = abs(exact) * 10**10
    whole = shifted.numerator // shifted.denominator
    if 2 * (shifted - whole) >= 1:
        whole += 1
    return (Decimal(whole if exact >= 0 else -whole) / 10**10).quantize(Decimal("1E-10"), ROUND_HALF_UP)
