"""The errors people read: each says what was found, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, placed where a person can find it.

    Lines and columns count from 1; 0 means "not known" or "the whole file".
    """

    file: str
    line: int
    column: int
    found: str
    todo: str

    @property
    def place(self) -> str:
        """Give file, line and column as editors and terminals open them; empty if nothing is known."""
        place = self.file
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return place

    def __str__(self) -> str:
        prefix = f"{self.place}: " if self.place else ""
        return f"{prefix}{self.found} → {self.todo}"


class RebatchError(Exception):
    """Base of every error Rebatch raises on purpose; carries all problems at once."""

    exit_code = 1

    def __init__(self, *problems: Problem) -> None:
        """Hold `problems` in the order of their places."""
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TransientError(RebatchError):
    """May pass by itself (a lock, a full disk, a busy server): worth another try."""

    exit_code = 75


class TerminalError(RebatchError):
    """Will fail again until a person changes something: never tried again."""


class WorkspaceError(TerminalError):
    """`rebatch.yaml` or the folder around it is wrong."""

    exit_code = 3


class RuleError(TerminalError):
    """A rule file cannot be accepted."""

    exit_code = 4


class ExtractError(TerminalError):
    """An extract cannot be read, or holds more rejects than the workspace allows."""

    exit_code = 5


class InvariantError(TerminalError):
    """The books do not hold: nothing was posted or published."""

    exit_code = 6


class BooksError(TerminalError):
    """What is asked would contradict what is already in the books."""

    exit_code = 7


class WorkspaceBusyError(TransientError):
    """Another process holds the workspace."""


class StorageError(TransientError):
    """The disk is full, or the folder cannot be written."""


class StoppedError(RebatchError):
    """A person ended it before it was done."""

    exit_code = 130
