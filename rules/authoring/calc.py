"""Calculation of rebates on given figures, without data: for spot checks, spreadsheets and tests in rule files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.provision_table import compile_provisions
from rules.compiled.scales import FOLLOWS_MEASURE
from rules.language.fields import BOUND_DECIMALS, MOST
from rules.money import minor_units, round_decimal, round_money, round_value
from rules.rating.limits import cap, lift
from rules.rating.tiers import compile_tiers, rate, refuse_too_large
from schemas.errors import ExtractError, Place, Problem
from schemas.types import VALUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.language.model import Program

VALUE_COLUMNS = ("rebate", "member_id", "qualifier", "measure")
RESULT_COLUMNS = ("tier", "payout", "unrounded")

_NUMBER = rf"^-?[0-9]+(\.[0-9]{{1,{BOUND_DECIMALS}}})?$"
_MOST_DIGITS = MOST.adjusted()
# The header is line 1 of the file.
_FIRST_ROW = 2
_SHOWN = 20


def calc(programs: Sequence[Program], values: pl.DataFrame, *, source: str = "values.csv") -> pl.DataFrame:
    """Return `values` with tier, payout and unrounded for each row of figures.

    `values` has VALUE_COLUMNS, the figures as text or decimals, and program where several are given; more columns are
    kept. An empty qualifier equals the measure; the rule's own rounding of the qualifier applies. The rows keep their
    order and get tier (i32, 0 below the first), payout (rounded to the currency's minor unit, with as many decimals)
    and unrounded (ten decimals); see work_out for what they consist of.

    Raises:
        ExtractError: a column, rebate or figure is missing or wrong; all such rows, with `source` and line.
    """
    missing = [name for name in VALUE_COLUMNS if name not in values.columns]
    if missing:
        todo = f"give the columns {', '.join(VALUE_COLUMNS)}"
        raise ExtractError(*(Problem(f"there is no column {name!r}", todo, at=Place(source, 1)) for name in missing))
    keys = ["program", "rebate"] if "program" in values.columns else ["rebate"]
    if ambiguous := _ambiguous(programs, keys, source):
        raise ExtractError(*ambiguous)
    placed = _read(values).join(_rules(programs), on=keys, how="left", maintain_order="left")
    if problems := _problems(placed, values, source):
        raise ExtractError(*problems)
    return values.with_columns(work_out(placed, programs).select(RESULT_COLUMNS))


def work_out(figures: pl.DataFrame, programs: Sequence[Program]) -> pl.DataFrame:
    """Return figures with RESULT_COLUMNS, in their order; figures: program, rebate, qualifier and measure (VALUE).

    A null qualifier equals the measure, a null measure the qualifier. The figures are those of a whole period of one
    member, so the rebate's own guarantee and limit apply; what depends on other rebates, on other members or on days
    (stacking, the program's limit and budget, proration) does not.

    Raises:
        RuleError: a payout is too large to be computed; names program and rebate.
    """
    rules = _rules(programs).select("program", "rebate", "round_digits", "minor_digits")
    provisions = compile_provisions(programs).with_columns(prorate=pl.lit("none"))
    # One scale for the whole column: a decimal type has the same number of decimals in every row.
    scale = max((minor_units(program.currency) for program in programs), default=0)
    qualifier = pl.coalesce("qualifier", "measure")
    rounded = pl.when(pl.col("round_digits").is_null()).then(qualifier)
    return (
        figures.select("program", "rebate", "qualifier", "measure")
        .with_row_index("row")
        .lazy()
        .join(rules.lazy(), on=["program", "rebate"])
        .with_columns(
            measure=pl.coalesce("measure", "qualifier"),
            qualifier=rounded.otherwise(round_decimal(qualifier, pl.col("round_digits"))),
        )
        .pipe(rate, compile_tiers(programs))
        .with_columns(note=pl.lit(""))
        .pipe(lift, provisions, is_final=pl.lit(value=True))
        .pipe(cap, provisions)
        # The as-of join of the tiers returns rows in any order; callers zip the result with their figures.
        .sort("row")
        .with_columns(
            payout=round_money(pl.col("unrounded"), pl.col("minor_digits")).cast(pl.Decimal(38, scale)),
            unrounded=round_value(pl.col("unrounded")),
        )
        .drop("row", "round_digits", "minor_digits", "note")
        .collect()
        .pipe(refuse_too_large, "payout")
    )


def _rules(programs: Sequence[Program]) -> pl.DataFrame:
    """Return the method, rounding and minor unit of every rebate."""
    rows = [
        (program.id, name, rebate.method, rebate.qualifier.round, minor_units(program.currency))
        for program in programs
        for name, rebate in program.rebates.items()
    ]
    text, digits = pl.String(), pl.Int32()
    schema = {"program": text, "rebate": text, "method": text, "round_digits": digits, "minor_digits": digits}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _read(values: pl.DataFrame) -> pl.DataFrame:
    """Return the figures as VALUEs, and is_wrong_… for those that are no number."""
    keys = [pl.col(name).cast(pl.String).str.strip_chars() for name in ("program", "rebate") if name in values.columns]
    texts = {name: pl.col(name).cast(pl.String).str.strip_chars() for name in ("qualifier", "measure")}
    given = {name: pl.when(text != "").then(text) for name, text in texts.items()}
    sound = {name: _is_number(text) for name, text in given.items()}
    return values.select(
        *keys,
        *(pl.when(sound[name]).then(text).cast(VALUE).alias(name) for name, text in given.items()),
        *((~sound[name]).fill_null(value=False).alias(f"is_wrong_{name}") for name in given),
    )


def _is_number(text: pl.Expr) -> pl.Expr:
    """Return whether a text is a plain number that a VALUE can hold."""
    integer = text.str.strip_prefix("-").str.split(".").list.first().str.strip_chars_start("0")
    return text.str.contains(_NUMBER) & (integer.str.len_bytes() <= _MOST_DIGITS)


def _ambiguous(programs: Sequence[Program], keys: Sequence[str], source: str) -> list[Problem]:
    """Return the problems of rebate ids that several programs use, if rows do not name the program."""
    names = [name for program in programs for name in program.rebates]
    twice = sorted({name for name in names if names.count(name) > 1}) if "program" not in keys else []
    return [
        Problem(f"several programs have a rebate {n!r}", "add a column program", at=Place(source, 1)) for n in twice
    ]


def _problems(placed: pl.DataFrame, values: pl.DataFrame, source: str) -> list[Problem]:
    """Return all problems of the rows, each kind cut off after the first rows."""
    is_fixed = pl.col("method") == "fixed"
    differs = pl.col("qualifier") != pl.col("measure")
    number = "write a plain number such as 1250.50: fifteen digits and ten decimals at most, no exponent"
    checks = (
        (pl.col("method").is_null(), "the rebate is not in the rule file", "give the id of a rebate of the file"),
        (pl.col("is_wrong_qualifier"), "the qualifier is not a number", number),
        (pl.col("is_wrong_measure"), "the measure is not a number", number),
        (
            pl.col("measure").is_null() & ~pl.col("is_wrong_measure") & ~(is_fixed & pl.col("qualifier").is_not_null()),
            "the measure is empty",
            "give the figure that the rate is multiplied by",
        ),
        *(
            ((pl.col("method") == method) & differs, f"{why}, but the qualifier differs", "leave the qualifier empty")
            for method, why in FOLLOWS_MEASURE.items()
        ),
    )
    shown = values.select(*VALUE_COLUMNS).with_row_index("row")
    found = []
    for is_wrong, what, todo in checks:
        rows = shown.filter(placed.select(is_wrong.fill_null(value=False)).to_series())
        for row in rows.head(_SHOWN).iter_rows(named=True):
            figures = ", ".join(f"{name} {row[name]!s}" for name in VALUE_COLUMNS if row[name] is not None)
            found.append(Problem(f"{what} ({figures})", todo, at=Place(source, row["row"] + _FIRST_ROW)))
        if len(rows) > _SHOWN:
            found.append(Problem(f"{what}, in {len(rows) - _SHOWN} more rows", todo, at=Place(source)))
    return found
