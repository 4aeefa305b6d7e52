"""Agreements at random: programs as their files would say them, in every figure, method and provision."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

CATEGORIES, BRANDS = ["brakes", "filters", "belts"], ["Pro", "Base"]
TYPES = ["sale", "return", "credit"]
FREQUENCIES = {"month": ["month"], "quarter": ["month", "quarter"], "half": ["quarter", "half"],
               "program": ["month", "quarter", "program"]}  # fmt: skip
ONE_OF = {"orders": "order", "transactions": "transaction", "products": "product", "quantity": "each"}


def yaml_of(value: object) -> str:
    """Write a value the way a rule file holds it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {yaml_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(yaml_of, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, str) else str(value)


def filters(column: str, values: list[str]) -> SearchStrategy[dict[str, Any]]:
    some = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)
    return st.fixed_dictionaries(
        {}, optional={"include": some.map(lambda v: [{column: v}]), "exclude": some.map(lambda v: [{column: v[:1]}])}
    )


@st.composite
def programs(draw: DrawFn, *, number: int = 0, wide: bool = True) -> dict[str, Any]:
    """Draw a program; `wide`: with groups, provisions and every kind of figure."""
    start = draw(st.dates(date(2025, 12, 1), date(2026, 3, 31)))
    program: dict[str, Any] = {
        "program": f"p{number}", "title": "Law", "reference": "none", "currency": draw(st.sampled_from(["USD", "JPY"])),
        "effective": {"from": start, "to": start + timedelta(days=draw(st.integers(60, 240)))},
        "members": draw(_members()),
        "grace_days": draw(st.sampled_from([0, 0, 10])),
    }  # fmt: skip
    if wide:
        program |= draw(_widths())
    period = draw(st.sampled_from(sorted(FREQUENCIES)))
    names = [f"r{n}" for n in range(draw(st.integers(1, 3)))]
    stack = draw(_stack()) if wide and len(names) > 1 else None
    settle = draw(st.sampled_from(FREQUENCIES[period]))
    shared = draw(_selection())
    rebates = {}
    for name in names:
        rebate = {"period": period, "settle": settle} | (shared if stack else draw(_selection()))
        is_cascade = stack is not None and stack["policy"] == "cascade"
        rebate |= draw(scales(rebate, wide=wide, revenue_only=is_cascade))
        if not is_cascade and draw(st.integers(0, 3)) == 0:
            # Of a cascade all filters are the same.
            rebate |= draw(_audience())
        if stack is not None:
            reduced = {"reduced": draw(st.booleans())} if is_cascade else {}
            rebate["stack"] = {**stack, **reduced}
        rebates[name] = rebate
    if program.get("prorate") == "thresholds":
        _keep_percentages_whole(rebates)
    return program | {"rebates": rebates}


def _keep_percentages_whole(rebates: dict[str, Any]) -> None:
    for rebate in rebates.values():
        figure = rebate.get("qualifier", rebate["measure"])
        if isinstance(figure, dict) and ({"visit_score"} | {k for k in figure if k.endswith("_percent")}) & set(figure):
            rebate["prorate"] = "none"


@st.composite
def _widths(draw: DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {
        "accumulate_at": draw(st.sampled_from(["self", "self", "parent", "root"])),
        "pay_to": draw(st.sampled_from(["self", "parent", "root", "payee"])),
        "prorate": draw(st.sampled_from(["none", "none", "thresholds", "payout"])),
        "fx": draw(st.sampled_from(["activity_date", "period_end", {"fixed": {"EUR": "1.25"}}])),
    }
    if draw(st.integers(0, 3)) == 0:
        found["limits"] = {"per_member": draw(st.integers(1, 400))}
    if draw(st.integers(0, 3)) == 0:
        found["budget"] = draw(st.integers(1, 500))
    if isinstance(found["fx"], dict):
        found["fx"] = {"fixed": {"EUR": 1.25}}
    return found


@st.composite
def _stack(draw: DrawFn) -> dict[str, Any] | None:
    policy = draw(st.sampled_from([None, None, "additive", "best_of", "first_of", "cascade"]))
    return None if policy is None else {"group": "g", "policy": policy}


@st.composite
def _members(draw: DrawFn) -> dict[str, Any]:
    types = draw(filters("type", ["dealer", "distributor", "group"])) if draw(st.booleans()) else {}
    return {"enrolled": draw(st.sampled_from([False, False, False, True])), **types}


@st.composite
def _audience(draw: DrawFn) -> dict[str, Any]:
    found = draw(filters("type", ["dealer", "distributor", "group"]))
    return {"members": found} if found else {}


@st.composite
def _selection(draw: DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw(st.integers(0, 2)) == 0:
        found["products"] = draw(filters("category", CATEGORIES))
    if draw(st.integers(0, 2)) == 0:
        found["transactions"] = draw(filters("type", TYPES))
    if draw(st.integers(0, 2)) == 0:
        found["returns"] = draw(st.sampled_from(["own_day", "with_sale", "with_sale"]))
    return {key: value for key, value in found.items() if value}


@st.composite
def scales(draw: DrawFn, rebate: dict[str, Any], *, wide: bool, revenue_only: bool) -> dict[str, Any]:
    """Draw measure, qualifier, method and tiers."""
    counted = "revenue" if revenue_only else draw(st.sampled_from(["revenue", "quantity", *(ONE_OF if wide else [])]))
    methods = ["all_units", "marginal", "fixed", "each_reached", "sliding", "per_multiple"]
    method = draw(st.sampled_from(methods))
    found: dict[str, Any] = {"measure": counted, "method": method}
    if wide and not revenue_only and draw(st.integers(0, 4)) == 0:
        found["measure"] = draw(figures(rebate["period"], counted, kinds=["growth_amount"]))
    if method not in {"marginal", "sliding"} and draw(st.booleans()):
        kinds = ["growth_amount", "growth_percent"]
        if wide:
            kinds += ["target_percent", "share_percent", "visits", "visit_score", "own"]
        found["qualifier"] = draw(
            figures(rebate["period"], draw(st.sampled_from(["revenue", "quantity"])), kinds=kinds)
        )
        found["qualifier"]["round"] = draw(st.sampled_from([0, 1, 10]))
    if found["measure"] in ["revenue", "quantity"] and rebate["period"] != "program":
        found |= draw(st.sampled_from([{}, {"below_zero": "forget"}, {"below_zero": "carry"}]))
    if '"baseline": "p' in json.dumps(found) or '"average"' in json.dumps(found):
        found |= draw(st.sampled_from([{}, {"compare": "totals"}, {"compare": "like_for_like"}]))
    if wide and draw(st.integers(0, 3)) == 0:
        found["guarantee"] = {"amount": draw(st.integers(1, 50)), "unconditional": draw(st.booleans())}
    if wide and draw(st.integers(0, 3)) == 0:
        found["limits"] = {"per_member": draw(st.integers(50, 300))}
    if "quantity" in json.dumps([found["measure"], found.get("qualifier")]):
        found["unit"] = "each"
    share = counted == "revenue"
    return found | {"tiers": draw(_tiers(method, share=share, unit=ONE_OF.get(counted, "each")))}


@st.composite
def figures(draw: DrawFn, period: str, counted: str, *, kinds: list[str]) -> dict[str, Any]:
    kind = draw(st.sampled_from(kinds))
    if kind == "visits":
        return {"visits": "completed"}
    if kind == "visit_score":
        return {"visit_score": "shelf", "when_missing": draw(st.sampled_from(["skip", "zero", {"value": 100}]))}
    if kind == "own":
        return {"of": counted, "products": {"include": [{"brand": draw(st.sampled_from(BRANDS))}]}}
    policy = draw(st.sampled_from(["skip", "zero", {"value": 100}]))
    found: dict[str, Any] = {kind: counted, "when_missing": policy}
    if kind.startswith("growth"):
        options: list[Any] = ["previous_year", "dataset"]
        options += [] if period == "program" else ["previous_period", {"average": {"periods": 2}}]
        found["baseline"] = draw(st.sampled_from(options))
    if kind == "share_percent":
        found["within"] = {"include": [{"brand": BRANDS}]}
    return found


@st.composite
def _tiers(draw: DrawFn, method: str, *, share: bool, unit: str) -> list[dict[str, Any]]:
    bounds = sorted(draw(st.lists(st.integers(1, 60), min_size=2, max_size=4, unique=True)))
    bounds[0] = min(bounds[0], draw(st.integers(1, 8)))
    tiers = []
    for bound in bounds:
        strict = method != "sliding" and draw(st.booleans())
        tier: dict[str, Any] = {"above" if strict else "from": bound}
        rate = draw(st.integers(100, 2000))
        if method not in {"fixed", "per_multiple"}:
            tier["rate"] = f"{rate / 100:.2f}%" if share else f"{rate / 1000:.3f} per {unit}"
        if method in {"fixed", "per_multiple"} or (method != "sliding" and draw(st.booleans())):
            tier["pays"] = draw(st.integers(1, 80))
        if method == "per_multiple":
            tier["every"] = draw(st.integers(3, 30))
        if method == "all_units" and draw(st.booleans()):
            tier["measure_cap"] = draw(st.integers(1, 500))
        tiers.append(tier)
    return tiers
