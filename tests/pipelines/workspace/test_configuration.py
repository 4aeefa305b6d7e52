from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pipelines.books.runs import Run
from pipelines.intake.extract import extract
from pipelines.intake.stage import stage
from pipelines.workspace.configuration import create_workspace, open_workspace, read_config
from schemas.errors import WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path

LEAST = "name: Test\ncurrency: USD\n"
SOURCE = LEAST + "sources:\n  - data_set: transactions\n    path: extracts/t.csv\n    format: csv\n"


def problems(text: str) -> list[str]:
    with pytest.raises(WorkspaceError) as caught:
        read_config(text, "rebatch.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_what_is_not_said_has_a_default() -> None:
    config = read_config(SOURCE, "rebatch.yaml")
    assert (config.max_rejects, config.payouts.due_days, config.ids.case, config.rules) == (
        Decimal("0.01"),
        30,
        "keep",
        "rules",
    )
    source = config.sources[0]
    assert (source.source, source.encoding, source.delimiter, source.returns) == ("main", "utf-8", ",", "negative")
    assert not source.is_optional


def test_visits_are_optional_unless_said_otherwise() -> None:
    visits = SOURCE.replace("transactions", "visits")
    assert read_config(visits, "f").sources[0].is_optional
    assert not read_config(visits + "    optional: false\n", "f").sources[0].is_optional


def test_all_problems_come_at_once_with_their_places() -> None:
    text = (
        "name: Test\ncurency: USD\nmax_rejects: 1\nsources:\n  - data_set: transaction\n    path: ../x.csv\n"
        "    format: csv\n    roudn: {amount: 2}\n"
    )
    assert [problem.split(" → ")[0] for problem in problems(text)] == [
        "rebatch.yaml:1:1: 'currency' is missing",
        "rebatch.yaml:2:1: the key 'curency' is not known",
        "rebatch.yaml:3:14: max_rejects cannot be 1",
        "rebatch.yaml:5:15: sources.0.data_set cannot be 'transaction'",
        "rebatch.yaml:6:11: sources.0.path cannot be '../x.csv'",
        "rebatch.yaml:8:5: the key 'roudn' is not known",
    ]
    assert "did you mean 'currency'?" in problems(text)[1]


@pytest.mark.parametrize(
    ("line", "todo"),
    [
        ("encoding: base64", "write a text encoding that Python knows"),
        ("encoding: nonsense", "write a text encoding that Python knows"),
        ("delimiter: ab", "String should match pattern"),
        ("date_format: '%Y'", "write a pattern with year, month and day"),
        ("columns: {load_seq: x}", "give load_seq another name"),
        ("columns: {rebatch_x: x}", "give rebatch_x another name"),
        ("constants: {line: x}", "give line another name"),
        ('constants: {unit: "a\\x1fb"}', "write it without control characters"),
        ("round: {unit: 2}", "unit cannot be rounded to 2 decimals"),
        ("round: {amount: 5}", "amount cannot be rounded to 5 decimals"),
        ("decimal_mark: ','", "state a delimiter other than the decimal mark"),
        ("columns: {unit: u}; constants: {unit: v}", "not both"),
        ("round: {amount: 2}", "round: is for floats of Parquet"),
    ],
)
def test_a_source_that_cannot_be_meant_is_refused(line: str, todo: str) -> None:
    kind = "parquet" if line.startswith("round") and todo[0] != "r" else "csv"
    text = SOURCE.replace("csv\n", f"{kind}\n") + "".join(f"    {part}\n" for part in line.split("; "))
    (problem,) = problems(text)
    assert todo in problem


@pytest.mark.parametrize("path", ["/etc/x.csv", "../x.csv", "a/../../x.csv", "", "a\\\\..\\\\b"])
def test_a_source_stays_inside_the_workspace(path: str) -> None:
    (problem,) = problems(SOURCE.replace("extracts/t.csv", f'"{path}"'))
    assert "below the workspace" in problem


def test_constants_are_the_text_a_file_would_hold() -> None:
    text = SOURCE + "    constants: {a: 007, b: 1.50, c: true, d: 2026-01-31, e: NO}\n"
    assert read_config(text, "f").sources[0].constants == {
        "a": "007",
        "b": "1.50",
        "c": "true",
        "d": "2026-01-31",
        "e": "NO",
    }


def test_an_unknown_currency_is_refused() -> None:
    assert "the currency 'USX' is not known" in problems("name: x\ncurrency: USX\n")[0]


def test_the_same_files_are_not_read_twice() -> None:
    twice = SOURCE + SOURCE.partition("sources:\n")[2]
    assert problems(twice) == [
        (
            "rebatch.yaml:7:5: this data set is read twice from the same files → keep one of them, or give them "
            "different `source:` names"
        )
    ]


def test_no_workspace_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="there is no workspace here"):
        open_workspace(tmp_path / "nowhere")
    (tmp_path / "rebatch.yaml").write_bytes(b"name: \xff")
    with pytest.raises(WorkspaceError, match="not UTF-8 at byte 6"):
        open_workspace(tmp_path)


def test_a_new_workspace_works_at_once(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "new")
    run = Run(date(2026, 11, 23))
    extract(workspace, run)
    assert stage(workspace, run).counts == {
        "read": 13,
        "loaded": 13,
        "duplicate": 0,
        "superseded": 0,
        "rejected": 0,
        "files": 3,
    }


def test_nothing_is_overwritten_by_a_new_workspace(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="there is something here already"):
        create_workspace(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


ACCOUNTS = 'accruals: {accounts: {expense: 4100, accrued: "2150", payable: %s}}\n'


def test_accounts_are_texts_or_numbers() -> None:
    config = read_config(LEAST + ACCOUNTS % '"0021-00.7"', "f")
    assert config.accruals is not None
    assert config.accruals.accounts.model_dump() == {"expense": "4100", "accrued": "2150", "payable": "0021-00.7"}
    assert read_config(LEAST, "f").accruals is None


@pytest.mark.parametrize(
    ("payable", "found", "todo"),
    [
        ("4100", "accruals.accounts cannot be", "name three different accounts"),
        ('"=1+1"', "accruals.accounts.payable cannot be '=1+1'", "match pattern"),
        ('""', "accruals.accounts.payable cannot be ''", "match pattern"),
    ],
)
def test_accounts_that_cannot_be_told_apart_or_written_are_refused(payable: str, found: str, todo: str) -> None:
    [problem] = problems(LEAST + ACCOUNTS % payable)
    assert problem.startswith("rebatch.yaml:3:")
    assert found in problem
    assert todo in problem


def test_every_account_must_be_named() -> None:
    assert "'payable' is missing" in problems(LEAST + 'accruals: {accounts: {expense: "1", accrued: "2"}}\n')[0]
