"""The making of the site: every folder of every audience, from the books of the last published run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.authoring.agreement_values import vocabulary_of
from pipelines.books.payout_files import read_wordings
from pipelines.console.tables import Table
from pipelines.publish.statement_data import of_payees
from pipelines.publish.statement_views import shown_again
from pipelines.site.audiences import PARENTS, PAYEES, SALES, STAFF, dated_ancestors, folder_of, read_audiences
from pipelines.site.files import SiteFiles
from pipelines.site.papers import Papers
from pipelines.site.settings import read_frame
from pipelines.site.terms import Terms
from pipelines.visits.report_files import visit_report_page
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read, registered
from pipelines.warehouse.sql_files import read_sql
from reports.page.language import Language, language_of
from reports.site.folder import FileLink, Folder, Purchases
from reports.site.lists import Entry, document_label, list_page, progress_page, titles_of_lists
from reports.site.pages import payee_pages
from reports.site.payouts import payout_rows
from reports.site.purchases import page_rows, purchase_cells, render_purchases
from reports.statement.paths import safe_stem
from reports.statement.roll import left_to_pay
from reports.visits.report import report_title
from rules.money import MINOR_UNITS
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    import duckdb

    from pipelines.console.stage_progress import Progress
    from pipelines.site.audiences import Audiences
    from pipelines.site.papers import Paper
    from pipelines.workspace.configuration import Workspace
    from reports.site.folder import Frame

PURCHASES = read_sql("site", "purchases")
OF_SOME = "SELECT * FROM purchases SEMI JOIN wanted USING (payee_id) ORDER BY rowid"
PAYOUTS = read_sql("site", "payouts")
TRANSACTIONS, VISITS = "transactions.csv", "visits.html"
BATCH = 100
"""Payees whose transactions are in memory at a time."""


@dataclass(frozen=True)
class Made:
    """What became of the site: its folder, how many files were written or removed, and what could not be put there."""

    folder: str
    payees: int
    parents: int
    changed: int
    unchanged: int
    problems: tuple[Problem, ...]

    def table(self) -> Table:
        """Return it as a table of one row."""
        names = ("payees", "parents", "changed", "unchanged", "folder")
        return Table("site", "Partner site", pl.DataFrame({name: [getattr(self, name)] for name in names}))


def build_site(workspace: Workspace, progress: Progress) -> Made:
    """Return what became of the site, made anew in `site/`: what is there unchanged is not written again.

    The caller holds the workspace.

    Raises:
        BooksError: nothing was published yet, or the books no longer give what was published.
        WorkspaceError: `site.yaml`, or a page of the workspace's own, is wrong.
        StorageError: the disk is full or cannot be written; every file is whole, old or new.
    """
    frame = read_frame(workspace)
    report, mistakes = visit_report_page(workspace)
    with (
        connect(workspace) as connection,
        connect(workspace) as beside,
        SiteFiles(workspace.site_dir) as files,
    ):
        audiences = read_audiences(connection, workspace)
        site = _Site(workspace, frame, audiences, beside, files)
        progress.start("site", len(audiences.payees))
        for shown in shown_again(connection, workspace, audiences.payees, audiences.payees):
            site.add(shown.payee_id, shown.view)
            progress.advance(1)
        site.add_lists(report)
        progress.end()
        files.finish()
    counts = (len(audiences.payees), len(audiences.children), files.changed, files.unchanged)
    return Made(workspace.site_dir.name, *counts, (*site.problems, *mistakes))


class _Site:
    """The site while it is made, payee by payee."""

    def __init__(
        self,
        workspace: Workspace,
        frame: Frame,
        audiences: Audiences,
        connection: duckdb.DuckDBPyConnection,
        files: SiteFiles,
    ) -> None:
        self._frame, self._audiences, self._files = frame, audiences, files
        self._papers = Papers(connection, workspace)
        programs = read_wordings(connection, audiences.run)
        self._terms = Terms(connection, programs, audiences.names, vocabulary_of(workspace))
        self._payouts = read(connection, PAYOUTS).partition_by("payee_id", as_dict=True)
        self._purchases = _purchases_of(connection, audiences)
        self._staff: list[Entry] = []
        self.problems = self._papers.problems
        self._language = language_of(workspace.config.language, MINOR_UNITS)

    def add(self, payee_id: str, view: Mapping[str, Any]) -> None:
        """Write the folder of a payee, the same folder for each parent above it, and its page for sales."""
        cells, papers, stem = next(self._purchases), list(self._papers.of(payee_id)), safe_stem(payee_id)
        folder = self._folder(view, cells, papers)
        pages = [*payee_pages(folder, self._frame), (TRANSACTIONS, render_purchases(cells))]
        above = [f"{folder_of(PARENTS, parent)}/{stem}" for parent in self._audiences.above[payee_id]]
        places = (folder_of(PAYEES, payee_id), *above)
        for name, content in pages:
            self._files.write([f"{place}/{name}" for place in places], content)
        self._copy(places, papers)
        self._files.write([f"{SALES}/{stem}.html"], progress_page(view, self._frame, "index.html"))
        self._staff.append(
            Entry(f"../{PAYEES}/{stem}/index.html", payee_id, view["payee"]["name"], self._facts(payee_id))
        )

    def _folder(self, view: Mapping[str, Any], cells: pl.DataFrame, papers: Sequence[Paper]) -> Folder:
        language, payee_id = Language(view["lang"], MINOR_UNITS), view["payee"]["id"]
        payouts = self._payouts_of(payee_id)
        since = language.day(_since(self._audiences))
        documents = [
            FileLink(_paper_path(paper), document_label(paper.month, language, is_page=paper.is_page))
            for paper in papers
            if _is_listed(paper)
        ]
        return Folder(
            view=view,
            files_at=_folder_of(self._audiences.run.payout_period),
            statements_at={paper.month: _paper_path(paper) for paper in papers if paper.is_page},
            payouts=payout_rows(payouts, language),
            purchases=Purchases(page_rows(cells, language, payee_id), cells.height, TRANSACTIONS, since),
            documents=documents,
            terms=self._terms.of(payee_id, self._audiences.members[payee_id], language.tag),
        )

    def _payouts_of(self, payee_id: str) -> list[dict[str, Any]]:
        return self._payouts[(payee_id,)].to_dicts() if (payee_id,) in self._payouts else []

    def _facts(self, payee_id: str) -> list[str]:
        """Return the payouts of the period, and what is left of earlier ones, as those who look after payees read."""
        now, amounts = self._audiences.run.payout_period, []
        for each in self._payouts_of(payee_id):
            left = left_to_pay(each)
            if each["payout_period"] == now or left:
                amounts.append(self._language.coded(left or each["amount"], each["currency"]))
        return amounts

    def add_lists(self, report: bytes | None) -> None:
        """Write the pages that lead to the others: for staff, sales and each parent; and for staff the visit report."""
        links = []
        if report is not None:
            self._files.write([f"{STAFF}/{VISITS}"], report)
            links.append(FileLink(VISITS, report_title(self._language)))
        titles = titles_of_lists(self._language)
        by_id = {entry.id: entry for entry in self._staff}
        lists = {STAFF: (titles[STAFF], self._staff)}
        without_money = [Entry(f"{safe_stem(each.id)}.html", each.id, each.name) for each in self._staff]
        lists[SALES] = (titles[SALES], without_money)
        for parent, below in self._audiences.children.items():
            entries = [
                Entry(f"{safe_stem(each)}/index.html", each, by_id[each].name, by_id[each].facts) for each in below
            ]
            lists[folder_of(PARENTS, parent)] = (self._audiences.names.get(parent) or parent, entries)
        for place, (title, entries) in lists.items():
            above = links if place == STAFF else []
            page = list_page(title, entries, self._frame, self._language, links=above)
            self._files.write([f"{place}/index.html"], page)

    def _copy(self, places: Sequence[str], papers: Sequence[Paper]) -> None:
        for paper in papers:
            paths = [f"{place}/{_paper_path(paper)}" for place in places]
            try:
                is_published = self._files.copy(paths, paper.source, paper.sha256)
            except FileNotFoundError:
                is_published = False
            if not is_published:
                found = f"a file published for {paper.month} was changed or is gone, so it is not on the site"
                problem = Problem(found, "`rebatch verify` tells what was changed", at=Place(paper.source.name))
                self.problems += [problem] if problem not in self.problems else []


def _since(audiences: Audiences) -> date:
    """Return the first day of the year before that of the run."""
    return audiences.run.as_of.replace(year=audiences.run.as_of.year - 1, month=1, day=1)


def _purchases_of(connection: duckdb.DuckDBPyConnection, audiences: Audiences) -> Iterator[pl.DataFrame]:
    """Yield the transactions of each payee as cells, in the order of payees; a few payees are in memory at a time."""
    payees = pl.DataFrame({"payee_id": sorted(audiences.payees)}, schema={"payee_id": pl.String})
    names = pl.DataFrame(list(audiences.names.items()), schema=["payee_id", "payee_name"], orient="row")
    above = dated_ancestors(connection, audiences.run)
    with registered(connection, wanted=payees, names=names, above=above):
        connection.execute(PURCHASES, {"since": _since(audiences), "as_of": audiences.run.as_of})
    for some in payees.iter_slices(BATCH):
        with registered(connection, wanted=some):
            cells = purchase_cells(read(connection, OF_SOME), MINOR_UNITS)
        for payee_id in some["payee_id"]:
            yield of_payees(cells, [payee_id])


def _folder_of(month: str) -> str:
    return f"documents/{month}/"


def _paper_path(paper: Paper) -> str:
    return f"{_folder_of(paper.month)}{paper.source.name}"


def _is_listed(paper: Paper) -> bool:
    """Return whether the page of documents names a file: what lies beside a statement is named by the statement."""
    return paper.is_page or paper.source.suffix == ".pdf"
