from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from rules.compiled.days_inside import DAYS_INSIDE, compile_days_inside, with_days
from rules.compiled.provision_table import PROVISIONS

FOREVER = (date(1, 1, 1), date(9999, 12, 31))
Span = tuple[date, date]


def on(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def presence_of(
    spans: list[Span], *, period: tuple[str, str] = ("01-01", "03-31"), also: Any = (), **agreed: Any
) -> pl.DataFrame:
    """Count the days of the member M, whose spans take part in p; `also` are more rows of participants."""
    numbered = list(enumerate(spans, 1))
    participants = [("p", "", False, span, "M") for span, _ in numbered] + list(also)
    usual = {"program": "p", "rebate": "r", "member_filter": "", "prorate": "thresholds", "program_prorate": "none"}
    provisions = [usual | agreed]
    return compile_days_inside(
        pl.DataFrame(participants, schema=["program", "member_filter", "is_baseline", "span", "node_id"], orient="row"),
        pl.DataFrame(
            [(span, "M", first, last) for span, (first, last) in numbered],
            schema={"span": pl.Int64, "member_id": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
            orient="row",
        ),
        periods=pl.DataFrame(
            [("settled", "p", "r", "2026-Q1", on(period[0]), on(period[1]), on(period[0])),
             ("to_date", "p", "r", "2026-Q1", on(period[0]), on(period[1]), on(period[1]))],
            schema=["horizon", "program", "rebate", "period", "period_start", "period_end", "through"], orient="row",
        ),
        provisions=pl.DataFrame(provisions, schema=PROVISIONS),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spans", "days"),
    [
        ([FOREVER], 90),
        ([(on("01-01"), on("03-31"))], 90),
        ([(on("01-02"), on("03-31"))], 89),
        ([(on("01-01"), on("03-30"))], 89),
        ([(on("03-31"), on("12-31"))], 1),
        ([(date(2025, 1, 1), on("01-01"))], 1),
        ([(on("01-01"), on("01-31")), (on("03-31"), on("12-31"))], 32),
        ([(on("01-01"), on("01-31")), (on("02-01"), on("03-31"))], 90),
        ([(on("01-01"), on("01-31")), (on("01-15"), on("02-14"))], 45),
        ([(on("01-10"), on("01-11")), (on("01-01"), on("03-31")), (on("01-12"), on("01-12"))], 90),
        ([(on("01-01"), on("01-31"))] * 2, 31),
    ],
)
def test_the_days_inside_the_period_count_once(spans: list[Span], days: int) -> None:
    found = presence_of(spans)
    assert found.schema == DAYS_INSIDE
    assert found.rows() == [("p", "", on("01-01"), on("03-31"), "M", days)]


def test_a_clipped_period_and_who_is_not_there() -> None:
    assert presence_of([FOREVER], period=("02-10", "02-28"))["days"].to_list() == [19]
    assert presence_of([(on("04-01"), on("12-31"))]).is_empty()


def test_baselines_and_other_programs_are_no_presence() -> None:
    other = [("p", "", True, 1, "N"), ("q", "", False, 1, "M"), ("p", "some", False, 1, "O")]
    assert presence_of([FOREVER], also=other)["member_id"].to_list() == ["M"]


@pytest.mark.parametrize(
    ("agreed", "is_counted"),
    [
        ({"prorate": "none"}, False),
        ({"prorate": "payout"}, True),
        ({"prorate": "none", "program_prorate": "thresholds"}, False),
        ({"prorate": "none", "program_prorate": "thresholds", "program_cap": 5}, True),
        ({"prorate": "none", "program_prorate": "payout", "program_cap": 5}, False),
    ],
)
def test_days_are_counted_only_where_something_is_prorated(agreed: dict[str, Any], *, is_counted: bool) -> None:
    assert presence_of([FOREVER], **agreed).height == is_counted


def test_who_has_no_days_has_none_of_the_period_and_others_are_not_asked() -> None:
    presence = presence_of([(on("03-01"), on("12-31"))])
    provisions = pl.DataFrame(
        [{"program": "p", "rebate": "r", "member_filter": "", "prorate": "payout"},
         {"program": "p", "rebate": "s", "member_filter": "", "prorate": "none"}],
        schema=PROVISIONS,
    )  # fmt: skip
    rows = [("p", rebate, member, on("01-01"), on("03-31")) for rebate in "rs" for member in "MN"]
    schema = ["program", "rebate", "member_id", "period_start", "period_end"]
    candidates = pl.LazyFrame(rows, schema=schema, orient="row")
    found = with_days(candidates, provisions, presence).sort("rebate", "member_id").collect()
    assert found.select("prorate", "days", "period_days").rows() == [
        ("payout", 31, 90), ("payout", 0, 90), (None, None, None), (None, None, None)
    ]  # fmt: skip
    assert found.schema["days"] == found.schema["period_days"] == pl.Int32
    nobody = with_days(candidates, provisions.filter(rebate="s"), presence).collect()
    assert nobody.schema == found.schema
    assert nobody["days"].null_count() == 4


def test_a_rebate_counts_the_days_on_which_its_own_filter_holds_and_the_program_all_of_them() -> None:
    own = [("p", "some", False, 2, "M")]
    presence = presence_of([(on("01-01"), on("01-31")), (on("02-01"), on("12-31"))], also=own, member_filter="some")
    assert presence.select("member_filter", "days").sort("member_filter").rows() == [("", 90), ("some", 59)]
    provisions = pl.DataFrame(
        [{"program": "p", "rebate": "r", "member_filter": "some", "prorate": "payout"}], schema=PROVISIONS
    )
    rows = [("p", "r", member, on("01-01"), on("03-31")) for member in "MN"]
    schema = ["program", "rebate", "member_id", "period_start", "period_end"]
    found = with_days(pl.LazyFrame(rows, schema=schema, orient="row"), provisions, presence).sort("member_id").collect()
    assert found.select("days", "program_days", "period_days").rows() == [(59, 90, 90), (0, 0, 90)]
