"""The payout files of a run, and the rule wordings they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.workspace.profiles import shipped_profile
from reports.erp.erp_file import render_file
from reports.erp.payouts import payout_lines, payout_rows
from rules.loading.load import read_programs
from rules.money import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipelines.books.runs import OpenRun
    from rules.language.model import Program


VERSIONS = """
    SELECT program, text FROM rule_versions
    JOIN (
        SELECT program, COALESCE(
            (SELECT MAX(r.rule_version) FROM work.rebates AS r WHERE r.program = l.program), ARG_MAX(rule_version, seq)
        ) AS rule_version
        FROM payable AS l WHERE payout_period = $payout_period GROUP BY program
        UNION
        SELECT program, rule_version FROM work.rebates
    ) USING (program, rule_version)
"""
"""The wording of each program that a file of this run may name: the run's own; of a removed program the last one."""


def payout_files(
    programs: Sequence[Program], payees: pl.DataFrame, payouts: pl.DataFrame, postings: pl.DataFrame
) -> list[tuple[str, bytes, pl.DataFrame]]:
    """Return the payout files of the payout period, rendered in the generic profile: path, bytes, rows.

    Raises:
        BooksError: naming every text that may not stand in them.
    """
    lines = payout_lines(postings, clauses_of(programs))
    rows = {"payouts": payout_rows(payouts, lines, payees), "lines": lines}
    profile = shipped_profile("generic")
    return [
        (file.name, render_file(rows[file.rows], file, profile, digits=MINOR_UNITS, values={}), rows[file.rows])
        for file in profile.files
    ]


def read_wordings(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> tuple[Program, ...]:
    """Read every program that a file of `run` may name, in the wording selected by VERSIONS."""
    texts = connection.execute(VERSIONS, {"payout_period": run.payout_period}).fetchall()
    return read_programs({f"{program}.yaml": text for program, text in sorted(texts)})


def clauses_of(programs: Sequence[Program]) -> pl.DataFrame:
    """Return the clause of every rebate, and of every program under an empty rebate: program, rebate, reference."""
    rows = [(program.id, "", program.reference) for program in programs]
    rows += [
        (program.id, name, rebate.reference or program.reference)
        for program in programs
        for name, rebate in program.rebates.items()
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(("program", "rebate", "reference"), pl.String), orient="row")
