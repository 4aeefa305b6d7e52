"""The dashboard: read from the books, and written as one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipelines.audit.overlap_list import with_costs
from pipelines.audit.past import books_as_of
from pipelines.authoring.agreement_values import vocabulary_of
from pipelines.books.payout_files import read_wordings
from pipelines.books.runs import current_run
from pipelines.dashboard.chart_code import chart_code
from pipelines.dashboard.frames import dashboard_frames, read_double_cost
from pipelines.dashboard.visits import visit_frames
from pipelines.panel.ahead import books_ahead
from pipelines.panel.frames import titles_of
from pipelines.publish.overlap_report import read_pairs
from pipelines.publish.presentation import brand_with_logo, language_for
from pipelines.warehouse.connection import connect
from pipelines.workspace.files import refuse_other_kind, write_whole
from reports.dashboard.packing import About, packed_data
from reports.dashboard.page import dashboard_page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipelines.books.runs import OpenRun
    from pipelines.workspace.configuration import Workspace


def write_dashboard(workspace: Workspace, target: Path, tag: str | None = None, *, as_of: str | None = None) -> int:
    """Write the dashboard of the last run as one HTML file, and return its size in bytes.

    tag: the language of its readers; the workspace's where it is None. as_of: a run instead of the last one, or the
    day of the last run up to it.

    Raises:
        BooksError: nothing was computed yet, or there is no such run.
        WorkspaceBusyError: a run holds the workspace.
        StorageError: the disk is full or may not be written.
        TerminalError: there is no such folder, or a file of another kind.
        WorkspaceError: the logo is not there, or no picture.
    """
    refuse_other_kind(target, ".html", ".htm")
    language = language_for(workspace, tag)
    last = _of_last_run(workspace) if as_of is None else None
    with books_as_of(workspace, as_of, is_ahead=True) as books:
        of_visits = visit_frames(books)
        with books_ahead(books) as connection:
            computed = current_run(connection)
            run, overlaps = last or (computed, with_costs(connection, read_pairs(connection, computed)))
            frames = {**dashboard_frames(connection, overlaps), **of_visits}
            titles = titles_of(read_wordings(connection, computed))
    by_place = {
        f"{program}/{rebate}".rstrip("/"): language.choose(named, rebate or program)
        for (program, rebate), named in titles.items()
    }
    about = About(run.run_id, run.as_of, by_place, language)
    named = _with_regions(frames, vocabulary_of(workspace).values_of("region", language.tag))
    page = dashboard_page(packed_data(named, about), chart_code(), brand_with_logo(workspace), about)
    write_whole(target, page)
    return len(page)


def _with_regions(frames: Mapping[str, pl.DataFrame], words: Mapping[str, str]) -> dict[str, pl.DataFrame]:
    """Return the frames with regions as the workspace calls them."""
    named = pl.col("region").replace(words)
    return {name: frame.with_columns(named) if "region" in frame else frame for name, frame in frames.items()}


def _of_last_run(workspace: Workspace) -> tuple[OpenRun, pl.DataFrame]:
    """Return the last run, and what pays on the same sales as it found it: a scratch copy knows neither."""
    with connect(workspace, read_only=True) as connection:
        return current_run(connection), read_double_cost(connection)
