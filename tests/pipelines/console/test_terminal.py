from __future__ import annotations

import io
import sys
import time
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from rich.console import Console

from pipelines.console import bars, progress, terminal
from pipelines.console.stage_progress import Silent
from pipelines.console.tables import Table
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable


def test_tables_have_their_title_and_no_markup_of_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show([Table("a", "Rows in", pl.DataFrame({"data_set": ["[bold]x[/]"], "rows": [1234]}))])
    shown = capsys.readouterr().out
    assert shown.startswith("Rows in")
    assert "[bold]x[/]" in shown
    assert "1,234" in shown
    assert "data set" in shown


def test_an_empty_table_says_none(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show([Table("a", "Rejects", pl.DataFrame({"x": []}))])
    assert capsys.readouterr().out == "Rejects: none\n"


def test_problems_go_to_standard_error_one_a_line_whole(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    terminal.show_problems([Problem(long, "do that", at=Place("[a].yaml", 3, 4))])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"error: [a].yaml:3:4: {long} → do that\n"


def test_nothing_moves_where_nobody_looks() -> None:
    with progress.progress() as listener:
        assert isinstance(listener, Silent)


def test_bars_show_stage_count_and_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(bars, "margin", lambda: Console(file=screen, force_terminal=True, width=100))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.progress() as listener:
        listener.start("stage", 4000)
        listener.advance(1500)
        listener.advance(2500)
        listener.end()
        time.sleep(0.3)
        listener.start("rate", None)
        listener.end()
    shown = screen.getvalue()
    assert "stage" in shown
    assert "4000/4000" in shown
    assert "/s" in shown
    assert "0.3 s" not in shown
    assert "rate" in shown


def _wide(rows: int) -> Table:
    values = {f"column_{n}": ["x" * 20 if n else ""] * rows for n in range(9)}
    return Table("wide", "Wide", pl.DataFrame(values))


def test_few_rows_that_are_too_wide_are_lists_of_what_they_hold(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show([_wide(1)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Wide"
    assert lines[1].split() == ["column", "1", "x" * 20]
    assert len(lines) == 9


def test_many_rows_that_are_too_wide_keep_one_line_each_in_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)  # a test run beside may state a width
    terminal.show([_wide(30)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.count("x" * 20) for line in lines[-30:]] == [8] * 30
    assert all(line == line.rstrip() for line in lines)


IDS = [f"T-{n:016}" for n in range(4)]
FIGURES = [f"{n},234,567.89" for n in range(1, 5)]


def _mixed(places: int) -> Table:
    """Make a table of ids, figures of `places` columns, and a remark that may be wrapped."""
    amounts = {f"amount_{n}": [Decimal(f"{row}234567.89") for row in range(1, 5)] for n in range(places)}
    frame = pl.DataFrame({"transaction_id": IDS, **amounts, "remark": ["what was agreed on the day"] * 4})
    return Table("t", "Mixed", frame)


def _words(lines: Iterable[str]) -> set[str]:
    return {word for line in lines for word in line.split()}


@pytest.mark.parametrize("width", [80, 100, 120, 200])
@pytest.mark.parametrize("places", range(1, 12))
def test_no_figure_and_no_id_is_ever_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, places: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    terminal.show([_mixed(places)])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert _words(lines) >= {*IDS, *FIGURES, "agreed"}
    shown = [word for line in lines for word in line.split() if word in FIGURES]
    assert len(shown) == 4 * places


@pytest.mark.parametrize(("places", "lines"), [(3, 4 + 4 * 3), (4, 5 + 4), (5, 5 + 4 * 2)])
def test_below_the_width_it_needs_a_table_has_two_lines_a_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, places: int, lines: int
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    terminal.show([_mixed(places)])
    assert len(capsys.readouterr().out.splitlines()) == lines


def test_a_table_that_fits_is_written_line_by_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A grid takes 1.5 ms a row: ten seconds for the balances of 2,000 payees.
    monkeypatch.setattr(terminal, "Grid", None)
    frame = pl.DataFrame({"payee_id": [f"M-{n}" for n in range(2_000)], "open": range(2_000)})
    terminal.show([Table("balance", "What is open", frame)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == ["What is open", "", " payee id    open", " " + "─" * 16, " M-0            0"]
    assert lines[-1] == " M-1999     1,999"
    assert len(lines) == 2_004


PAYOUTS = pl.DataFrame(
    {
        "payout_id": ["2026-11-USD-48fe263e80ab", "2026-11-JPY-be976549ac3b", "2026-11-EUR-965a333d4cd4"],
        "payee": ["Kyōto 株式会社", "M-0002", "M-0003"],
        "status": ["draft", "draft", "draft"],
        "note": ["", "", ""],
        "amount": [Decimal("9777.48"), Decimal("39329.00"), Decimal("11158.39")],
        "programs": ["distributor-partnership, distributor-terms-2026, volume-2026", "japan-wholesale", ""],
        "reference": ["agreed by telephone on the day before the fair of autumn" * 2, "", "RP-1"],
    }
)
IN_TWO_LINES = """
Payouts
   status draft

 payout id                  payee               amount
 ─────────────────────────────────────────────────────
 2026-11-USD-48fe263e80ab   Kyōto 株式会社    9,777.48
   programs distributor-partnership, distributor-terms-2026, volume-2026
   reference agreed by telephone on the day before the fair of autumnagreed by
   telephone on the day before the fair of autumn
 2026-11-JPY-be976549ac3b   M-0002           39,329.00
   programs japan-wholesale
 2026-11-EUR-965a333d4cd4   M-0003           11,158.39
   reference RP-1
"""


def test_what_is_the_same_is_told_once_and_the_widest_texts_stand_below_their_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    terminal.show([Table("payouts", "Payouts", PAYOUTS)])
    assert capsys.readouterr().out == IN_TWO_LINES.removeprefix("\n")


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"file": ["y" * 90] * 3, "column": ["amount", "day", "unit"]}),
        pl.DataFrame({"file": ["a", "b", "c"], "original": [f"{'z' * 90}\n{n}" for n in range(3)]}),
    ],
    ids=["a first column wider than the page", "cells of several lines"],
)
def test_what_does_not_fit_into_two_lines_is_a_list_of_what_each_row_holds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, frame: pl.DataFrame
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    terminal.show([Table("rejects", "Refused", frame)])
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith(" file") for line in lines) == 3
    assert max(map(len, lines)) <= 80


ORIGINAL = ",".join(["T000003834", "2024-12-25", *FIGURES[:1], "101.123456", "O-20082-16", "counter", "x" * 30, "USD"])


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_row_of_an_extract_is_broken_between_its_cells(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    terminal.show([Table("rejects", "Refused", pl.DataFrame({"file": ["y" * (width // 2)], "original": [ORIGINAL]}))])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    # Every line after the first of the record goes on where a cell of the row begins.
    shown = [line.split()[-1] for line in lines[2:]]
    assert "".join(shown) == ORIGINAL
    assert all(line.endswith(",") for line in shown[:-1])
    assert (len(shown) > 1) == (width < 120)


def test_people_are_shown_the_first_rows_of_a_list_and_programs_all(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("rows", "Rows", pl.DataFrame({"name": [f"n{number}" for number in range(5)]}))
    terminal.show([table], most=3)
    shown = capsys.readouterr().out
    assert "n2" in shown
    assert "n3" not in shown
    assert "2 more; `--json` lists all" in shown
    terminal.show([table], most=5)
    assert "more" not in capsys.readouterr().out
    terminal.show([table], most=3, as_json=True)
    assert "n4" in capsys.readouterr().out
