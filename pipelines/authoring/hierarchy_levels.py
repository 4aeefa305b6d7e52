"""Levels: the names that the loaded hierarchy knows, against those that rule files accumulate at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.warehouse.frames import read, read_row
from rules.compiled.nodes import unknown_level
from rules.language.yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from rules.language.model import Program
    from schemas.errors import Problem


def unknown_levels(connection: duckdb.DuckDBPyConnection, programs: Sequence[Program]) -> list[Problem]:
    """Name the programs that accumulate at a level that no edge in force has; none before members were loaded."""
    is_made = read_row(connection, "SELECT COUNT(*) FROM pragma_table_info('hierarchy')") != (0,)
    if not is_made or read_row(connection, "SELECT COUNT(*) FROM members") == (0,):
        return []
    query = "SELECT DISTINCT level FROM hierarchy WHERE superseded_seq IS NULL AND level IS NOT NULL"
    levels = read(connection, query)["level"].to_list()
    found = [unknown_level(program, parse_yaml(program.text, program.file), levels) for program in programs]
    return [problem for problem in found if problem is not None]
