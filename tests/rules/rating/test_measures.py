"""Measures: exact sums, exact conversions, and what cannot be converted is named, never guessed."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.calculation.facts import left_out_sums, read_facts
from pipelines.calculation.more_facts import AGREED_FIGURES, VISITS
from pipelines.warehouse.frames import write
from rules.compiled.conversion import conversion_signature, unit_factors
from rules.compiled.day_ratios import DAY_RATIOS
from rules.compiled.spans import FIRST_DAY, LAST_DAY
from rules.compiled.terms import FIXED_RATES, PERIODS, TERMS
from rules.rating.inputs import Lookups, at_nodes
from rules.rating.measures import measure
from rules.rating.visit_values import INDICATORS
from schemas.types import RATE

CONVERSIONS = {"product_class": pl.Int32(), "from_unit": pl.String(), "to_unit": pl.String(), "factor": pl.String()}
ITEMS = {
    "item_kind": pl.String(), "span": pl.Int32(), "product_class": pl.Int32(), "attribute_class": pl.Int32(),
    "segment": pl.Int32(), "item": pl.String(), "rows": pl.Int64(),
}  # fmt: skip
SUMS = {
    "span": pl.Int32(), "product_class": pl.Int32(), "attribute_class": pl.Int32(), "segment": pl.Int32(),
    "unit": pl.String(), "currency": pl.String(), "rate_date": pl.Date(), "amount": pl.Decimal(38, 4),
    "quantity": pl.Decimal(38, 6),
    "transactions": pl.Int64(),
}  # fmt: skip
PARTS = {"program": pl.String(), "node_id": pl.String(), "member_id": pl.String(), "part": pl.String()}
SPANS = {"span": pl.Int32(), "member_id": pl.String(), "valid_from": pl.Date(), "valid_to": pl.Date()}


def factors(*rows: tuple[int | None, str, str, str], target: str = "each") -> pl.DataFrame:
    return unit_factors(pl.DataFrame(list(rows), schema=CONVERSIONS, orient="row"), [target])


def lookups(
    kind: str, target: str, known: pl.DataFrame, rates: list[tuple[str, str, date, Decimal]], **term: object
) -> Lookups:
    """Look one term up, in the windows of 2026: segment 1 is its first part, segment 2 its second, if it has two."""
    row = {
        "program": "p", "rebate": "r", "term": "t", "kind": kind, "target": target, "member_filter": "",
        "product_filter": "",
        "attribute_filter": "", "is_baseline": False, "parts": 1, "priced_by": "activity_date",
        "constant": None, **term,
    }  # fmt: skip
    rate_schema = {"from_currency": pl.String(), "to_currency": pl.String(), "rate_date": pl.Date(), "rate": RATE}
    end = date(2026, 3, 31)
    return Lookups(
        terms=pl.DataFrame([row], schema=TERMS),
        periods=pl.DataFrame(
            [("settled", "p", "r", "2026", date(2026, 1, 1), end, end)], schema=PERIODS, orient="row"
        ),
        member_spans=pl.DataFrame(
            [(1, "A", FIRST_DAY, LAST_DAY)], schema=SPANS, orient="row"
        ),
        participants=pl.DataFrame(
            [("p", "", row["is_baseline"], 1, "A", "A")],
            schema={"program": pl.String, "member_filter": pl.String, "is_baseline": pl.Boolean, "span": pl.Int32,
                    "member_id": pl.String, "node_id": pl.String},
            orient="row",
        ),
        product_matches=pl.DataFrame({"filter": ["", ""], "product_class": [1, 2]},
                                     schema_overrides={"product_class": pl.Int32}),
        attribute_matches=pl.DataFrame({"filter": [""], "attribute_class": [1]},
                                       schema_overrides={"attribute_class": pl.Int32}),
        windows=pl.DataFrame({"horizon": "settled", "term": "t", "period": "2026", "part": [1, row["parts"]],
                              "segment": [1, 2], "end": end}, schema_overrides={"segment": pl.Int32, "part": pl.Int32}),
        factors=known,
        fx_rates=pl.DataFrame(rates, schema=rate_schema, orient="row"),
        fixed_rates=pl.DataFrame([("p", "EUR", Decimal("1.1"))], schema=FIXED_RATES, orient="row"),
        day_ratios=pl.DataFrame(schema=DAY_RATIOS),
    )  # fmt: skip


def measured(
    sums: pl.DataFrame, known: Lookups, items: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Measure as a run does: sums, items and lookups are read from a warehouse."""
    facts = {
        "sums": sums,
        "items": items if items is not None else pl.DataFrame(schema=ITEMS),
        "completed_visits": pl.DataFrame(schema=VISITS),
        "indicators": pl.DataFrame(schema=INDICATORS),
        "agreed": pl.DataFrame(schema=AGREED_FIGURES),
        "parts": pl.DataFrame(schema=PARTS),
    }
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA work")
        write(connection, facts | {name: getattr(known, name) for name in Lookups.__dataclass_fields__})
        values, lost = measure(read_facts(connection).at("node"), at_nodes(known))
        return values, left_out_sums(connection, lost)


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
        only_value(measured(sums({"unit": unit, "product_class": of, "quantity": Decimal(3)}), quantity)[0])
        for unit, of in (("case", 1), ("case", 2), ("box", 1))
    )
    assert [own, general, inverse] == [Decimal(36), Decimal(30), Decimal(12)]


def test_thirds_add_up_exactly() -> None:
    quantity = lookups("quantity", "case", factors((None, "each", "case", "1/3"), target="case"), [])
    thirds: list[dict[str, object]] = [{"unit": "each", "quantity": Decimal(1), "product_class": of} for of in (1, 2)]
    values, _ = measured(sums(*thirds, {"unit": "case", "quantity": Decimal("0.333334")}), quantity)
    assert only_value(values) == Decimal("1.0000006667")


def test_a_unit_without_a_factor_is_named_and_left_out() -> None:
    quantity = lookups("quantity", "each", factors(), [])
    values, unconverted = measured(
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
    values, unconverted = measured(
        sums({"currency": "JPY", "rate_date": day, "amount": Decimal(1000)}, {"amount": Decimal("0.5")}), revenue
    )
    assert only_value(values) == (expected or 0) + Decimal("0.5")
    assert unconverted["rate_date"].to_list() == ([] if expected else [day])


@pytest.mark.parametrize(
    ("rated", "expected"),
    [(date(2026, 3, 24), 200), (date(2026, 3, 31), 200), (date(2026, 3, 23), None), (date(2026, 4, 1), None)],
)
def test_the_rate_of_the_periods_end_is_the_latest_of_its_last_seven_days(rated: date, expected: int | None) -> None:
    rates = [("EUR", "USD", date(2026, 3, 1), Decimal(9)), ("EUR", "USD", rated, Decimal(2))]
    revenue = lookups("revenue", "USD", factors(), rates, priced_by="period_end")
    by_the_day: list[dict[str, object]] = [
        {"currency": "EUR", "amount": Decimal(50), "rate_date": day} for day in (None, date(2026, 1, 2))
    ]
    values, unconverted = measured(sums(*by_the_day), revenue)
    assert only_value(values) == (expected or 0)
    assert unconverted.select("rate_date", "priced_on").rows() == (
        [] if expected else [(None, date(2026, 3, 31)), (date(2026, 1, 2), date(2026, 3, 31))]
    )


def test_fixed_rates_are_those_of_the_rule_and_there_are_no_others() -> None:
    rates = [(currency, "USD", date(2026, 3, 10), Decimal(9)) for currency in ("EUR", "JPY")]
    revenue = lookups("revenue", "USD", factors(), rates, priced_by="fixed")
    amounts: list[dict[str, object]] = [{"currency": c, "amount": Decimal("0.0001")} for c in ("EUR", "JPY", "USD")]
    values, unconverted = measured(sums(*amounts), revenue)
    assert only_value(values) == Decimal("0.00021")
    assert unconverted.select("currency", "priced_on").rows() == [("JPY", None)]


def test_transactions_are_counted_row_by_row_whatever_their_currency() -> None:
    values, unconverted = measured(
        sums({"transactions": 5}, {"currency": "XXX", "unit": "pallet", "transactions": 2}),
        lookups("transactions", "", factors(), []),
    )
    assert only_value(values) == 7
    assert unconverted.is_empty()


def items(*rows: tuple[str, int, int, str]) -> pl.DataFrame:
    """Make items of (kind, product class, segment, item)."""
    return pl.DataFrame(
        [(kind, 1, of, 1, segment, item, 1) for kind, of, segment, item in rows], schema=ITEMS, orient="row"
    )


BOUGHT = items(
    ("orders", 1, 1, "O-1"), ("orders", 2, 1, "O-1"), ("orders", 1, 2, "O-1"), ("orders", 1, 2, "O-2"),
    ("orders", 3, 1, "O-9"), ("orders", 1, 3, "O-9"), ("products", 1, 1, "P-1"),
)  # fmt: skip


def test_an_order_counts_once_for_all_its_products_and_days() -> None:
    values, _ = measured(sums(), lookups("orders", "", factors(), []), BOUGHT)
    assert only_value(values) == 2  # O-9 is of another product, or on another day
    products, _ = measured(sums(), lookups("products", "", factors(), []), BOUGHT)
    assert only_value(products) == 1


def test_an_average_counts_an_order_once_in_each_of_its_windows() -> None:
    average_of = {"parts": 2, "is_baseline": True}
    values, _ = measured(sums(), lookups("orders", "", factors(), [], **average_of), BOUGHT)
    assert only_value(values) == Decimal("1.5")


def test_an_average_is_divided_and_rounded_once() -> None:
    third = lookups("quantity", "case", factors((None, "each", "case", "1/7"), target="case"), [], parts=3)
    values, _ = measured(sums({"quantity": Decimal(1)}, {"quantity": Decimal(1), "segment": 2}), third)
    assert only_value(values) == Decimal("0.0952380952")  # 2/21, not a third of 0.2857142857
    revenue = lookups("revenue", "USD", factors(), [], parts=3)
    assert only_value(measured(sums({"amount": Decimal(-5)}), revenue)[0]) == Decimal("-1.6666666667")


def test_the_opposite_rate_is_no_rate() -> None:
    revenue = lookups("revenue", "USD", factors(), [("USD", "JPY", date(2026, 3, 10), Decimal(150))])
    _, unconverted = measured(sums({"currency": "JPY", "rate_date": date(2026, 3, 10)}), revenue)
    assert unconverted.height == 1


def test_factors_that_cannot_be_added_exactly_leave_only_their_own_quantities_out() -> None:
    primes = (100003, 100019, 100043, 100049)
    found = factors(*((n, "each", "case", f"1/{prime}") for n, prime in enumerate(primes)), target="case")
    assert found.sort("product_class")["multiplier"].is_null().to_list() == [False, False, False, True]


@pytest.mark.parametrize("factor", ["0.83612736", "0.45359237", "3.785411784", "0.028316846592", "45359237/100000000"])
def test_a_legal_factor_is_exact_whatever_its_digits(factor: str) -> None:
    quantity = lookups("quantity", "m2", factors((None, "sqyd", "m2", factor), (1, "x", "m2", "1/7"), target="m2"), [])
    values, _ = measured(sums({"quantity": Decimal(375), "unit": "sqyd"}), quantity)
    assert only_value(values) == round(375 * Fraction(factor) * 10**10) / Decimal(10**10)


def test_units_are_alike_in_small_and_capital_letters() -> None:
    quantity = lookups("quantity", "Piece", factors((None, "CASE", "piece", "12"), target="Piece"), [])
    rows = sums({"quantity": Decimal(2), "unit": "Case"}, {"quantity": Decimal(3), "unit": "PIECE"})
    assert only_value(measured(rows, quantity)[0]) == 27


def test_conversions_that_contradict_each_other_are_both_left_out() -> None:
    stated = ((1, "each", "case", "1/12"), (1, "each", "case", "1/10"), (None, "each", "case", "1/6"))
    quantity = lookups("quantity", "case", factors(*stated, target="case"), [])
    assert measured(sums({"quantity": Decimal(60)}), quantity)[1].height == 1


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


@settings(deadline=None)
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
    values, _ = measured(sums(*({"unit": unit, "quantity": amount} for unit, amount in quantities)), quantity)
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
