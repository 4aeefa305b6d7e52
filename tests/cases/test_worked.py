from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from rules.compiled.filters import matches
from rules.language.yaml_text import parse_yaml, written
from rules.loading.load import read_programs
from tests.posting import post_run

if TYPE_CHECKING:
    from collections.abc import Callable

BOOK: Any = parse_yaml((Path(__file__).parent / "worked.yaml").read_text(encoding="utf-8"), "worked.yaml").value
CASES = [pytest.param(scale, case, id=case["id"]) for scale in BOOK["scales"] for case in scale["cases"]]


@pytest.mark.parametrize(("scale", "case"), CASES)
def test_the_example_pays_what_its_source_says(paid: Callable[..., Any], scale: Any, case: Any) -> None:
    figures = [{"measure": case["measure"]}, {"measure": case.get("before", case["measure"])}]
    (_, _, now), (_, _, before) = paid(scale, figures)
    expected = [case[key] for key in ("pays", "pays_before", "taken_back") if key in case]
    found = {"pays": now, "pays_before": before, "taken_back": before - now}
    assert [found[key] for key in ("pays", "pays_before", "taken_back") if key in case] == expected


def test_only_the_filtered_product_counts(paid: Callable[..., Any]) -> None:
    example = BOOK["product_filter"]
    text = f"""
program: case
title: Case
reference: the source of the case
currency: EUR
effective: {{from: 2026-01-01, to: 2026-12-31}}
rebates:
  scale:
    products: {{include: [{{product_id: {example["include"]}}}]}}
    period: year
    measure: revenue
    method: all_units
    tiers: [{{from: 0, rate: {example["rate"]}}}]
"""
    [program] = read_programs({"case.yaml": text})
    lines = pl.DataFrame({"product_id": list(example["lines"]), "amount": list(example["lines"].values())})
    revenue = lines.filter(matches(program.rebates["scale"].products))["amount"].sum()
    scale = {"method": "all_units", "tiers": [{"from": 0, "rate": example["rate"]}]}
    [(_, payout, _)] = paid(scale, [{"measure": Decimal(revenue)}])
    assert payout == example["pays"]


def test_stacked_rebates_pay_by_the_order_of_the_file(tmp_path: Path) -> None:
    stacks = BOOK["stacks"]
    extracts = {
        "members": "member_id,name\nM,Member\n",
        "products": "product_id,name\nP,Pad\n",
        "transactions": "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,"
        f"currency\n1,M,P,2026-05-01,2026-05-01,sale,1,each,{stacks['revenue']},USD\n",
    }
    sources = "".join(f"  - {{data_set: {name}, path: {name}.csv, format: csv}}\n" for name in extracts)
    files = {f"{name}.csv": text for name, text in extracts.items()}
    files["rebatch.yaml"] = f"name: Stacks\ncurrency: USD\nsources:\n{sources}"
    for case in stacks["cases"]:
        name = case["id"].lower()
        deals = "".join(f"  {deal}: {stacked(stacks['deals'][deal])}\n" for deal in case["pays"])
        files[f"rules/{name}.yaml"] = (
            f"program: {name}\ntitle: {name}\nreference: {stacks['source']}\ncurrency: USD\n"
            f"effective: {{from: 2026-01-01, to: 2026-12-31}}\nrebates:\n{deals}"
        )
    (tmp_path / "rules").mkdir()
    for path, text in files.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    post_run(open_workspace(tmp_path), Run(date(2027, 1, 1)))
    with connect(open_workspace(tmp_path), read_only=True) as connection:
        posted = read(connection, "SELECT program, rebate, amount FROM ledger").rows()
    owed = [(case["id"].lower(), deal, pays) for case in stacks["cases"] for deal, pays in case["pays"].items()]
    assert sorted(posted) == sorted(owed)


def stacked(deal: Any) -> str:
    """Write a deal of the examples as a rebate."""
    stack = ", ".join(f"{key}: {written(value)}" for key, value in deal.get("stack", {}).items())
    more = f", stack: {{{stack}}}" if stack else ""
    return f"{{period: year, measure: revenue, method: all_units, tiers: [{{from: 0, rate: {deal['rate']}}}]{more}}}"


def test_every_example_is_run_or_left_out_with_a_reason() -> None:
    run = {case["id"].split("/")[0] for scale in BOOK["scales"] for case in scale["cases"]}
    stacks = {case["id"] for case in BOOK["stacks"]["cases"]}
    left_out = [name for entry in BOOK["left_out"] for name in entry["ids"]]
    assert all(entry["reason"] for entry in BOOK["left_out"])
    assert len({*run, BOOK["product_filter"]["id"], *stacks, *left_out}) == 29
