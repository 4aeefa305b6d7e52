"""Forecast: what was counted so far, grown by last year's season or by the days, exactly."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.compiled.periods import OUTLOOK
from rules.compiled.spans import LAST_DAY
from rules.compiled.terms import PERIODS
from rules.rating.forecast import foresee, with_forecast
from rules.rating.inputs import Lookups
from schemas.types import VALUE

START, END, THROUGH = date(2026, 1, 1), date(2026, 12, 31), date(2026, 3, 31)
ELAPSED, DAYS = 90, 365
NONE = pl.DataFrame()
PLACE = {"program": "p", "rebate": "r", "period": "2026"}
SEASON: dict[str, Any] = dict.fromkeys(("term", "member_id", "period"), pl.String) | {"whole": VALUE, "same": VALUE}


def outlook(elapsed: int = ELAPSED, days: int = DAYS) -> pl.DataFrame:
    return pl.DataFrame([(*PLACE.values(), START, END, elapsed, days)], schema=OUTLOOK, orient="row")


def lookups(last_day: date = LAST_DAY, *members: str) -> Lookups:
    """Look up who takes part until `last_day`."""
    numbered = list(enumerate(members or ("A",), start=1))
    return Lookups(
        terms=pl.DataFrame({"program": ["p"], "rebate": ["r"], "member_filter": [""]}),
        periods=pl.DataFrame([("to_date", "p", "r", "2026", START, END, THROUGH)], schema=PERIODS, orient="row"),
        member_spans=pl.DataFrame(
            [(span, member, START, last_day) for span, member in numbered],
            schema=["span", "member_id", "valid_from", "valid_to"], orient="row",
        ),
        participants=pl.DataFrame(
            [("p", "", False, span, member) for span, member in numbered],
            schema=["program", "member_filter", "is_baseline", "span", "member_id"], orient="row",
        ),
        product_matches=NONE, attribute_matches=NONE, windows=NONE, factors=NONE, fx_rates=NONE, fixed_rates=NONE,
        day_ratios=NONE,
    )  # fmt: skip


def candidate(current: object, *, member: str = "A", horizon: str = "to_date", **changes: object) -> dict[str, object]:
    figures = {
        f"{role}_{name}": value
        for role in ("measure", "qualifier")
        for name, value in {"term": role, "counted": "revenue", "kind": "plain", "current": current}.items()
    }
    return {"horizon": horizon, "member_id": member, **PLACE, **figures, **changes}


def season(whole: object, same: object, *, term: str = "measure", member: str = "A") -> dict[str, object]:
    return {"term": term, "member_id": member, "period": "2026", "whole": whole, "same": same}


def foreseen(
    *candidates: dict[str, object], seasons: tuple[dict[str, object], ...] = (), who: Lookups | None = None
) -> pl.DataFrame:
    """Give the forecasts alone."""
    rows = pl.LazyFrame(
        [{name: Decimal(str(v)) if name.endswith("current") else v for name, v in row.items()} for row in candidates],
        schema_overrides={"measure_current": VALUE, "qualifier_current": VALUE},
    )
    of_last_year = pl.DataFrame(
        [row | {name: Decimal(str(row[name])) for name in ("whole", "same")} for row in seasons], schema=SEASON
    )
    found = foresee(rows, of_last_year, who or lookups(), outlook()).collect()
    assert (
        found.filter(pl.col("horizon") != "forecast").drop("so_far", "expected", "foreseen_by").equals(rows.collect())
    )
    return found.filter(horizon="forecast")


def only(found: pl.DataFrame, *columns: str) -> tuple[Any, ...]:
    return found.select(columns).row(0)


def test_last_years_season_goes_before_the_run_rate() -> None:
    found = foreseen(candidate("30"), seasons=(season("400", "100"),))
    assert only(found, "measure_current", "qualifier_current", "so_far", "expected", "foreseen_by") == (
        Decimal(120), Decimal("121.6666666667"), Decimal(30), Decimal(120), "last year"
    )  # fmt: skip


def test_without_last_year_the_days_say_how_it_goes_on() -> None:
    found = foreseen(candidate("90"))
    assert only(found, "measure_current", "foreseen_by") == (Decimal(DAYS), "run rate")


def test_each_figure_has_its_own_season() -> None:
    found = foreseen(candidate("30"), seasons=(season("400", "100"), season("50", "100", term="qualifier")))
    assert only(found, "measure_current", "qualifier_current") == (Decimal(120), Decimal(15))


def test_a_season_in_which_much_came_back_has_earned_all_there_is() -> None:
    found = foreseen(candidate("30"), seasons=(season("50", "100"),))
    assert only(found, "measure_current", "so_far", "expected") == (Decimal(15), Decimal(15), Decimal(15))


@pytest.mark.parametrize(("last_day", "expected"), [(date(2026, 4, 1), DAYS), (THROUGH, 90), (date(2026, 2, 1), 90)])
def test_who_takes_part_no_longer_buys_no_more(last_day: date, expected: int) -> None:
    """And has earned all of what there is, today being the last day of March."""
    found = foreseen(candidate("90"), who=lookups(last_day))
    assert only(found, "measure_current", "so_far", "expected") == (expected, Decimal(90), Decimal(expected))


def test_a_share_stays_as_it_is_and_the_days_say_how_much_of_it_is_there() -> None:
    share = {"measure_kind": "share_percent", "qualifier_kind": "share_percent"}
    found = foreseen(candidate("30", **share), seasons=(season("400", "100"),))
    assert only(found, "measure_current", "qualifier_current", "so_far", "expected", "foreseen_by") == (
        Decimal(30), Decimal(30), Decimal(ELAPSED), Decimal(DAYS), "as it stands"
    )  # fmt: skip


@pytest.mark.parametrize("counted", ["constant", "visit_score"])
def test_what_does_not_grow_is_taken_as_it_is(counted: str) -> None:
    found = foreseen(candidate("1", measure_counted=counted, qualifier_counted=counted))
    assert only(found, "measure_current", "qualifier_current", "so_far", "expected") == (1, 1, ELAPSED, DAYS)


@pytest.mark.parametrize("counted", ["quantity", "orders", "transactions", "products", "visits"])
@pytest.mark.parametrize("kind", ["plain", "growth_amount", "growth_percent", "target_percent"])
def test_every_count_grows_whatever_is_made_of_it(counted: str, kind: str) -> None:
    found = foreseen(candidate("90", measure_counted=counted, measure_kind=kind))
    assert only(found, "measure_current", "so_far", "expected") == (DAYS, 90, DAYS)


@pytest.mark.parametrize("current", ["0", "-30"])
def test_of_nothing_the_days_say_how_much_is_there(current: str) -> None:
    found = foreseen(candidate(current), seasons=(season("400", "100"),))
    assert only(found, "measure_current", "so_far", "expected") == (4 * Decimal(current), ELAPSED, DAYS)


def test_only_open_periods_are_forecast() -> None:
    assert foreseen(candidate("30", horizon="settled")).is_empty()
    other = foresee(pl.LazyFrame([candidate(Decimal(1), period="2027")]), NONE.select(), lookups(), outlook().clear())
    assert other.collect()["horizon"].to_list() == ["to_date"]


def test_a_forecast_looks_through_the_whole_period() -> None:
    periods = with_forecast(lookups().periods, outlook())
    assert periods["horizon"].to_list() == ["to_date", "forecast"]
    assert periods["through"].to_list() == [THROUGH, END]


MONEY_SOLD = st.integers(-(10**15), 10**15).map(lambda n: Decimal(n).scaleb(-4))
LAST_YEARS = st.tuples(st.integers(1, 10**15), st.integers(1, 10**15)).filter(lambda pair: pair[0] <= 1000 * pair[1])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(MONEY_SOLD, st.none() | LAST_YEARS), min_size=1, max_size=12))
def test_a_forecast_is_the_fraction_rounded_once(rows: list[tuple[Decimal, tuple[int, int] | None]]) -> None:
    names = [f"M{n:02}" for n in range(len(rows))]
    seasons = tuple(
        season(Decimal(pair[0]).scaleb(-4), Decimal(pair[1]).scaleb(-4), member=name)
        for name, (_, pair) in zip(names, rows, strict=True)
        if pair
    )
    found = foreseen(
        *(candidate(sold, member=name) for name, (sold, _) in zip(names, rows, strict=True)),
        seasons=seasons,
        who=lookups(LAST_DAY, *names),
    )
    exact = [Fraction(sold) * Fraction(*(pair or (DAYS, ELAPSED))) for sold, pair in rows]
    assert found.sort("member_id")["measure_current"].to_list() == [rounded(one) for one in exact]


def rounded(exact: Fraction) -> Decimal:
    """Round to ten decimals, halves away from zero."""
    size = int(abs(exact) * 10**10 + Fraction(1, 2))
    with localcontext(prec=60):
        return Decimal(size if exact >= 0 else -size).scaleb(-10)
