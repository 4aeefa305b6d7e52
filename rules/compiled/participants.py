"""Participants: whose purchases count in which program, on which days, at which node, and who is paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from rules.compiled.edges import read_edges
from rules.compiled.figure_terms import filter_key
from rules.compiled.filters import matches
from rules.compiled.hierarchy import ancestors_of
from rules.compiled.nodes import is_shared, nodes_at, unknown_level
from rules.compiled.spans import cut_spans, program_spans, span_attributes
from rules.language.yaml_text import parse_yaml
from schemas.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from rules.compiled.master_data import MasterData
    from rules.language.model import Filter, Program

    Audiences = Mapping[tuple[str, str], tuple[Filter, Filter | None]]

_AUDIENCE = ["program", "member_filter"]
_COLUMNS = [*_AUDIENCE, "is_baseline", "span", "member_id", "node_id"]


def compile_participants(
    programs: Sequence[Program], growing: pl.DataFrame, master: MasterData, as_of: date
) -> dict[str, pl.DataFrame]:
    """Return who takes part in which program; `growing` are program and member_filter of growth figures.

    Returns, by name:
        member_spans: span, member_id, valid_from, valid_to; within a span every program treats the member alike.
        participants: program, member_filter, is_baseline, span, member_id (the buyer), node_id (where its purchases are
        added up); one row per span that takes part in the program (member_filter is empty), and once more for each
        filter of its rebates that lets it through. Filters and enrolments are those of the buyer.
        parts: program, node_id, member_id, part; for programs that share what a node earns, every buyer of a node under
        a name of its own.
        payees: program, member_id, payee_id; who is paid, on the as-of day, for each buyer and each node.

    Raises:
        BooksError: the hierarchy is not valid (see rules.compiled.edges and rules.compiled.hierarchy).
        RuleError: a program accumulates at a level that no edge has.
    """
    tree = _tree(programs, master)
    enrolments = master.enrolments.filter(pl.col("program").is_in([p.id for p in programs if p.members.enrolled]))
    # Cut at once by everything that changes over time: later joins need not compare dates again.
    spans = cut_spans(master.members, "member_id", enrolments, *tree.accumulated)
    attributes = span_attributes(spans, master.members, "member_id")
    whole = tree.place(_taking_part(programs, attributes, enrolments), spans)
    payees = _payees(programs, whole, tree.nodes, attributes, as_of)
    audiences = {
        (program.id, filter_key(rebate.members)): (program.members, rebate.members)
        for program in programs
        for rebate in program.rebates.values()
    }
    counted = _narrowed(whole, attributes, audiences)
    compared = _compared(
        counted.join(growing, on=_AUDIENCE, how="semi"), _matched(attributes, audiences, tree), spans, tree
    )
    both = [
        counted.with_columns(is_baseline=pl.lit(value=False)),
        compared.with_columns(is_baseline=pl.lit(value=True)),
    ]
    participants = pl.concat([frame.select(_COLUMNS) for frame in both]).sort(_COLUMNS)
    return {
        "member_spans": spans,
        "participants": participants,
        "parts": _parts(programs, participants),
        "payees": payees,
    }


def _taking_part(programs: Sequence[Program], attributes: pl.DataFrame, enrolments: pl.DataFrame) -> pl.DataFrame:
    """Return the spans that take part in each program: program, span, member_id."""
    named = pl.DataFrame(
        [(program.id, filter_key(program.members), program.members.enrolled) for program in programs],
        schema={"program": pl.String, "filter": pl.String, "is_enrolled": pl.Boolean},
        orient="row",
    )
    # Many programs are for the same members: each filter is looked up once.
    filters = dict(zip(named["filter"], (program.members for program in programs), strict=True))
    return program_spans(attributes, enrolments, named, {name: matches(each) for name, each in filters.items()})


def _narrowed(whole: pl.DataFrame, attributes: pl.DataFrame, audiences: Audiences) -> pl.DataFrame:
    """Return who takes part in each program, with an empty member_filter, and again for each filter of its rebates."""
    narrowed = [
        whole.filter(pl.col("program") == program)
        .join(attributes.filter(matches(own)).select("span"), on="span", how="semi")
        .with_columns(member_filter=pl.lit(key))
        for (program, key), (_, own) in audiences.items()
        if key
    ]
    return pl.concat([whole.with_columns(member_filter=pl.lit("")), *narrowed])


def _matched(attributes: pl.DataFrame, audiences: Audiences, tree: _Tree) -> pl.DataFrame:
    """Return the spans that pass the filters of each audience above self, enrolled or not."""
    passing = [
        attributes.filter("is_held", *(matches(each) for each in filters)).select(
            pl.lit(program).alias("program"), pl.lit(key).alias("member_filter"), "span", "member_id"
        )
        for (program, key), filters in audiences.items()
        if program in tree.places
    ]
    return pl.concat([_nobody(attributes), *passing])


def _nobody(attributes: pl.DataFrame) -> pl.DataFrame:
    """Return no spans, in the shape of those of an audience."""
    nothing = pl.lit("").alias("program"), pl.lit("").alias("member_filter")
    return attributes.clear().select(*nothing, "span", "member_id").clear()


@dataclass(frozen=True)
class _Tree:
    """The hierarchy, as far as programs use it.

    nodes: place (parent, root or a level) → the members that belong to another node there (see
    rules.compiled.nodes.nodes_at). places: program → place, of the programs that accumulate above self.
    """

    nodes: Mapping[str, pl.DataFrame]
    places: Mapping[str, str]

    @property
    def accumulated(self) -> list[pl.DataFrame]:
        """Return the nodes of every place at which any program accumulates."""
        return [self.nodes[place] for place in sorted(set(self.places.values()))]

    def place(self, taking_part: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
        """Return `taking_part` with the node_id of each span; spans are cut wherever it changes."""
        if not self.places:
            return taking_part.with_columns(node_id="member_id")
        elsewhere = [
            spans.join(self.nodes[place], on="member_id", suffix="_there")
            .filter(pl.col("valid_from").is_between("valid_from_there", "valid_to_there"))
            .select("span", "node_id", pl.lit(place).alias("place"))
            for place in sorted(set(self.places.values()))
        ]
        of_program = pl.DataFrame({"program": list(self.places), "place": list(self.places.values())})
        return (
            taking_part.join(of_program, on="program", how="left")
            .join(pl.concat(elsewhere), on=["place", "span"], how="left")
            .with_columns(node_id=pl.coalesce("node_id", "member_id"))
            .drop("place")
        )


def _tree(programs: Sequence[Program], master: MasterData) -> _Tree:
    """Return the hierarchy as far as any program uses it; it is not read at all where none does."""
    places = {program.id: program.accumulate_at for program in programs if program.accumulate_at != "self"}
    paid = {program.pay_to for program in programs} & {"parent", "root"}
    wanted = sorted({*places.values(), *paid})
    if not wanted:
        return _Tree({}, {})
    edges = read_edges(master.hierarchy, master.members, master.files)
    _refuse_unknown_levels(programs, edges)
    ancestors = ancestors_of(edges)
    return _Tree({place: nodes_at(place, edges, ancestors) for place in wanted}, places)


def _refuse_unknown_levels(programs: Sequence[Program], edges: pl.DataFrame) -> None:
    """Refuse programs that accumulate at a level no edge of the hierarchy has."""
    levels = set(edges["level"].drop_nulls())
    found = [unknown_level(program, parse_yaml(program.text, program.file), levels) for program in programs]
    if problems := [problem for problem in found if problem is not None]:
        raise RuleError(*problems)


def _compared(counted: pl.DataFrame, matched: pl.DataFrame, spans: pl.DataFrame, tree: _Tree) -> pl.DataFrame:
    """Return whose purchases make up the baseline: for every node that counts now, everything bought at it.

    That is what the buyers that count now bought there at any time, whether or not they were enrolled or matched the
    filter then, and above self also what others bought while the member filter let them through (`matched`).
    """
    columns = [*_AUDIENCE, "span", "member_id"]
    of_buyers = counted.select(*_AUDIENCE, "member_id").unique().join(spans, on="member_id").select(columns)
    every = pl.concat([of_buyers, matched]).unique() if tree.places else of_buyers
    return tree.place(every, spans).join(counted, on=[*_AUDIENCE, "node_id"], how="semi")


def _parts(programs: Sequence[Program], participants: pl.DataFrame) -> pl.DataFrame:
    """Return the buyers of each node whose payout is shared, each with a number of its own as its part."""
    shared = [program.id for program in programs if is_shared(program)]
    return (
        participants.filter(pl.col("program").is_in(shared))
        .select("program", "node_id", "member_id")
        .unique()
        .sort("program", "node_id", "member_id")
        # A buyer may belong to several nodes over time, so its member id alone would not identify a part.
        .with_columns(part=pl.int_range(1, pl.len() + 1).cast(pl.String))
    )


def _payees(
    programs: Sequence[Program],
    counted: pl.DataFrame,
    nodes: Mapping[str, pl.DataFrame],
    attributes: pl.DataFrame,
    as_of: date,
) -> pl.DataFrame:
    """Return who is paid for each buyer and node on the as-of day; the member itself where nobody else is."""
    today = pl.lit(as_of).is_between("valid_from", "valid_to")
    own = attributes.filter(today).select("member_id", pl.lit("payee").alias("pay_to"), paid_id="payee_id")
    paid = [
        own.drop_nulls(),
        *(
            nodes[place].filter(today).select("member_id", pl.lit(place).alias("pay_to"), paid_id="node_id")
            for place in sorted({"parent", "root"} & set(nodes))
        ),
    ]
    pay_to = pl.DataFrame(
        [(program.id, program.pay_to) for program in programs],
        schema={"program": pl.String, "pay_to": pl.String},
        orient="row",
    )
    # Most members are nodes of their own.
    groups = counted.filter(pl.col("node_id") != pl.col("member_id"))
    owners = [counted.select("program", "member_id"), groups.select("program", member_id="node_id")]
    return (
        pl.concat(owners)
        .unique()
        .join(pay_to, on="program")
        .join(pl.concat(paid), on=["member_id", "pay_to"], how="left")
        .select("program", "member_id", payee_id=pl.coalesce("paid_id", "member_id"))
        .sort("program", "member_id")
    )
