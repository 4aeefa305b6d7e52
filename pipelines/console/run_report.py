"""The report of a run: what each stage did, in words and figures."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from pipelines.console.tables import Table
from rules.money import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from pipelines.console.stage_progress import StageResult


def results_table(results: Sequence[StageResult]) -> Table:
    """Return one row per stage with its counts as a sentence."""
    frame = pl.DataFrame({"stage": [r.stage for r in results], "what": [_sentence(r) for r in results]})
    records = [{"stage": result.stage, **result.counts} for result in results]
    return Table("stages", "What the run did", frame, records)


def markdown(as_of: date, results: Sequence[StageResult], tables: Sequence[Table]) -> str:
    """Return a run's report as a Markdown page, as a scheduler shows it: the stages, then each table."""
    parts = [f"# Books as of {as_of}", *(_markdown_table(table) for table in (results_table(results), *tables))]
    return "\n\n".join(parts)


def _sentence(result: StageResult) -> str:
    return " · ".join(f"{_words(name)} {_figure(name, value)}" for name, value in result.counts.items())


def _words(name: str) -> str:
    return name.replace("_", " ")


def _figure(name: str, value: int | str) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    # A count named after a currency is an amount in it.
    return f"{Decimal(value):,.{MINOR_UNITS[name]}f}" if name in MINOR_UNITS else value


def _markdown_table(table: Table) -> str:
    heading = f"## {table.title}"
    if table.frame.is_empty():
        return f"{heading}\n\nnone"
    lines = [
        _markdown_row(_words(name) for name in table.frame.columns),
        _markdown_row("--:" if is_figure else ":--" for is_figure in table.numeric),
        *map(_markdown_row, table.texts()),
    ]
    return "\n".join([heading, "", *lines])


def _markdown_row(cells: Iterable[str]) -> str:
    # Cells hold text of extracts: it must not end the cell or be taken for markup.
    return f"| {' | '.join(cell.translate(_ESCAPES) for cell in cells)} |"


_ESCAPES = str.maketrans({"|": "\\|", "\n": " ", "\r": " ", "<": "&lt;", "`": "\\`", "[": "\\[", "\\": "\\\\"})
