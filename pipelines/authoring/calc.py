"""Calc: a rule file applied to given figures, CSV in and CSV out, without workspace or data."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import polars as pl

from pipelines.authoring.check import read_rule_files
from pipelines.workspace.regular_files import require_regular
from rules.authoring.calc import calc
from rules.loading.load import read_programs
from schemas.errors import ExtractError, Place, Problem, RuleError


def calc_csv(file: Path, values: Path | IO[bytes]) -> bytes:
    """Return a rule file applied to a CSV of `rebate, member_id, qualifier, measure`.

    An empty qualifier is the measure. The same rows come back as CSV with `tier`, `payout` (exact to the minor unit)
    and `unrounded` (ten decimals) added.

    Raises:
        RuleError: the file cannot be accepted.
        ExtractError: the figures cannot be read; every row that is wrong, with its line.
    """
    programs = read_programs(read_rule_files([file]))
    if not programs:
        raise RuleError(Problem("this is a calendar", "name the file of a program", at=Place(str(file))))
    source = str(values) if isinstance(values, Path) else "standard input"
    return calc(programs, _read(values, source), source=source).write_csv().encode()


def _read(values: Path | IO[bytes], source: str) -> pl.DataFrame:
    todo = "write a CSV in UTF-8 with the columns rebate, member_id, qualifier, measure"
    try:
        if isinstance(values, Path):
            require_regular(values)
        # As text: figures are parsed as exact decimals later, never as floats.
        return pl.read_csv(values, infer_schema=False)
    except OSError as error:
        raise ExtractError(
            Problem(f"the file cannot be read ({error.strerror or error})", todo, at=Place(source))
        ) from error
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        found = f"the file is no CSV that can be read ({str(error).splitlines()[0]})"
        raise ExtractError(Problem(found, todo, at=Place(source))) from error
