"""The files that a statement names go with its mail, as they were published and where they are small enough."""

from __future__ import annotations

import email
import hashlib
import json
from email import policy
from typing import TYPE_CHECKING, Any

import pytest

from pipelines.books.publications import listed_files, read_manifest
from pipelines.console.stage_progress import Silent
from pipelines.mail.attachments import LARGEST, NamedFiles, named_files
from pipelines.mail.send import send_statements
from pipelines.workspace.configuration import open_workspace
from reports.erp.manifest import MANIFEST_FILE
from reports.mail.message import Attachment
from reports.statement.paths import rebates_path, transactions_path
from schemas.errors import BooksError
from tests.pipelines.mail.conftest import ONE, TWO

if TYPE_CHECKING:
    from pathlib import Path

LIST, REST = b"transaction_id,amount\r\n1,5.00\r\n", b"rebate,amount\r\nr,5.00\r\n"
NAMES = tuple(path(ONE).rpartition("/")[2] for path in (rebates_path, transactions_path))


@pytest.fixture
def published(books: Path) -> Path:
    """The folder of the run, as if the statement of ONE named a file of transactions and one of rebates."""
    [folder] = (books / "out").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for path, content in ((transactions_path(ONE), LIST), (rebates_path(ONE), REST)):
        (folder / path).write_bytes(content)
        manifest["files"].append({"path": path, "sha256": hashlib.sha256(content).hexdigest()})
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_a_mail_has_the_files_that_its_statement_names(books: Path, published: Path) -> None:
    send_statements(open_workspace(books), [ONE], Silent(), really=False)
    [mail] = (books / "statements").rglob("*.eml")
    message: Any = email.message_from_bytes(mail.read_bytes(), policy=policy.default)
    pdf, *files = message.iter_attachments()
    assert pdf.get_content_type() == "application/pdf"
    assert [(file.get_filename(), file.get_content_type()) for file in files] == [(name, "text/csv") for name in NAMES]
    assert [file.get_payload(decode=True) for file in files] == [REST, LIST]
    assert (
        f"The files that it names are attached, too: {', '.join(NAMES)}." in message.get_body(("plain",)).get_content()
    )
    (published / transactions_path(ONE)).write_bytes(LIST + b"2,9.00\r\n")
    made = send_statements(open_workspace(books), None, Silent(), really=False)
    assert [row.payee_id for row in made.rows] == [TWO]
    [problem] = made.problems
    assert (problem.at.file, "transactions.csv: the file is not the one" in problem.found) == (ONE, True)


def test_what_is_too_large_is_left_out_by_name(published: Path) -> None:
    listed, rest = listed_files(read_manifest(published / MANIFEST_FILE)), Attachment(NAMES[0], REST)
    assert named_files(ONE, published, listed, len(LIST + REST)).left_out == ()
    assert named_files(ONE, published, listed, len(LIST + REST) - 1) == NamedFiles((rest,), NAMES[1:])
    (published / transactions_path(ONE)).write_bytes(bytes(LARGEST))
    assert named_files(ONE, published, listed) == NamedFiles((rest,), NAMES[1:])
    assert named_files(TWO, published, listed) == NamedFiles()
    (published / rebates_path(ONE)).unlink()
    with pytest.raises(BooksError, match=r"rebates\.csv: the file is not the one"):
        named_files(ONE, published, listed)
