"""What is shown as counting adds up to what was rated: in `explain`, on statements, in the report of overlaps."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.books.runs import Run, current_run
from pipelines.books.trace import counted_transactions, left_out
from pipelines.publish.counted import (
    Part,
    choose_details,
    chunks_of,
    count_transactions,
    filed_readers,
    name_figures,
    read_chunk,
    read_lines,
)
from pipelines.publish.overlap_report import add_up_overlaps, read_overlaps
from pipelines.publish.statement_data import read_positions
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from reports.statement.detail import Most
from reports.statement.transactions_file import names_of
from tests.disputing import Dispute, dispute
from tests.laws.agreements import programs, yaml_of
from tests.laws.examples import examples
from tests.laws.histories import histories
from tests.oracles.counting import Counter
from tests.oracles.history import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from tests.oracles.history import History, Sale

AS_OF = st.dates(date(2026, 4, 1), date(2026, 12, 31))
GOODS = ("revenue", "quantity", "orders", "transactions", "products")
FIGURES = """
    SELECT e.*, r.measure_counted, r.measure_kind, r.measure_term, r.qualifier_counted, r.qualifier_kind,
        r.qualifier_term, COALESCE(r.round_digits, 10) AS digits
    FROM work.entitlements AS e
    JOIN work.rebates AS r USING (program, rebate)
"""
CHUNK = 7
"""Rows of the file beside a page that are read at a time: few, so that there are several times."""

Place = tuple[str, str, str, str]
"""Horizon, term, node and period."""


class Evidence:
    """A run's books, and the sales that a reader is shown."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, agreements: list[dict[str, Any]], seen: History) -> None:
        self.connection, self.history = connection, seen
        self.agreements = {program["program"]: program for program in agreements}
        self.sales = {sale.transaction_id: sale for sale in seen.transactions}
        self.figures = read(connection, FIGURES).to_dicts()
        members = [member.member_id for member in seen.members]
        rows = counted_transactions(connection, members=members, programs=list(self.agreements)).to_dicts()
        self.shown: dict[Place, list[str]] = defaultdict(list)
        for row in rows:
            self.shown[row["horizon"], row["term"], row["node_id"], row["period"]].append(row["transaction_id"])

    def adds_up(self) -> None:
        """Hold each figure that stands alone against the sum of its rows, each of which must be convertible."""
        for figure in self.figures:
            for role, value in self._plain(figure):
                ids = self.shown[figure["horizon"], figure[f"{role}_term"], figure["node_id"], figure["period"]]
                assert len(ids) == len(set(ids))
                total = self._total(figure, role, [self.sales[name] for name in ids])
                digits = figure["digits"] if role == "qualifier" else 10
                assert rounded(total, digits) == Fraction(value), (figure, role, ids)

    def _plain(self, figure: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        rebate = self.agreements[figure["program"]]["rebates"][figure["rebate"]]
        # A cascade's later measures are what the earlier ones leave, and the qualifier with it.
        # What an earlier period left below zero is in no row of this one.
        is_reduced = rebate.get("stack", {}).get("policy") == "cascade" or rebate.get("below_zero") == "carry"
        for role in () if is_reduced else ("measure", "qualifier"):
            is_plain = figure[f"{role}_kind"] == "plain" and figure[f"{role}_counted"] in GOODS
            if is_plain and figure[role] is not None:
                yield role, figure[role]

    def _total(self, figure: dict[str, Any], role: str, sales: list[Sale]) -> Fraction:
        program = self.agreements[figure["program"]]
        rebate, counted = program["rebates"][figure["rebate"]], figure[f"{role}_counted"]
        counter = Counter(self.history, program, current_run(self.connection).as_of)
        sales = [counter.as_counted(sale, rebate) for sale in sales]
        if counted == "revenue":
            assert all(counter.money(sale, figure["through"]) is not None for sale in sales)
        if counted == "quantity":
            assert all(counter.goods(sale, rebate["unit"]) is not None for sale in sales)
        value = counter.value(sales, counted, unit=rebate.get("unit"), rate_on=figure["through"])
        return value or Fraction(0)

    def is_told_apart(self) -> None:
        """Find no row both counting and left out, and every one that is left out without a rate or factor."""
        for program in self.agreements:
            for member in {member.member_id for member in self.history.members}:
                for row in left_out(self.connection, member=member, program=program).to_dicts():
                    ids = self.shown[row["horizon"], row["term"], row["node_id"], row["period"]]
                    assert row["transaction_id"] not in ids
                    sale, counter = (
                        self.sales[row["transaction_id"]],
                        Counter(self.history, self.agreements[program], date(2027, 1, 1)),
                    )
                    if row["reason"] == "no_factor":
                        assert counter.goods(sale, "each") is None
                    else:
                        assert sale.currency != self.agreements[program]["currency"]

    def statements_say_the_same(self) -> None:
        positions = read_positions(self.connection, current_run(self.connection))
        sums = count_transactions(self.connection, positions, most_sorted=CHUNK)
        details = choose_details(self.connection, positions, sums, Most())
        lines = read_lines(self.connection, Part(0, positions.height, details.select("figure", "detail")))
        listed: dict[int, list[str]] = defaultdict(list)
        for figure, transaction in lines.select("figure", "transaction_id").iter_rows():
            listed[figure].append(transaction)
        beside = self._beside(positions, details)
        # A payee has all of its transactions on its page, or all of them in the file beside it.
        filed = set(filed_readers(positions, details)["payee_id"])
        for position in positions.join(names_of(positions), on="figure").to_dicts():
            ids = self.shown[position["horizon"], position["term"], position["node_id"], position["period"]]
            if position["part"] is not None:
                ids = [name for name in ids if self.sales[name].member_id == position["member_id"]]
            payee, name = position["payee_id"], position["name"]
            said = beside[payee, name] if payee in filed else listed[position["figure"]]
            assert sorted(said) == sorted(ids)
            assert sum(sums.filter(figure=position["figure"])["transactions"]) == len(ids)

    def _beside(self, positions: pl.DataFrame, details: pl.DataFrame) -> dict[tuple[str, str], list[str]]:
        """Return the transactions in files beside statements by payee and what they count for; each stands once."""
        filed = filed_readers(positions, details)
        name_figures(self.connection, names_of(positions))
        chunks = [read_chunk(self.connection, each) for each in chunks_of(self.connection, filed, CHUNK)]
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        if not chunks:
            return found
        rows = pl.concat(chunks).join(filed, on="reader", maintain_order="left")
        assert rows.select("payee_id", "transaction_id").is_unique().all()
        assert all(each["activity_date"].is_sorted() for each in rows.partition_by("payee_id", maintain_order=True))
        for payee, transaction, names in rows.select("payee_id", "transaction_id", "counts_for").iter_rows():
            for name in names.split("; "):
                found[payee, name].append(transaction)
        return found

    def overlaps_say_the_same(self) -> None:
        payers: dict[str, set[str]] = defaultdict(set)
        for figure in self.figures:
            if figure["horizon"] == "settled" and figure["amount"] > 0 and figure["measure_counted"] in GOODS:
                for name in self.shown["settled", figure["measure_term"], figure["node_id"], figure["period"]]:
                    payers[name].add(f"{figure['program']}/{figure['rebate']}")
        run = current_run(self.connection)
        listed = read_overlaps(self.connection, run).to_dicts()
        pairs: dict[tuple[str, ...], list[Decimal | int]] = defaultdict(lambda: [0, Decimal(0)])
        for row in listed:
            assert set(row["payers"]) == payers[row["transaction_id"]], row
            for pair in combinations(row["payers"], 2):
                sums = pairs[*pair, row["currency"]]
                sums[0] += 1
                sums[1] += row["amount"]
        assert add_up_overlaps(self.connection, run) == len(listed)
        added = read(self.connection, "SELECT * FROM work.overlaps").iter_rows()
        assert {row[:3]: list(row[3:]) for row in added} == pairs


def shows_what_it_rated(agreements: list[dict[str, Any]], history: History, as_of: date, taken_out: set[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        history.write(root)
        (root / "rules").mkdir()
        for program in agreements:
            text = "\n".join(f"{key}: {yaml_of(value)}" for key, value in program.items())
            (root / "rules" / f"{program['program']}.yaml").write_text(text + "\n", encoding="utf-8")
        workspace = open_workspace(root)
        run_all(workspace, Run(as_of))
        names = [history.transactions[n].transaction_id for n in taken_out if n < len(history.transactions)]
        for name in names:
            dispute(workspace, Dispute(name, "disputed", "never ordered"), excludes=True, person="ann")
        if names:
            run_all(workspace, Run(as_of))
        with connect(workspace) as connection:
            evidence = Evidence(connection, agreements, history)
            assert not set(names) & {name for ids in evidence.shown.values() for name in ids}
            evidence.adds_up()
            evidence.is_told_apart()
            evidence.statements_say_the_same()
            evidence.overlaps_say_the_same()


@examples(1, suppress=tuple(HealthCheck))
@given(programs(wide=False), histories(), AS_OF, st.sets(st.integers(0, 24), max_size=2))
def test_the_rows_that_are_shown_add_up_to_the_figure(
    program: dict[str, Any], history: History, as_of: date, taken_out: set[int]
) -> None:
    shows_what_it_rated([program], history, as_of, taken_out)


@pytest.mark.long
@pytest.mark.timeout(1500)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.tuples(programs(number=0), programs(number=1)), histories(), AS_OF, st.sets(st.integers(0, 24), max_size=4))
def test_the_rows_of_every_agreement_add_up_to_its_figures(
    agreements: tuple[dict[str, Any], ...], history: History, as_of: date, taken_out: set[int]
) -> None:
    shows_what_it_rated(list(agreements), history, as_of, taken_out)
