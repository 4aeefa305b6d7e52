"""Files as inputs: what is read of one extract, with what its source says of its footer and its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.intake.footer import without_footer
from pipelines.intake.input_sql import landed_input, typed_input, with_path_values
from pipelines.sources.column_mapping import map_columns

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from pipelines.intake.extract_list import Extract
    from pipelines.intake.input_sql import Input
    from pipelines.sources.column_mapping import ColumnMapping
    from schemas.source import Source


def file_input(connection: duckdb.DuckDBPyConnection, extract: Extract, source: Source, path: Path) -> Input:
    """Return the input of one file, which is read at `path`.

    Raises:
        ExtractError: the file and its path hold different values of one column.
    """
    if source.format == "csv":
        found = without_footer(connection, landed_input(str(path)), file_mapping(extract, source), source)
    else:
        found = typed_input(connection, str(path))
    return with_path_values(connection, found, source.path_values(extract.path), file=extract.path)


def file_mapping(extract: Extract, source: Source) -> ColumnMapping:
    """Return which columns of a file are ours."""
    return map_columns(source, extract.columns, extract.path, 1)[0]
