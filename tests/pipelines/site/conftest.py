"""The sites of the demo and of the sample: to look at, not to change."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipelines.console.stage_progress import Silent
from pipelines.site.build import build_site
from pipelines.workspace.configuration import open_workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def demo_site(demo_run: Path) -> Path:
    """The workspace of the demo with its site."""
    assert build_site(open_workspace(demo_run), Silent()).problems == ()
    return demo_run


@pytest.fixture
def books(booked: Path, tmp_path: Path) -> Path:
    """A copy of the sample's books, to change."""
    return shutil.copytree(booked, tmp_path / "books")
