"""Nothing of others lies among our files: schemas, fonts, scripts and code come from pinned packages at install."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pipelines

ROOT = Path(pipelines.__file__).resolve().parents[1]
SUFFIXES = {".py", ".sql", ".yaml", ".csv", ".md", ".css", ".j2", ".js", ".typ", ".po", ".typed"}
"""What we write ourselves: a kind of file that is none of these needs a decision first."""
NOTICE = re.compile(
    rb"copyright\s+(\(c\)|\xc2\xa9|[0-9])|spdx-license|licen[sc]ed under|all rights reserved", re.IGNORECASE
)


def ours(*folders: str) -> list[Path]:
    files = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    return sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts)


def test_the_packages_hold_only_kinds_of_files_we_write_ourselves() -> None:
    found = ours("pipelines", "rules", "reports", "schemas")
    assert [str(path.relative_to(ROOT)) for path in found if path.suffix not in SUFFIXES] == []


def test_no_file_bears_the_notice_of_another() -> None:
    found = [path for path in ours("pipelines", "rules", "reports", "schemas", "tests") if path != Path(__file__)]
    assert [str(path.relative_to(ROOT)) for path in found if NOTICE.search(path.read_bytes())] == []


@pytest.mark.parametrize(
    "text",
    ["Copyright (c) 2017 Some One", "Copyright © Some One", "SPDX-License-Identifier: MIT", "Licensed under the"],
)
def test_a_notice_is_known_when_it_is_there(text: str) -> None:
    assert NOTICE.search(text.encode())
