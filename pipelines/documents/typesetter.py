"""The typesetter of a process: it sets one document after the other, each as a whole file or not at all."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import typst

from pipelines.documents.fonts import font_folders
from pipelines.workspace.files import PART, create_private, storage_errors
from reports.document.document import TEMPLATE, place_of

if TYPE_CHECKING:
    from pathlib import Path

STANDARDS: list[typst.PDFStandard] = ["ua-1", "a-2a"]
"""Tagged for screen readers, and for archives; under both a character that no font has is an error."""

_NO_GLYPH = re.compile(r'the text `"(.*?)"` could not be displayed')


@dataclass(frozen=True)
class Job:
    """A document to be set: whose it is, what it says, and the file it becomes; `template` is its folder."""

    payee_id: str
    data: str
    target: Path
    template: Path


@dataclass(frozen=True)
class Set:
    """What became of a job: the SHA-256 of its file, or why there is none and what to do about that."""

    payee_id: str
    sha256: str = ""
    flaw: str = ""
    todo: str = ""


def typeset(job: Job) -> Set:
    """Write one document as PDF, unless something in it cannot be set.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    try:
        made = _compiler(job.template).compile(sys_inputs={"data": job.data}, format="pdf", pdf_standards=STANDARDS)
    except typst.TypstError as error:
        return _flawed(job, error)
    if not isinstance(made, bytes):
        message = "a PDF is one file"
        raise TypeError(message)
    _write(job.target, made)
    return Set(job.payee_id, hashlib.sha256(made).hexdigest())


@cache
def _compiler(template: Path) -> typst.Compiler:
    # A compiler reads the fonts once, and forgets after each document what it kept of it.
    return typst.Compiler(
        str(template / TEMPLATE),
        root=str(template),
        font_paths=[str(folder) for folder in font_folders()],
        ignore_system_fonts=True,
        sys_inputs={"data": "{}"},
    )


def _flawed(job: Job, error: typst.TypstError) -> Set:
    missing = _NO_GLYPH.search(error.message)
    if not missing:
        found = f"the statement cannot be set ({error.message.splitlines()[0]})"
        return Set(job.payee_id, flaw=found, todo="report this; its page says the same")
    character = re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), missing[1])
    names = ", ".join(f"U+{ord(each):04X}" for each in character)
    found = f"no font has the character {character} ({names}) in {place_of(job.data, character)!r}"
    todo = "correct the text where it comes from (extract or rule file), run again, then make the statement again"
    return Set(job.payee_id, flaw=found, todo=todo)


def _write(target: Path, content: bytes) -> None:
    # Not write_whole, which looks through the whole folder for what stopped commands left: whoever holds the workspace
    # has removed that, and no other command writes here.
    beside = target.with_name(f"{PART}{target.name}.{os.getpid()}")
    with storage_errors(target):
        with create_private(beside) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
