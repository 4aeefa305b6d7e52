"""The data of a dashboard: whole minor units, texts once, and rows that are added up where there are too many."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import polars as pl

from reports.dashboard.packing import MOST_PRODUCTS, OTHERS, About, few_members, packed_data
from reports.dashboard.page import dashboard_page
from reports.page.brand import Brand
from reports.page.language import Language
from rules.money import MINOR_UNITS
from schemas.types import MONEY

ABOUT = About("2026-11-23-abc", date(2026, 11, 23), {"deal/only": "Deal </script><b>"}, Language("en", MINOR_UNITS))
KEYS = ("program", "rebate", "tier", "region", "period", "member", "currency")


def posted(members: int) -> pl.DataFrame:
    rows = [("deal", "only", 1, "EU", "2026-Q1", f"M-{n}", "USD", Decimal(n) / 100) for n in range(1, members + 1)]
    schema = pl.Schema({**dict.fromkeys(KEYS, pl.String()), "tier": pl.Int64(), "amount": MONEY})
    return pl.DataFrame(rows, schema=schema, orient="row")


def frames(members: int = 3) -> dict[str, pl.DataFrame]:
    amounts = posted(members)
    sums = [pl.col("amount").alias(name) for name in ("earned", "projected", "low", "high")]
    products = pl.DataFrame(
        {"product": [f"P-{n}" for n in range(2 * MOST_PRODUCTS)], "amount": range(2 * MOST_PRODUCTS)}
    ).with_columns(pl.col("amount").cast(MONEY), month=pl.lit("2026-01"), region=pl.lit("EU"), currency=pl.lit("JPY"))
    return {
        "members": amounts.select("member", "region", name="member"),
        "posted": amounts.with_columns(month=pl.lit("2026-03")),
        "open": amounts.with_columns(sums).drop("amount"),
        "near": amounts.rename({"amount": "brings"}).with_columns(short_unit=pl.lit("case")),
        "plan": amounts.select(*KEYS, target="amount", actual="amount"),
        "growth": amounts.select("member", "region", "currency", this_year="amount", last_year="amount"),
        "sales": products,
        "visits": pl.DataFrame({"rep": ["R"], "region": ["EU"], "month": ["2026-01"], "made": [1]}),
        "beside": pl.DataFrame({"member": ["M-1"], "visits": [2]}),
        "overlaps": amounts.select("currency", "amount", double_cost=None),
        "budgets": amounts.select("program", "currency", budget="amount", spent="amount"),
    }


def test_amounts_are_whole_minor_units_and_texts_stand_once() -> None:
    data = json.loads(packed_data(frames(), ABOUT))
    assert data["digits"] == {"JPY": 0, "USD": 2}
    assert data["frames"]["posted"]["amount"] == [1, 2, 3]
    assert data["frames"]["posted"]["program"] == {"values": ["deal"], "at": [0, 0, 0]}
    assert data["frames"]["overlaps"]["double_cost"] == [None, None, None]


def test_products_beyond_the_largest_are_one() -> None:
    sales = json.loads(packed_data(frames(), ABOUT))["frames"]["sales"]
    assert len(sales["product"]["values"]) == MOST_PRODUCTS // 2 + 1
    assert OTHERS in sales["product"]["values"]
    assert sum(sales["amount"]) == sum(range(2 * MOST_PRODUCTS))


def test_members_with_the_smallest_amounts_are_added_up() -> None:
    every = posted(100)
    assert few_members(every, "amount", most=100).equals(every)
    few = few_members(every, "amount", most=20)
    assert few["amount"].sum() == every["amount"].sum()
    assert few.height == 11
    assert few.filter(member=OTHERS).rows() == [("deal", "only", 1, "EU", "", OTHERS, "USD", Decimal("40.95"))]
    assert "M-100" in few["member"]


def test_a_hundred_thousand_members_fit_into_the_file() -> None:
    many = frames(100_000)
    many["budgets"] = many["budgets"].head(20)  # programs, not members
    products = pl.DataFrame({"product": [f"P-{n:06} · a product with quite a long name" for n in range(500)]})
    months = pl.DataFrame({"month": [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)]})
    places = pl.DataFrame({"region": [f"region {n}" for n in range(20)]})
    sold = products.join(months, how="cross").join(places, how="cross")
    amount = pl.lit(Decimal("123456.78"), dtype=MONEY)
    many["sales"] = sold.with_columns(amount.alias("amount"), currency=pl.lit("USD"))
    packed = packed_data(many, ABOUT)
    # The code that draws takes 0.9 MB of the 2 MB.
    assert len(packed.encode()) < 1_000_000
    data = json.loads(packed)["frames"]
    assert sum(data["posted"]["amount"]) == sum(range(1, 100_001))
    assert sum(data["sales"]["amount"]) == 500 * 24 * 20 * 12_345_678


def test_no_text_of_the_books_ends_the_page() -> None:
    made = dashboard_page(packed_data(frames(), ABOUT), "var a='</script>';", Brand("A <b>"), ABOUT)
    page = made.decode()
    assert made == dashboard_page(packed_data(frames(), ABOUT), "var a='</script>';", Brand("A <b>"), ABOUT)
    assert page.count("</script>") == 3
    assert "A &lt;b&gt;" in page
    assert "unsafe-eval" not in page
    assert page.count("'sha256-") == 2
