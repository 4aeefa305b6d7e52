"""The demo's files as a plain history, and its rule files as plain values, to reckon agreements on by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.oracles.counting import passes
from tests.oracles.demo_files import MEMBERS, PRODUCTS, read, rows_in_force
from tests.oracles.history import (
    Agreed,
    Conversion,
    Edge,
    Enrolment,
    History,
    Indicator,
    Partner,
    Product,
    Rate,
    Sale,
    Visit,
)

PROGRAMS = Path(__file__).parents[2] / "rules" / "programs"


def agreements() -> dict[str, dict[str, Any]]:
    """Read every program of the demo as plain YAML, by its id."""
    found = (YAML(typ="safe").load(path) for path in sorted(PROGRAMS.glob("*.yaml")))
    return {program["program"]: program for program in found if "program" in program}


def history() -> History:
    return History(
        members=[
            Partner(
                m["member_id"], m["type"], m["region"], m["parent_id"] or None, m["payee_id"] or None,
                country=m["country"], status=m["status"],
            )
            for m in MEMBERS.values()
        ],
        products=[Product(p["product_id"], p["category"], p["brand"]) for p in PRODUCTS.values()],
        transactions=[sale(key, row) for key, row in rows_in_force().items()],
        hierarchy=[
            Edge(r["member_id"], r["parent_id"], r["level"], date.fromisoformat(r["from"]), day(r["to"]))
            for r in read("hierarchy.csv")
        ],
        enrolments=[
            Enrolment(r["program"], r["member_id"], day(r["from"]), day(r["to"])) for r in read("enrolments.csv")
        ],
        unit_conversions=[
            Conversion(r["product_id"], r["from_unit"], r["to_unit"], r["factor"]) for r in read("unit_conversions.csv")
        ],
        fx_rates=[
            Rate(r["from_currency"], r["to_currency"], date.fromisoformat(r["rate_date"]), r["rate"])
            for r in read("fx_rates.csv")
        ],
        targets=agreed("targets.csv"),
        baselines=agreed("baselines.csv"),
        visits=[
            Visit(r["visit_id"], r["member_id"], ended(r["actual_end"]), r["status"]) for r in read("visits.csv")
        ],
        visit_kpis=[
            Indicator(
                r["visit_id"], r["kpi"], r["product_id"] or None, r["kind"], r["target"] or None, r["actual"] or None
            )
            for r in read("visit_kpis.csv")
        ],
    )  # fmt: skip


def concerning(program: dict[str, Any], of: History) -> History:
    """Leave out who is never in a program, unless it stands above one who is, and what they bought."""
    inside = {m.member_id for m in of.members if passes(program.get("members"), m._asdict())}
    edges = [edge for edge in of.hierarchy if edge.member_id in inside]
    above = {edge.parent_id for edge in edges}
    edges += [edge for edge in of.hierarchy if edge.member_id in above - inside]
    known = inside | above | {edge.parent_id for edge in edges}
    return replace(
        of,
        members=[m for m in of.members if m.member_id in known],
        transactions=[t for t in of.transactions if t.member_id in inside],
        hierarchy=edges,
    )


def sale(key: tuple[str, ...], row: dict[str, str]) -> Sale:
    return Sale(
        "-".join(key), row["dealer_no"], row["product_id"], date.fromisoformat(row["activity_date"]),
        date.fromisoformat(row["booked_on"]), row["type"], row["quantity"], row["unit"], row["amount"],
        row["currency"], row["order_id"], row["channel"],
    )  # fmt: skip


def agreed(name: str) -> list[Agreed]:
    return [Agreed(r["program"], r["rebate"], r["member_id"], r["period"], r["value"]) for r in read(name)]


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def ended(text: str) -> date | None:
    return datetime.fromisoformat(text).date() if text else None
