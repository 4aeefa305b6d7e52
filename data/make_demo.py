"""Make the demo of Rayler Parts: members, products, two years of transactions, visits; in any size.

The same seed gives the same files, to the byte. The committed demo is `python data/make_demo.py`; a large one,
`python data/make_demo.py --rows 20_000_000 --format parquet --out /tmp/large`.
"""

from __future__ import annotations

import enum
import os
from pathlib import Path
from typing import Annotated

import typer
from demo_maker import goods, partners
from demo_maker.files import write_csv, write_parquet, write_table
from demo_maker.records import small_extracts
from demo_maker.sales import Market
from demo_maker.visits import visit_extracts
from demo_maker.workspace import LOGO, workspace_text

HERE = Path(__file__).resolve().parent
RULES = HERE.parent / "rules"


class Format(enum.StrEnum):
    """The format of the transactions; the small extracts are always CSV."""

    CSV = "csv"
    PARQUET = "parquet"


def make(folder: Path, market: Market, *, file_format: Format, rules: str, visits: str = "../../rules/visits") -> int:
    """Write a workspace to `folder` and return the number of its transactions, broken ones included."""
    extracts = folder / "extracts"
    extracts.mkdir(parents=True, exist_ok=True)
    for name, table in (small_extracts(market) | visit_extracts(market)).items():
        write_table(extracts / f"{name}.csv", table)
    is_parquet = file_format is Format.PARQUET
    text = workspace_text(rules=rules, visits=visits, is_parquet=is_parquet)
    (folder / "brand").mkdir(exist_ok=True)
    for name, content in {"rebatch.yaml": text, "brand/logo.svg": LOGO}.items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
    return sum((write_parquet if is_parquet else write_csv)(extracts, market))


def main(
    out: Annotated[Path, typer.Option(help="The workspace to make.")] = HERE / "demo",
    rows: Annotated[str, typer.Option(help="How many transactions; 20_000_000 is understood.")] = "50_000",
    file_format: Annotated[Format, typer.Option("--format", help="Of the transactions.")] = Format.CSV,
    members: Annotated[int, typer.Option(min=partners.FEWEST, help="How many partners.")] = partners.FEWEST,
    products: Annotated[int, typer.Option(min=goods.FEWEST, help="How many products.")] = goods.FEWEST,
    seed: Annotated[int, typer.Option(help="Another seed, another demo.")] = 2026,
) -> None:
    """Make the demo workspace, or one like it in any size."""
    try:
        count = int(rows)
    except ValueError:
        message = f"{rows!r} is not a whole number"
        raise typer.BadParameter(message, param_hint="--rows") from None
    market = Market(partners.partners(members, seed=seed), goods.goods(products, seed=seed), count, seed)
    rules, visits = (Path(os.path.relpath(RULES / name, out.resolve())).as_posix() for name in ("programs", "visits"))
    made = make(out, market, file_format=file_format, rules=rules, visits=visits)
    print(f"{made:,} transactions of {members:,} members in {out}")


if __name__ == "__main__":
    typer.run(main)
