"""A full disk and a folder that cannot be written: a clear error, nothing posted, everything there that was."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from schemas.errors import StorageError
from tests.faults.disturbed import Books, books_of, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STORAGE = StorageError.exit_code
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[None]:
    """Mount a disk of its own size on `folder`."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def can_mount() -> bool:
    """Say whether this process may mount: root of a machine may, root of a container mostly not."""
    return (
        os.geteuid() == 0
        and subprocess.run(
            ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=False, capture_output=True
        ).returncode
        == 0
    )


def fill(folder: Path, *, leave: int) -> Path:
    """Fill the disk of `folder` but for `leave` bytes."""
    filler = folder / "filler"
    free = os.statvfs(folder)
    with filler.open("wb") as file:
        file.write(b"\0" * max(free.f_bavail * free.f_bsize - leave, 0))
    return filler


def mostly_long(first: object, *more: object) -> list[object]:
    """Return values to try a test on: the first with every run of the tests, more where there is time."""
    return [first, *(pytest.param(value, marks=pytest.mark.long) for value in more)]


DISKS = mostly_long(64 << 10, 4 << 10, 1536 << 10) if can_mount() else []


@pytest.mark.parametrize("leave", DISKS)
def test_a_full_disk(
    small: Path, small_books: Books, copy_workspace: Callable[..., Path], tmp_path: Path, leave: int
) -> None:
    with small_disk(tmp_path, megabytes=64):
        root = copy_workspace(small, tmp_path)
        before = books_of(root).tables["ledger"]
        filler = fill(tmp_path, leave=leave)
        code, _, err = run(root)
        filler.unlink()
        after = books_of(root)
        assert "Traceback" not in err
        assert (code == STORAGE and "error: " in err) or (code == 0 and after == small_books)
        assert after.tables["ledger"] in (before, small_books.tables["ledger"])
        assert run(root)[0] == 0
        assert books_of(root) == small_books


@pytest.mark.parametrize("most", mostly_long(1 << 10, 100, 16 << 10))
def test_files_that_may_not_grow(
    small: Path, small_books: Books, copy_workspace: Callable[..., Path], most: int
) -> None:
    root = copy_workspace(small)
    before = books_of(root).tables["ledger"]
    code, _, err = run(root, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    after = books_of(root)
    assert "Traceback" not in err
    assert (code == STORAGE and "error: " in err) or (code == 0 and after == small_books)
    assert after.tables["ledger"] in (before, small_books.tables["ledger"])
    assert run(root)[0] == 0
    assert books_of(root) == small_books


def as_a_person() -> None:
    """Let permissions hold, for root too."""
    if os.geteuid() == 0:
        assert ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) == 0


@pytest.mark.parametrize("folder", mostly_long("out", "."))
@pytest.mark.long
def test_a_folder_that_cannot_be_written(
    small: Path, small_books: Books, copy_workspace: Callable[..., Path], folder: str
) -> None:
    root = copy_workspace(small)
    (root / folder).chmod(0o555)
    code, _, err = run(root, preexec_fn=as_a_person)
    (root / folder).chmod(0o755)
    assert code == STORAGE
    assert "Traceback" not in err
    assert "write permission" in err
    assert run(root)[0] == 0
    assert books_of(root) == small_books
