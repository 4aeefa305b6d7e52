"""A workspace whose statements can be sent, and a mail server on this machine that takes them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.books.runs import Run
from pipelines.console.stage_progress import Silent
from pipelines.documents.make import make_documents
from pipelines.stages import run_all
from pipelines.workspace.configuration import create_workspace, open_workspace
from tests.cli.conftest import rebatch
from tests.conftest import AS_OF
from tests.pipelines.mail.dying_server import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import BuiltOnce

__all__ = ["rebatch"]

ONE, TWO = "D-001", "D-002"
MAIL = """\
mail:
  {host: 127.0.0.1, port: 1, tls: none, per_minute: 6000, to_domains: [d.example], sender: Sample <us@sample.example>}
"""


@pytest.fixture(scope="session")
def sendable(built_once: BuiltOnce) -> Path:
    """The sample, run once, with addresses and the section `mail:`, and its statements made; nothing is sent yet."""
    return built_once("sendable", build)


def build(root: Path) -> None:
    create_workspace(root)
    config, members = root / "rebatch.yaml", root / "extracts" / "members.csv"
    config.write_text(config.read_text(encoding="utf-8") + MAIL, encoding="utf-8")
    head, *rows = members.read_text(encoding="utf-8").splitlines()
    lines = [f"{head},email", *(f"{row},{row.split(',')[0].lower()}@d.example" for row in rows)]
    members.write_text("\n".join(lines) + "\n", encoding="utf-8")
    run_all(open_workspace(root), Run(AS_OF))
    make_documents(open_workspace(root), None, Silent())


@pytest.fixture
def books(sendable: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sendable, tmp_path / "books", symlinks=True))


@pytest.fixture
def server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()
