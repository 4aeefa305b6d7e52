"""Statements as PDF: what the page says, the same bytes, each whole or not at all, and one payee's fault is its own."""

from __future__ import annotations

import json
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from pipelines.audit.verify import holds, verify
from pipelines.books.runs import Run
from pipelines.console.stage_progress import Silent, StageResult
from pipelines.documents import workers
from pipelines.documents.index import INDEX
from pipelines.documents.make import Documents, document_name, make_documents
from pipelines.publish.statement_views import published_run, published_statements, shown_again
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import create_workspace, open_workspace
from pipelines.workspace.files import PART
from reports.statement.tier_table import Step
from schemas.errors import BooksError, WorkspaceError
from tests.conftest import AS_OF, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reports.statement.statement import Shown
    from tests.cli.conftest import Rebatch

pytestmark = pytest.mark.sampled(3, of="module")

CONFIG = """\
statements: {pdf: true}
brand: {name: "Sample & Söhne", colour: "#7a1f5c", logo: logo.svg, address: [Hafenstraße 1], contact: "+49 1"}
"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><rect width="40" height="10" fill="#7a1f5c"/></svg>'
THAI = "D-002"
NOT_PRINTED = {
    "html", "lang", "label", "labels", "account_file", "file", "file_label", "anchor", "section", "waiting_title",
    # Other headings than on the page, and that a period is closed; a line that is a rebate does not say so.
    "columns", "state", "state_text", "kind", "currency", "logo",
}  # fmt: skip
FOLDER = Path("statements", "2026-11")


def build(root: Path) -> list[StageResult]:
    """A workspace that asks for PDFs, with a German, a Japanese, and a Thai name that no font can show."""
    create_workspace(root)
    config, members = root / "rebatch.yaml", root / "extracts" / "members.csv"
    config.write_text(config.read_text(encoding="utf-8") + CONFIG, encoding="utf-8")
    (root / "logo.svg").write_text(LOGO, encoding="utf-8")
    text = members.read_text(encoding="utf-8")
    text = text.replace("Northside Garage,dealer,NA,en", "Grün & Co,dealer,EU,de").replace("Harbour Motors", "อู่ ก")
    members.write_text(text.replace("D-003,髙橋自動車", "D-003,髙橋𠮷自動車"), encoding="utf-8")
    sales = root / "extracts" / "transactions.csv"
    rows = sales.read_text(encoding="utf-8").splitlines()
    more = next(row for row in rows if "D-001" in row).replace("D-001", "D-003").replace("T-0001", "T-0900")
    sales.write_text("\n".join([*rows, more]) + "\n", encoding="utf-8")
    return run_all(open_workspace(root), Run(AS_OF))


@pytest.fixture(scope="module")
def run_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[StageResult]]:
    root = tmp_path_factory.mktemp("documents") / "books"
    return root, build(root)


@pytest.fixture
def books(run_once: tuple[Path, list[StageResult]], tmp_path: Path) -> Path:
    """A copy of the workspace, to change."""
    return Path(shutil.copytree(run_once[0], tmp_path / "books", symlinks=True))


def make(root: Path, *payees: str, folder: Path | None = None) -> Documents:
    return make_documents(open_workspace(root), payees or None, Silent(), folder=folder)


def all_shown(root: Path) -> Iterator[Shown]:
    workspace = open_workspace(root)
    with connect(workspace) as connection:
        published = published_statements(workspace, published_run(connection))
        yield from shown_again(connection, workspace, published, list(published))


def said(path: Path) -> str:
    """What a PDF says, without blanks: where lines break is no matter."""
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(path).pages))


def texts(value: Any) -> Iterator[str]:
    """The texts of a view that a reader sees, but for HTML and the names of files."""
    if isinstance(value, Step):
        yield from (value.name, value.bound, value.pays)
    elif isinstance(value, str) and not hasattr(value, "__html__"):
        yield value
    elif isinstance(value, dict):
        yield from (text for key, each in value.items() if key not in NOT_PRINTED for text in texts(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in texts(each))


def test_the_run_makes_them_and_tells_what_it_could_not(run_once: tuple[Path, list[StageResult]]) -> None:
    root, results = run_once
    last = results[-1]
    assert last.counts == {"new": 2, "unchanged": 0, "not_made": 1, "folder": FOLDER.as_posix()}
    [problem] = last.problems
    assert problem.at.file == THAI
    assert "U+0E2D" in problem.found
    assert "'อู่ ก'" in problem.found
    made = {path.name for path in (root / FOLDER).iterdir()}
    assert made == {document_name("D-001"), document_name("D-003"), INDEX}
    assert holds(verify(open_workspace(root)))


def test_a_document_says_every_text_and_amount_of_the_page(run_once: tuple[Path, list[StageResult]]) -> None:
    root, _ = run_once
    compared = 0
    for each in all_shown(root):
        if each.payee_id != THAI:
            printed = said(root / FOLDER / document_name(each.payee_id))
            missing = [text for text in texts(each.view) if re.sub(r"\s", "", text) not in printed]
            assert missing == []
            assert re.sub(r"\s", "", each.view["payouts"][0]["amount"]) in printed
            assert each.view["programs"][0]["rebates"][0]["positions"][0]["transactions"]["cells"]
            compared += 1
    assert compared == 2


def test_a_document_is_tagged_and_says_whose_it_is(run_once: tuple[Path, list[StageResult]]) -> None:
    root, _ = run_once
    german, japanese = (PdfReader(root / FOLDER / document_name(payee)) for payee in ("D-001", "D-003"))
    assert "Grün & Co" in str(german.metadata["/Title"] if german.metadata else "")
    assert [str(each.root_object["/Lang"]) for each in (german, japanese)] == ["de", "ja"]
    tagged: Any = german.root_object
    assert tagged["/MarkInfo"]["/Marked"]
    assert "pdfuaid:part" in tagged["/Metadata"].get_data().decode()
    assert f"Seite1von{len(german.pages)}" in said(root / FOLDER / document_name("D-001"))
    assert "髙橋𠮷自動車" in said(root / FOLDER / document_name("D-003"))


def test_they_lie_in_private_and_what_a_killed_command_left_is_removed(books: Path) -> None:
    left = books / FOLDER / f"{PART}x.pdf.1"
    left.write_bytes(b"half")
    assert make(books, "D-001").unchanged == 1
    assert not left.exists()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (books / FOLDER).iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((books / FOLDER).stat().st_mode) == 0o700


def test_only_what_is_gone_or_changed_is_made_again_and_with_the_same_bytes(
    books: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (books / FOLDER / document_name(payee) for payee in ("D-001", "D-003"))
    before = first.read_bytes(), second.read_bytes()
    first.write_bytes(b"not what was made")
    found = make(books)
    assert (found.new, found.unchanged, len(found.problems)) == (1, 1, 1)
    second.unlink()
    # Now in other processes, begun anew: not their memory, nor the order of work, decides a byte.
    monkeypatch.setattr(workers, "FEW", 0)
    monkeypatch.setattr("pipelines.documents.make.cores_of", lambda _: 2)
    found = make(books)
    assert (found.new, found.unchanged, len(found.problems)) == (1, 1, 1)
    assert (first.read_bytes(), second.read_bytes()) == before


def test_a_document_that_can_no_longer_be_set_does_not_stay(books: Path) -> None:
    old = books / FOLDER / document_name(THAI)
    old.write_bytes(b"of last week")
    assert make(books).problems
    assert not old.exists()


def test_what_was_not_published_is_not_made(books: Path) -> None:
    config = books / "rebatch.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("#7a1f5c", "#101010"), encoding="utf-8")
    with pytest.raises(BooksError, match="no longer give the statement that was published"):
        make(books)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("content", "fault"),
    [(None, "cannot be read"), ("no picture", "no such picture"), ("<svg" + "x" * 1_000_000, "too large")],
)
def test_a_logo_that_is_none_is_refused(books: Path, content: str | None, fault: str) -> None:
    (books / "logo.svg").unlink()
    if content:
        (books / "logo.svg").write_text(content, encoding="utf-8")
    with pytest.raises(WorkspaceError, match=fault):
        make(books)


def test_the_command_takes_payees_and_a_folder(books: Path, rebatch: Rebatch, tmp_path: Path) -> None:
    done = rebatch("-w", books, "statements", "make", "--payee", " D-001 ", "-o", tmp_path / "to", "--json")
    assert (done.code, done.data["documents"][0]["new"]) == (0, 1)
    kept = (books / FOLDER / document_name("D-001")).read_bytes()
    assert (tmp_path / "to" / document_name("D-001")).read_bytes() == kept
    everybody = rebatch("-w", books, "statements", "make", "--all")
    assert everybody.code == 7
    assert f"error: {THAI}: no font has the character" in everybody.err
    unknown = rebatch("-w", books, "statements", "make", "--payee", "D-999", "--payee", "D-001")
    assert (unknown.code, "the last run has no statement of D-999" in unknown.err) == (7, True)
    assert rebatch("-w", books, "statements", "make").code == 2
    assert rebatch("-w", books, "statements", "make", "--all", "--payee", "D-001").code == 2


def test_a_run_that_could_not_make_all_ends_with_7(books: Path, rebatch: Rebatch) -> None:
    done = rebatch("-w", books, "run", "--as-of", str(AS_OF), "--ahead")
    assert (done.code, "documents" in done.out, f"error: {THAI}" in done.err) == (7, True, True)


MANY = """
import sys
from pathlib import Path
from pipelines.documents import workers
from pipelines.documents.typesetter import Job

def jobs():
    for n in range(4):
        yield Job(str(n), "{}", Path(sys.argv[1], str(n)), Path(sys.argv[1]))
    print("at work", flush=True)
    import time
    time.sleep(60)

if __name__ == "__main__":
    list(workers.typeset_all(jobs(), 100, 2))
"""


@pytest.mark.long
def test_no_process_outlives_one_that_is_killed(tmp_path: Path, children_of: Callable[[int], set[int]]) -> None:
    script = tmp_path / "many.py"
    script.write_text(MANY, encoding="utf-8")
    (tmp_path / "statement.typ").write_text("x", encoding="utf-8")
    command, environment = [sys.executable, str(script), str(tmp_path)], {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"at work\n"
        started = children_of(parent.pid)
        assert len(started) >= 2
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 20
    while {pid for pid in started if Path(f"/proc/{pid}/exe").exists()}:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def children_of() -> Callable[[int], set[int]]:
    def find(parent: int) -> set[int]:
        found = set()
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text(encoding="utf-8").rpartition(") ")[2].split()
            except OSError:
                continue
            if fields[1] == str(parent):
                found.add(int(path.parent.name))
        return found

    return find


def test_the_index_says_what_each_file_is(run_once: tuple[Path, list[StageResult]]) -> None:
    root, _ = run_once
    index = json.loads((root / FOLDER / INDEX).read_text(encoding="utf-8"))
    assert {name: entry["sha256"] for name, entry in index.items()} == {
        path.name: sha256(path.read_bytes()).hexdigest() for path in (root / FOLDER).glob("*.pdf")
    }
