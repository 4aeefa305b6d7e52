"""The panel of a member: figures worked out by hand, for people in eighty columns, for programs, and every night."""

from __future__ import annotations

import json
import shutil
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from pipelines.books.runs import Run
from pipelines.dry_run import dry_run
from pipelines.panel.nightly import write_nightly
from pipelines.panel.panel import panel, write_panel
from pipelines.panel.text import TERMINAL, panel_text
from pipelines.publish.presentation import language_for
from pipelines.stages import run_all
from pipelines.workspace.configuration import open_workspace
from schemas.errors import BooksError
from tests.pipelines.panel.conftest import DAY, HEADER, fill

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

pytestmark = pytest.mark.sampled(5, of="module")

LAST_YEAR = """\
11,B,P,2025-07-20,2025-07-20,sale,10,piece,1000.00,USD
12,B,P,2025-09-20,2025-09-20,sale,10,piece,500.00,USD
"""


def rows(workspace: Workspace, member: str, name: str) -> list[dict[str, Any]]:
    return list(panel(workspace, member).tables[name].frame.iter_rows(named=True))


def test_without_last_year_the_run_rate_is_projected(workspace: Workspace) -> None:
    [row] = rows(workspace, "A", "open")
    # 950 in 32 of 92 days are 2,731.25 in all of them, of which the first tier pays 10 %; as it stands nothing is paid.
    assert [row[name] for name in ("earned", "projected", "low", "high", "method")] == [
        Decimal(0), Decimal("273.13"), Decimal(0), Decimal("273.13"), "run rate",
    ]  # fmt: skip
    assert (row["next_tier"], row["short"], row["short_quantity"], row["brings"]) == (1, 50, 1, 100)
    [closed] = rows(workspace, "A", "closed")
    assert (closed["period"], closed["tier"], closed["earned"]) == ("2026-Q2", 1, Decimal(199))
    [year] = rows(workspace, "A", "year_end")
    assert list(year.values()) == ["USD", Decimal(199), Decimal("472.13"), Decimal(199), Decimal("472.13")]
    assert [row["period"] for row in rows(workspace, "A", "not_begun")] == ["2026-Q4"]


def test_with_last_year_its_season_is_projected_beside_the_run_rate(tmp_path: Path) -> None:
    workspace = fill(tmp_path)
    (tmp_path / "extracts" / "tx-0.csv").write_text(HEADER + LAST_YEAR, encoding="utf-8")
    run_all(workspace, Run(DAY))
    [row] = rows(workspace, "B", "open")
    # 4,000 grown as 1,000 grew to 1,500 are 6,000, at 12 %; by the days 11,500.
    assert [row[name] for name in ("projected", "low", "high", "method")] == [720, 720, 1380, "last year"]


def test_people_see_lines_of_eighty_columns(workspace: Workspace, tmp_path: Path) -> None:
    made = panel(workspace, " A ")
    text = panel_text(made.shown(TERMINAL))
    assert max(map(cell_len, text.splitlines())) <= 80
    for told in (
        "株式会社アルファ",
        "95 % of the way, 50.00 USD missing to tier 1",
        "brings 100.00 USD",
        "········█·▃·",
        "472.13",
    ):
        assert told in " ".join(text.split())
    write_panel(made, tmp_path / "a.html", workspace, language_for(workspace))
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "株式会社アルファ &lt;b&gt;" in page
    assert "<script" not in page
    assert "http" not in page


def test_rebates_in_which_nothing_was_counted_yet_are_listed(workspace: Workspace, tmp_path: Path) -> None:
    later = shutil.copytree(workspace.root, tmp_path / "later")
    run_all(open_workspace(later), Run(date(2026, 10, 2)))
    [row] = rows(open_workspace(later), "A", "eligible")
    assert (row["program"], row["rebate"], row["period"]) == ("deal", "only", "2026-Q4")
    assert rows(workspace, "A", "eligible") == []


def test_who_takes_no_part_has_no_panel(workspace: Workspace) -> None:
    with pytest.raises(BooksError, match="Z is no member"):
        panel(workspace, "Z")


@pytest.mark.long
def test_it_is_the_same_where_the_run_made_no_forecast(workspace: Workspace, tmp_path: Path) -> None:
    bare = fill(tmp_path / "bare")
    text = bare.config_text.replace("accruals:", "# accruals:")
    (bare.root / "rebatch.yaml").write_text(text, encoding="utf-8")
    run_all(open_workspace(bare.root), Run(DAY))
    other, same = (panel(open_workspace(root), "B").tables for root in (bare.root, workspace.root))
    assert all(other[name].frame.equals(same[name].frame) for name in same if name != "member")


def test_every_night_what_changed_is_written(workspace: Workspace, tmp_path: Path) -> None:
    nightly = fill(tmp_path / "nightly", "panels: {nightly: true}\n")
    dry_run(nightly, Run(DAY))
    assert not nightly.panels_dir.exists()
    run_all(nightly, Run(DAY))
    files = {path.name: path.read_bytes() for path in nightly.panels_dir.iterdir()}
    assert sorted(name.partition("-")[0] for name in files) == ["a", "a", "b", "b", "c", "c"]
    [name] = [name for name in files if name.startswith("b-") and name.endswith(".json")]
    shown = {table: made.rows() for table, made in panel(nightly, "B").tables.items()}
    assert json.loads(files[name]) == shown
    assert write_nightly(nightly) == 0
    (nightly.panels_dir / "gone-0123456789ab.html").write_text("of a member that left")
    (nightly.panels_dir / name).write_text("half")
    assert write_nightly(nightly) == 2
    assert {path.name: path.read_bytes() for path in nightly.panels_dir.iterdir()} == files
    without, with_panels = (next((root / "out").iterdir()) for root in (workspace.root, nightly.root))
    assert (without / "payout_lines.csv").read_bytes() == (with_panels / "payout_lines.csv").read_bytes()


@pytest.mark.long
def test_panels_alone_accrue_nothing(tmp_path: Path) -> None:
    workspace = fill(tmp_path, "panels: {nightly: true}\n")
    text = workspace.config_text.replace("accruals:", "# accruals:")
    (tmp_path / "rebatch.yaml").write_text(text, encoding="utf-8")
    results = run_all(open_workspace(tmp_path), Run(date(2026, 8, 1)))
    assert "accrual" not in next(each.counts for each in results if each.stage == "settle")
    assert len(list((tmp_path / "panels").iterdir())) == 6
