"""The rebates of a document: the tiers of each once, and a row for every period, so that paper stays short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.document.widths import column_widths
from reports.page.paper import MOST_MEMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


Row = dict[str, Any]
"""A part of the view of a statement, or of what is made of it."""

AMOUNTS = 4
"""The facts of a position that are amounts of the rebate; they come last, after the tier that is reached."""


def program_view(program: Row, numbers: Mapping[str, int]) -> Row:
    """Return a program as a document shows it.

    `program`: see reports.statement.positions. `numbers`: by anchor, the number of each position in the annex.
    """
    rebates = [_rebate(rebate, numbers) for rebate in program["rebates"]]
    return {"title": program["title"], "reference": program["reference"], "rebates": rebates}


def rebate_widths(programs: Iterable[Row]) -> list[float]:
    """Return the width of each column of amounts, in ems: the same in all tables of `programs`, see program_view."""
    rebates = [rebate for program in programs for rebate in program["rebates"]]
    rows = (row["amounts"] for rebate in rebates for row in rebate["rows"])
    return column_widths((rebate["headings"]["amounts"] for rebate in rebates), rows)


def _rebate(rebate: Row, numbers: Mapping[str, int]) -> Row:
    positions, rest = rebate["positions"], rebate["summary"]
    shared = _shared_notes(positions)
    rows = [_row(position, positions[0], numbers.get(position["anchor"]), shared) for position in positions]
    return {
        "title": rebate["title"],
        "reference": rebate["reference"],
        "ladder": _ladder(positions) if positions else None,
        "headings": _headings(positions, rest),
        "rows": rows + (_closed_rows(rest) if rest else []),
        "notes": [*shared, *(_rest_notes(rest) if rest else [])],
        "buyers": [_buyers(position) for position in positions if position["buyers"]],
    }


def _ladder(positions: Sequence[Row]) -> Row:
    """Return the tiers of the newest period; with bar and standing only where one member alone stands on them."""
    first = positions[0]
    is_alone = sum(position["period"] == first["period"] for position in positions) == 1
    steps = [step if is_alone else step._replace(state="", state_text="") for step in first["ladder"]["steps"]]
    bar = first["ladder"]["bar"] if is_alone and first["is_open"] else None
    return {"method": first["ladder"]["method"], "steps": steps, "bar": bar}


def _headings(positions: Sequence[Row], rest: Row | None) -> Row:
    """Return the headings: of the texts, taken from `rest`, where there is no standing without it, and of the amounts.

    A fact bears its own name: both tables of the page name amounts alike.
    """
    amounts = (
        [name for name, _, _ in positions[0]["facts"][-AMOUNTS:]] if positions else rest["amounts"] if rest else []
    )
    standing = positions[0]["facts"][-AMOUNTS - 1][0] if positions else rest["headings"][1] if rest else ""
    return {"standing": standing, "amounts": amounts}


def _row(position: Row, first: Row, number: int | None, shared: Iterable[str]) -> Row:
    facts, listed = position["facts"], position["transactions"]
    return {
        "member": position["member"],
        "period": position["period"],
        "state": position["state"],
        "is_open": position["is_open"],
        "standing": facts[-AMOUNTS - 1][1],
        "amounts": [value for _, value, _ in facts[-AMOUNTS:]],
        "dates": position["dates"],
        "facts": [[name, value] for name, value, _ in facts[: -AMOUNTS - 1]],
        "counted": _counted(listed, number),
        "next": position["distance"],
        "scale": "" if _scale(position) == _scale(first) else _scale(position),
        "corrections": position["corrections"],
        "notes": [note for note in position["notes"] if note not in shared],
    }


def _counted(listed: Row, number: int | None) -> str:
    """Return how many transactions count and what they add up to, and the number by which the annex names them."""
    title = listed["title"] if number is None else f"{listed['title']} [{number}]"
    return f"{title}, {listed['total_label']} {listed['total']}" if listed["total"] else title


def _scale(position: Row) -> str:
    """Return the tiers in a line: those of a member that takes part for some days only are its own."""
    steps = position["ladder"]["steps"]
    return "; ".join(f"{step.name} {step.bound}: {step.pays}" for step in steps)


def _closed_rows(rest: Row) -> list[Row]:
    """Return the periods that are a line each, with what was corrected in them."""
    return [
        {
            "member": "",
            "period": row["period"],
            "state": "",
            "is_open": False,
            "standing": " · ".join(text for text in (row["about"], (row["statement"] or {}).get("label")) if text),
            "amounts": row["amounts"],
            "dates": "",
            "facts": [],
            "counted": "",
            "next": None,
            "scale": "",
            "corrections": row["corrections"],
            "notes": [],
        }
        for row in rest["rows"]
    ]


def _shared_notes(positions: Sequence[Row]) -> list[str]:
    """Return the notes that all periods have: they are said once."""
    notes = positions[0]["notes"] if positions else []
    return [note for note in notes if all(note in position["notes"] for position in positions)]


def _rest_notes(rest: Row) -> list[str]:
    beside = f"{rest['file_label']} {rest['file']}" if rest["file"] else ""
    return [note for note in (rest["note"], rest["left_out"], beside) if note]


def _buyers(position: Row) -> Row:
    """Return what the members with most add to a figure, and how many further ones there are."""
    buyers = position["buyers"]
    rows = [[row["name"], row["transactions"], row["amount"]] for row in buyers["rows"][:MOST_MEMBERS]]
    return {
        "title": " · ".join(part for part in (buyers["title"], position["member"], position["period"]) if part),
        "columns": buyers["columns"],
        "rows": rows,
        "more": buyers["more_on_paper"],
    }
