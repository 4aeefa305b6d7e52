"""The errors shown to people: each states what was found, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file. Lines and columns count from 1; 0 means "not known" or "the whole file"."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return file, line and column as editors and terminals open them; empty if nothing is known."""
        place = self.file
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return place


@dataclass(frozen=True)
class Problem:
    """One fault: what was found, what to do about it, and the place where a person can find it."""

    found: str
    todo: str
    at: Place = field(default=Place(), kw_only=True)

    def __str__(self) -> str:
        place = str(self.at)
        return f"{place}: {self.found} → {self.todo}" if place else f"{self.found} → {self.todo}"

    def in_file(self, file: str) -> Problem:
        """Return the same problem, found in `file`."""
        return replace(self, at=replace(self.at, file=file))

    def __lt__(self, other: Problem) -> bool:
        """Return whether this stands before `other` where problems are listed: by place, then by what was found."""
        return (self.at, self.found, self.todo) < (other.at, other.found, other.todo)


class RebatchError(Exception):
    """Base of every error Rebatch raises on purpose; carries all problems at once."""

    exit_code = 1

    def __init__(self, *problems: Problem) -> None:
        """Hold `problems` in the order of their places."""
        # In the order of files and lines, whatever order the checks ran in: the same faults give the same message.
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[RebatchError], tuple[Problem, ...]]:
        """Return what another process makes the same error of: the problems, not their text."""
        return type(self), self.problems


class TransientError(RebatchError):
    """May pass by itself (a lock, a full disk, a busy server): worth another try."""

    # EX_TEMPFAIL of sysexits.h: schedulers understand it as "try again later".
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


class DamageError(TerminalError):
    """The warehouse file is damaged: put back the last backup."""

    exit_code = 8


class UncheckedError(TerminalError):
    """What could be checked holds, but not everything could be checked."""

    exit_code = 9


class MemoryLimitError(TerminalError):
    """The work does not fit into the memory that the workspace allows."""


class BooksError(TerminalError):
    """What is asked contradicts what is in the books, or is ahead of today."""

    exit_code = 7


class WorkspaceBusyError(TransientError):
    """Another process holds the workspace."""


class StorageError(TransientError):
    """The disk is full, or the folder cannot be written."""


class StoppedError(RebatchError):
    """A person ended it before it was done."""

    # 128 + SIGINT, as shells report it.
    exit_code = 130
