"""Who sees what: the folders of the site, whom each is for, and whose figures stand in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from pipelines.books.in_force import known_by
from pipelines.books.payees import read_payees
from pipelines.publish.statement_views import published_run, published_statements
from pipelines.warehouse.frames import read
from reports.statement.paths import safe_stem
from rules.compiled.edges import read_edges
from rules.compiled.hierarchy import ancestors_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    from pipelines.books.runs import OpenRun
    from pipelines.workspace.configuration import Workspace

ACCESS = {"audience": pl.String, "folder": pl.String, "member_id": pl.String, "name": pl.String, "sees": pl.String}
"""Columns of who sees what; `sees` are ids, or in words what of everybody."""

PAYEES, PARENTS, SALES, STAFF = "payees", "parents", "sales", "staff"


@dataclass(frozen=True)
class Audiences:
    """Whom the site is for.

    `payees`: the SHA-256 of the statement of each; `above`: of each payee, the parents on all levels; `members`: for
    whom each payee is paid, itself included; `names`: of every member.
    """

    run: OpenRun
    payees: Mapping[str, str]
    above: Mapping[str, Sequence[str]]
    members: Mapping[str, Sequence[str]]
    names: Mapping[str, str]

    @cached_property
    def children(self) -> dict[str, list[str]]:
        """Return the payees below each parent, who sees their pages."""
        below: dict[str, list[str]] = {}
        for payee, parents in self.above.items():
            for parent in parents:
                below.setdefault(parent, []).append(payee)
        return dict(sorted(below.items()))

    def access(self) -> pl.DataFrame:
        """Return who sees what, a row for each folder: ACCESS."""
        return pl.DataFrame(list(self._rows()), schema=ACCESS, orient="row")

    def _rows(self) -> Iterator[tuple[str, str, str, str, str]]:
        for payee in self.payees:
            yield PAYEES, folder_of(PAYEES, payee), payee, self._name(payee), ", ".join(self.members[payee])
        for parent, below in self.children.items():
            yield PARENTS, folder_of(PARENTS, parent), parent, self._name(parent), ", ".join(below)
        yield SALES, SALES, "", "", "the progress and visits of all, without money"
        yield STAFF, STAFF, "", "", "a list of all, whose pages lie in payees/, and the visit report"

    def _name(self, member_id: str) -> str:
        return self.names.get(member_id) or member_id


def folder_of(audience: str, member_id: str) -> str:
    """Return the folder of a payee or parent."""
    return f"{audience}/{safe_stem(member_id)}"


def read_audiences(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> Audiences:
    """Return whom the site of the last published run is for.

    Raises:
        BooksError: nothing was published yet.
    """
    run = published_run(connection)
    payees = published_statements(workspace, run)
    names = read_payees(connection, run)
    return Audiences(
        run=run,
        payees=payees,
        above=_above(connection, run, payees),
        members=_members(connection, payees),
        names=dict(names.select("payee_id", "payee_name").iter_rows()),
    )


def dated_ancestors(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    """Return who was above whom on which days, as the run knew it: rules.compiled.hierarchy.ANCESTORS."""
    return ancestors_of(_edges(connection, run))


def _edges(connection: duckdb.DuckDBPyConnection, run: OpenRun) -> pl.DataFrame:
    hierarchy, members = (read(connection, known_by(run, name)) for name in ("hierarchy", "members"))
    return read_edges(hierarchy, members, read(connection, "SELECT load_seq, path FROM loads"))


def _members(connection: duckdb.DuckDBPyConnection, payees: Mapping[str, str]) -> dict[str, list[str]]:
    found = {payee: {payee} for payee in payees}
    for payee, member in connection.execute("SELECT DISTINCT payee_id, member_id FROM work.payees").fetchall():
        if payee in found:
            found[payee].add(member)
    return {payee: sorted(members) for payee, members in found.items()}


def _above(connection: duckdb.DuckDBPyConnection, run: OpenRun, payees: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the parents above each payee on the day of the run, the nearest first."""
    today = _edges(connection, run).filter(pl.lit(run.as_of).is_between("valid_from", "valid_to"))
    parents: dict[str, str] = dict(today.select("member_id", "parent_id").iter_rows())
    above: dict[str, list[str]] = {payee: [] for payee in payees}
    for payee, found in above.items():
        # There is no circle: a run refuses one.
        parent = parents.get(payee)
        while parent is not None:
            found.append(parent)
            parent = parents.get(parent)
    return above
