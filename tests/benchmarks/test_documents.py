"""What a statement as PDF takes: those of the demo, beside a plain tagged document of two pages with the same fonts.

Prints CPU time and the ratio; asserts how long and how large the documents are, never how long they take. `make bench`
shows it.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
import typst
from pypdf import PdfReader

from pipelines.documents.fonts import font_folders
from pipelines.documents.look import look_of
from pipelines.documents.typesetter import STANDARDS, Job, typeset
from pipelines.publish.statement_views import published_run, published_statements, shown_again
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import open_workspace
from reports.document.document import document_data

if TYPE_CHECKING:
    from pathlib import Path

PEER = """\
#set document(title: "A plain document", date: datetime(year: 2026, month: 11, day: 23))
#set text(font: ("Noto Sans CJK JP", "Noto Sans"), size: 8pt, lang: "en")
#let rows = json(bytes(sys.inputs.at("data")))
= A plain document
#table(columns: (1fr,) * 6, table.header(..range(6).map(str)), ..rows.flatten())
"""
ROWS = 70


def seconds_of_peer(folder: Path, count: int) -> float:
    """Return the CPU of so many plain documents, each with other texts."""
    (folder / "peer.typ").write_text(PEER, encoding="utf-8")
    fonts = [str(each) for each in font_folders()]
    compiler = typst.Compiler(str(folder / "peer.typ"), font_paths=fonts, ignore_system_fonts=True)
    began = 0.0
    for number in range(-1, count):
        rows = [[f"{number} {row} {column}" for column in range(6)] for row in range(ROWS)]
        compiler.compile(sys_inputs={"data": json.dumps(rows)}, format="pdf", pdf_standards=STANDARDS)
        # The first one reads the fonts.
        began = time.process_time() if number < 0 else began
    return time.process_time() - began


@pytest.mark.long
def test_statements_of_the_demo_beside_a_plain_document(
    demo_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = open_workspace(demo_run)
    with connect(workspace) as connection:
        run = published_run(connection)
        published = published_statements(workspace, run)
        with look_of(workspace, run.as_of) as look:
            views = list(shown_again(connection, workspace, published, list(published)))
            jobs = [
                Job(each.payee_id, document_data(each.view, look.sheet), tmp_path / f"{n}.pdf", look.folder)
                for n, each in enumerate(views)
            ]
            typeset(jobs[0])
            began = time.process_time()
            assert [done.flaw for done in map(typeset, jobs) if done.flaw] == []
            taken = time.process_time() - began
    peer = seconds_of_peer(tmp_path, len(jobs))
    pages = [len(PdfReader(job.target).pages) for job in jobs]
    sizes = [job.target.stat().st_size for job in jobs]
    assert sum(pages) <= 4 * len(jobs)
    assert max(pages) <= 8
    assert sum(sizes) < 130_000 * len(jobs)
    said = f"{taken / len(jobs) * 1000:.0f} ms of CPU each, {taken / peer:.2f} x a plain document of two pages"
    with capsys.disabled():
        print(f"\n{len(jobs)} statements, {sum(pages) / len(jobs):.1f} pages: {said}")  # noqa: T201
