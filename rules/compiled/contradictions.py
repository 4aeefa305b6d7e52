"""Contradictions: conversions and rates of which two state different figures for the same thing, by name."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import polars as pl

from rules.compiled.conversion import contradict, folded
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class _Stated(NamedTuple):
    """One row: 1 `start` is `factor` times `end`, of a product or of any (None)."""

    product: str | None
    start: str
    end: str
    factor: Fraction
    file: str
    line: int

    @property
    def pair(self) -> frozenset[str]:
        return frozenset((folded(self.start), folded(self.end)))

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


class _Reached(NamedTuple):
    """A unit that can be reached: how many of it the first one is, and by which rows."""

    worth: Fraction
    way: tuple[_Stated, ...]


_Pairs: TypeAlias = "Mapping[frozenset[str], Sequence[_Stated]]"


def contradicting_conversions(conversions: pl.DataFrame) -> Iterator[Problem]:
    """Yield a problem for each pair of units, and each way through several, for which different factors are stated.

    `conversions` has product_id (null: any), from_unit, to_unit, factor, path and line. A product's own factors replace
    the general ones of the same units; both directions are compared, and so is what factors make one after another.
    """
    of_product: dict[str | None, dict[frozenset[str], list[_Stated]]] = defaultdict(lambda: defaultdict(list))
    rows = conversions.select("product_id", "from_unit", "to_unit", "factor", "path", "line").sort(pl.all())
    for product, start, end, factor, file, line in rows.iter_rows():
        stated = _Stated(product, start, end, Fraction(factor), file, line)
        of_product[product][stated.pair].append(stated)
    general = of_product.get(None, {})
    for product, own in of_product.items():
        yield from (_twice(stated) for stated in own.values() if _differ(stated))
        usable = {pair: stated for pair, stated in {**general, **own}.items() if len(pair) > 1 and not _differ(stated)}
        yield from _detours(product, usable)


def contradicting_rates(fx_rates: pl.DataFrame) -> Iterator[Problem]:
    """Yield a problem for each day and two currencies with different rates.

    `fx_rates` has from_currency, to_currency, rate_date, rate, path and line.
    """
    todo = "let only one source state it: nothing is converted by either"
    for (start, end, day), told, place in _stated_twice(
        fx_rates, ("from_currency", "to_currency", "rate_date"), "rate"
    ):
        yield Problem(f"{start} to {end} of {day} is stated as {told}", todo, at=place)


def contradicting_figures(agreed: pl.DataFrame) -> Iterator[Problem]:
    """Yield a problem for each member, rebate and period for which different figures are agreed.

    `agreed` are targets, or baselines: program, rebate, member_id, period, value, path and line.
    """
    key = ("program", "rebate", "member_id", "period")
    for (program, rebate, member, period), told, place in _stated_twice(agreed, key, "value"):
        found = f"the figure of {member} for {period} of {program}/{rebate} is stated as {told}"
        yield Problem(found, "let only one source state it: a run that needs it is refused", at=place)


def _stated_twice(rows: pl.DataFrame, key: Sequence[str], value: str) -> Iterator[tuple[tuple[str, ...], str, Place]]:
    """Yield each key with different values, the values with their places, and the first place."""
    twice = rows.filter(pl.col(value).n_unique().over(key) > 1).sort(*key, "path", "line")
    written = pl.col(value).cast(pl.String).str.replace(r"(\.\d*?)0+$", "$1").str.strip_chars_end(".")
    told = pl.format("{} ({}:{})", written, "path", "line").alias("told")
    of_key = twice.group_by(key, maintain_order=True).agg(told, pl.col("path", "line").first())
    for *names, values, file, line in of_key.iter_rows():
        yield tuple(map(str, names)), " and as ".join(values), Place(file, line)


def _differ(rows: Sequence[_Stated]) -> bool:
    """Return whether rows about the same two units state different factors; a rounded inverse is no other factor."""
    return next(_differing(rows), None) is not None


def _differing(rows: Sequence[_Stated]) -> Iterator[tuple[_Stated, _Stated]]:
    for n, one in enumerate(rows):
        for other in rows[n + 1 :]:
            is_same_way = folded(one.start) == folded(other.start)
            if other.factor != one.factor if is_same_way else contradict(one.factor, 1 / other.factor):
                yield one, other


def _twice(rows: Sequence[_Stated]) -> Problem:
    one, other = next(_differing(rows))
    found = f"{_of(one.product)}{_says(one)} ({one.place}), but {_says(other)} ({other.place})"
    todo = "correct one or take it out: until they agree, nothing is converted by either"
    return Problem(found, todo, at=Place(one.file, one.line))


def _detours(product: str | None, pairs: _Pairs) -> Iterator[Problem]:
    """Yield a problem for each pair of units that another way through the pairs makes something else.

    For a product only where a factor of its own is on the way: those of all are named once.
    """
    steps = _steps(pairs)
    reached: dict[str, _Reached] = {}
    named: set[_Stated] = set()
    for root in steps:
        waiting = [] if root in reached else [root]
        reached.setdefault(root, _Reached(Fraction(1), ()))
        for unit in waiting:  # grows while it is read
            here = reached[unit]
            for other, factor, row in steps[unit]:
                there = reached.get(other)
                if there is None:
                    reached[other] = _Reached(here.worth * factor, (*here.way, row))
                    waiting.append(other)
                elif row not in named and contradict(here.worth * factor, there.worth):
                    named.add(row)
                    around = dict.fromkeys((*here.way, row, *there.way))
                    if product is None or any(each.product == product for each in around):
                        yield _detour(product, around, row)


def _steps(pairs: _Pairs) -> dict[str, list[tuple[str, Fraction, _Stated]]]:
    """Return what each unit can be turned into, by which factor and row, in both directions."""
    steps: dict[str, list[tuple[str, Fraction, _Stated]]] = defaultdict(list)
    for row, *_ in pairs.values():
        start, end = folded(row.start), folded(row.end)
        steps[start].append((end, row.factor, row))
        steps[end].append((start, 1 / row.factor, row))
    return steps


def _detour(product: str | None, rows: Iterable[_Stated], last: _Stated) -> Problem:
    said = ", ".join(f"{_says(row)} ({row.place})" for row in rows)
    found = f"{_of(product)}these do not agree with one another: {said}"
    return Problem(found, "correct the one that is wrong: each is taken as it stands", at=Place(last.file, last.line))


def _of(product: str | None) -> str:
    return "" if product is None else f"of {product} "


def _says(row: _Stated) -> str:
    return f"1 {row.start} is {row.factor} {row.end}"
