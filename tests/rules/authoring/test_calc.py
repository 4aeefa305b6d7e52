from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from rules.authoring.calc import calc, work_out
from rules.loading.load import read_programs
from schemas.errors import ExtractError, RuleError
from schemas.types import VALUE

TEXT = """
program: {name}
title: P
reference: r
currency: {currency}
effective: {{from: 2026-01-01, to: 2026-12-31}}
rebates:
  lump:
    period: year
    qualifier: {{growth_percent: revenue, baseline: previous_year, when_missing: skip, round: 0}}
    measure: revenue
    method: fixed
    tiers: [{{from: 2, pays: 2000}}, {{from: 5, pays: 3000}}, {{above: 7, pays: 4000}}]
  share: {{period: year, measure: revenue, method: all_units, tiers: [{{from: 100, rate: 1.5%}}]}}
  slices: {{period: year, measure: revenue, method: marginal, tiers: [{{from: 100, rate: 1.5%}}]}}
"""
USD = read_programs({"a.yaml": TEXT.format(name="a", currency="USD")})
KWD = read_programs({"b.yaml": TEXT.format(name="b", currency="KWD")})
JPY = read_programs({"c.yaml": TEXT.format(name="c", currency="JPY")})

Row = tuple[str | None, ...]


def frame(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["rebate", "member_id", "qualifier", "measure"], orient="row").cast(pl.String)


def problems(values: pl.DataFrame) -> list[str]:
    with pytest.raises(ExtractError) as caught:
        calc(USD, values, source="v.csv")
    return [str(problem) for problem in caught.value.problems]


def test_csv_in_csv_out() -> None:
    values = frame(
        ("share", "M-2", "", "333.33"), ("lump", "M-1", "7.4", ""), ("lump", "M-1", "7.5", "0"),
        ("slices", "M-3", None, "150.1"), ("share", "M-4", "99.99", "1000"), ("share", "M-5", "100", "-1000"),
    )  # fmt: skip
    text = calc(USD, values.with_columns(note=pl.lit("n"))).write_csv()
    assert text.splitlines() == [
        "rebate,member_id,qualifier,measure,note,tier,payout,unrounded",
        'share,M-2,"",333.33,n,1,5.00,4.9999500000',
        'lump,M-1,7.4,"",n,2,3000.00,3000.0000000000',
        "lump,M-1,7.5,0,n,3,4000.00,4000.0000000000",
        "slices,M-3,,150.1,n,1,0.75,0.7515000000",
        "share,M-4,99.99,1000,n,0,0.00,0.0000000000",
        "share,M-5,100,-1000,n,1,0.00,0.0000000000",
    ]


@pytest.mark.parametrize(("programs", "payout"), [(USD, "5.00"), (KWD, "5.000"), (JPY, "5")])
def test_the_payout_has_the_decimals_of_its_currency(programs: tuple[object, ...], payout: str) -> None:
    result = calc(programs, frame(("share", "M-1", "", "333.33")))  # type: ignore[arg-type]
    assert result.select("payout").write_csv(include_header=False).strip() == payout


def test_typed_figures_and_several_programs() -> None:
    values = pl.DataFrame(
        {
            "program": ["c", "a"], "rebate": ["share", "share"], "member_id": ["M-1", "M-1"],
            "qualifier": pl.Series([None, None], dtype=VALUE),
            "measure": pl.Series([Decimal("1033.33")] * 2).cast(VALUE),
        }
    )  # fmt: skip
    assert calc([*USD, *JPY], values)["payout"].to_list() == [Decimal(15), Decimal("15.50")]
    with pytest.raises(ExtractError, match="several programs have a rebate 'lump' → add a column program"):
        calc([*USD, *JPY], values.drop("program"))


def test_every_wrong_row_is_named() -> None:
    values = frame(
        ("share", "M-1", "", "1e3"), ("shave", "M-2", "", "5"), ("share", "M-3", "7%", "5"), ("share", "M-4", "5", ""),
        ("slices", "M-5", "6", "5"), ("lump", "M-6", "", ""), ("share", "M-7", "", "1000000000000000"),
        ("share", "M-8", "", "NaN"), ("share", "M-9", "", "1.12345678901"), ("share", "M-10", "", "1,000"),
    )  # fmt: skip
    found = [line.split(" → ")[0] for line in problems(values)]
    marginal = "marginal pays slices of the measure, but the qualifier differs"
    assert found == [
        "v.csv:2: the measure is not a number (rebate share, member_id M-1, qualifier , measure 1e3)",
        "v.csv:3: the rebate is not in the rule file (rebate shave, member_id M-2, qualifier , measure 5)",
        "v.csv:4: the qualifier is not a number (rebate share, member_id M-3, qualifier 7%, measure 5)",
        "v.csv:5: the measure is empty (rebate share, member_id M-4, qualifier 5, measure )",
        f"v.csv:6: {marginal} (rebate slices, member_id M-5, qualifier 6, measure 5)",
        "v.csv:7: the measure is empty (rebate lump, member_id M-6, qualifier , measure )",
        "v.csv:8: the measure is not a number (rebate share, member_id M-7, qualifier , measure 1000000000000000)",
        "v.csv:9: the measure is not a number (rebate share, member_id M-8, qualifier , measure NaN)",
        "v.csv:10: the measure is not a number (rebate share, member_id M-9, qualifier , measure 1.12345678901)",
        "v.csv:11: the measure is not a number (rebate share, member_id M-10, qualifier , measure 1,000)",
    ]


def test_many_wrong_rows_are_counted() -> None:
    found = problems(frame(*[("share", "M-1", "", "x")] * 50))
    assert len(found) == 21
    assert found[0].startswith("v.csv: the measure is not a number, in 30 more rows → ")


def test_a_missing_column_is_named() -> None:
    found = problems(frame(("share", "M-1", "", "1")).drop("member_id", "measure"))
    assert [line.split(" → ")[0] for line in found] == [
        "v.csv:1: there is no column 'measure'", "v.csv:1: there is no column 'member_id'",
    ]  # fmt: skip


def test_no_rows() -> None:
    assert calc(USD, frame()).columns == ["rebate", "member_id", "qualifier", "measure", "tier", "payout", "unrounded"]


PROVIDED = read_programs(
    {
        "d.yaml": """
program: d
title: D
reference: r
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
prorate: thresholds
limits: {per_member: 1}
budget: 1
rebates:
  least:
    period: year
    measure: revenue
    method: all_units
    tiers: [{from: 100, rate: 10%}]
    guarantee: 20
    limits: {per_member: 50.005}
    stack: {group: g, policy: first_of}
  always:
    period: year
    measure: revenue
    method: all_units
    tiers: [{from: 100, rate: 10%}]
    guarantee: {amount: 20, unconditional: true}
    stack: {group: g, policy: first_of}
"""
    }
)


@pytest.mark.parametrize(
    ("rebate", "measure", "expected"),
    [
        ("least", "99.99", (0, "0.00", "0")),
        ("least", "100", (1, "20.00", "20")),
        ("least", "200", (1, "20.00", "20")),
        ("least", "200.1", (1, "20.01", "20.01")),
        ("least", "500.049", (1, "50.00", "50.0049")),
        ("least", "500.05", (1, "50.01", "50.005")),
        ("least", "900", (1, "50.01", "50.005")),
        ("always", "0", (0, "20.00", "20")),
        ("always", "-5", (0, "20.00", "20")),
        ("always", "900", (1, "90.00", "90")),
    ],
)
def test_the_guarantee_and_the_limit_of_the_rebate_itself_apply(
    rebate: str, measure: str, expected: tuple[int, str, str]
) -> None:
    """Not so the stack, the program's limit and its budget, nor proration: a row stands for itself."""
    tier, payout, unrounded = expected
    found = calc(PROVIDED, frame((rebate, "M", "", measure))).select("tier", "payout", "unrounded").rows()
    assert found == [(tier, Decimal(payout), Decimal(unrounded))]


def test_a_limit_leaves_what_is_too_large_refused() -> None:
    with pytest.raises(RuleError, match=r"^d, least: what is paid on [0-9,]+ is too large to be reckoned"):
        work_out(figures_of("least", Decimal(10) ** 27), PROVIDED)


def figures_of(rebate: str, measure: Decimal) -> pl.DataFrame:
    schema = {"program": pl.String(), "rebate": pl.String(), "qualifier": VALUE, "measure": VALUE}
    return pl.DataFrame([("d", rebate, measure, measure)], schema=schema, orient="row")
