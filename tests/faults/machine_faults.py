"""Faults of the machine and its users: what may lie in a workspace, stand in a command line, or take output."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Words: TypeAlias = "list[str]"
TOO_LONG = "x" * 5_000
NOT_UTF8 = os.fsdecode(b"caf\xe9")
MADE = ("out", "landing", "rejects", "published", "statements", "backups")
"""The folders that a workspace makes by itself."""

SPARE_MEMORY = 160 << 20
"""Bytes that a process of little memory may use beyond what its modules take."""

Plant: TypeAlias = "Callable[[Path], object]"


ALL = "all"


@dataclass(frozen=True)
class Fault:
    """Something wrong: in the files, in one word of the command, or with the process; and who may not go on with it."""

    name: str
    plant: Plant = lambda _: None
    word: str | None = None
    """What stands in the place of each file that the command names, one after the other."""
    text: str | None = None
    """What stands in the place of each other text that it is given."""
    process: Callable[[], object] = lambda: None
    stops: str = ""
    """Commands that must be refused, or ALL."""


def folder(path: Path) -> None:
    remove(path)
    (path / "inside").mkdir(parents=True)


def pipe(path: Path) -> None:
    remove(path)
    os.mkfifo(path)


def socket(path: Path) -> None:
    remove(path)
    os.mknod(path, stat.S_IFSOCK | 0o600)


def loop(path: Path) -> None:
    remove(path)
    path.symlink_to(path.name)


def file(path: Path) -> None:
    remove(path)
    path.write_bytes(b"a file\n")


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def at(name: str, *plants: Plant) -> Plant:
    """Plant at the file or folder `name`, or the first that fits the pattern."""

    def plant(root: Path) -> None:
        place = next(iter(sorted(root.glob(name))), root / name)
        for each in plants:
            each(place)

    return plant


def poke_everywhere(path: Path) -> None:
    """Change some bytes of every block but the head, so that whatever is read first is damaged."""
    with path.open("r+b") as opened:
        for offset in range(12_288 + 1_000, path.stat().st_size, 4_096):
            opened.seek(offset)
            opened.write(bytes(range(48)))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def other_books(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE songs (title VARCHAR)")


def lost_tables(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        for name in ("runs", "ledger", "decisions", "loads", "rule_versions"):
            connection.execute(f"DROP TABLE IF EXISTS {name} CASCADE")


def lost_columns(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        for name in ("runs", "ledger", "decisions", "members"):
            connection.execute(f"DROP TABLE IF EXISTS {name} CASCADE; CREATE TABLE {name} (nothing INTEGER)")


def lost_rows(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        for name in ("runs", "ledger", "decisions", "loads", "rule_versions", "seals", "publications", "members"):
            connection.execute(f"DELETE FROM {name}")


def not_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00\xd8")


def renamed(path: Path) -> None:
    path.rename(path.with_name(f"{path.stem}{NOT_UTF8}{path.suffix}"))


def full_device() -> None:
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)


def closed_output() -> None:
    os.close(1)
    sys.stdout = None


def no_reader() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.dup2(writing, 1)


def ascii_output() -> None:
    sys.stdout.reconfigure(encoding="ascii", errors="strict")  # type: ignore[union-attr]
    sys.stderr.reconfigure(encoding="ascii", errors="backslashreplace")  # type: ignore[union-attr]


def little_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + SPARE_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))


def little_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))


READ = "run explain status rejects verify rules replay changes backup payouts submit approve reject adjust history \
balance export outstanding plan accruals overlaps rekey"
"""The commands that open the warehouse."""
OPEN = "run explain rejects payouts submit approve reject adjust history balance export outstanding plan serve \
overlaps rekey"
"""The commands that read rebatch.yaml."""
TAKE_FILES = "calc terms check reconcile restore backup verify"
"""The commands that read, or replace, a file that they are given."""
TAKE_TEXTS = "explain history balance adjust replay changes"
"""The commands whose examples name a member, a payout, a run or a note."""

SHAPES: dict[str, Plant] = {"folder": folder, "pipe": pipe, "looping link": loop}
IN_FILES = [
    *(Fault(f"the warehouse is a {name}", at("warehouse.duckdb", plant), stops=READ) for name, plant in SHAPES.items()),
    Fault("blocks of the warehouse are damaged", at("warehouse.duckdb", poke_everywhere), stops=READ),
    Fault("the warehouse is cut off", at("warehouse.duckdb", cut), stops="run verify"),
    Fault("the warehouse is of another program", at("warehouse.duckdb", other_books), stops=READ),
    Fault("the warehouse has lost tables", at("warehouse.duckdb", lost_tables), stops="run verify"),
    Fault("the warehouse has lost columns", at("warehouse.duckdb", lost_columns), stops="run verify"),
    Fault("the warehouse has lost rows", at("warehouse.duckdb", lost_rows), stops="verify"),
    *(Fault(f"rebatch.yaml is a {name}", at("rebatch.yaml", plant), stops=OPEN) for name, plant in SHAPES.items()),
    Fault("rebatch.yaml is no text", at("rebatch.yaml", not_text), stops=OPEN),
    Fault("rebatch.yaml is gone", at("rebatch.yaml", remove), stops=OPEN),
    Fault("rules is a file", at("rules", file), stops="run plan"),
    *(Fault(f"a rule file is a {name}", at("rules/*.yaml", plant), stops="run plan") for name, plant in SHAPES.items()),
    Fault("a rule file is no text", at("rules/*.yaml", not_text), stops="run plan"),
    Fault("a rule file's name is not UTF-8", at("rules/*.yaml", renamed), stops="run plan"),
    Fault("extracts is a file", at("extracts", file), stops="run"),
    *(Fault(f"an extract is a {name}", at("extracts/t*.csv", plant), stops="run") for name, plant in SHAPES.items()),
    Fault("an extract's name is not UTF-8", at("extracts/t*.csv", renamed), stops="run"),
    *(Fault(f"{name} is a file", at(name, file)) for name in MADE),
    *(
        Fault(f"the lock is a {name}", at("warehouse.lock", plant), stops="" if name == "pipe" else "run backup")
        for name, plant in SHAPES.items()
    ),
    *(Fault(f"the list of extracts is a {name}", at("landing/manifest.json", plant)) for name, plant in SHAPES.items()),
    *(
        Fault(f"a published {part} is a {name}", at(f"out/*/{part}", plant), stops="verify")
        for name, plant in SHAPES.items()
        for part in ("manifest.json", "payouts.csv")
    ),
    Fault("a folder of out is a looping link", at("out/*", loop), stops="verify"),
]
IN_WORDS = [
    Fault("a file is not there", word="no-such.file"),
    Fault("a file lies in no folder", word="no/such/folder/x.file"),
    Fault("a file lies below a file", word="rebatch.yaml/x.file"),
    Fault("a file is a folder", word="rules", stops=f"{TAKE_FILES} schema plan"),
    Fault("a file is a pipe", at("a-pipe", pipe), "a-pipe", stops=f"{TAKE_FILES} schema plan"),
    Fault("a file is a looping link", at("a-loop", loop), "a-loop", stops=TAKE_FILES),
    Fault("a file is a socket", at("a-socket", socket), "a-socket", stops=f"{TAKE_FILES} schema plan"),
    Fault("a file's name is too long", word=TOO_LONG, stops=f"{TAKE_FILES} schema plan"),
    Fault("a file's name is not UTF-8", word=NOT_UTF8, stops=f"{TAKE_FILES} schema plan"),
]
IN_TEXTS = [
    Fault("a text is too long", text=TOO_LONG),
    Fault("a text is not UTF-8", text=NOT_UTF8, stops=TAKE_TEXTS),
    Fault("a text is empty", text=""),
    Fault("a text is obeyed by terminals", text="\x1b[2J\u202e", stops=TAKE_TEXTS),
]
IN_PROCESS = [
    Fault("the output is full", process=full_device),
    Fault("the output is closed", process=closed_output, stops=ALL),
    Fault("nobody reads the output", process=no_reader),
    Fault("the output takes ASCII alone", process=ascii_output),
    Fault("there is little memory", process=little_memory, stops=ALL),
    Fault("few files may be open", process=few_files),
    Fault("files may not grow", process=little_disk),
]
FAULTS = [*IN_FILES, *IN_WORDS, *IN_TEXTS, *IN_PROCESS]


def words_with(fault: Fault, words: Words, paths: Sequence[str], texts: Sequence[str]) -> list[Words]:
    """Return the command line as it is; or, of a fault in a word, once with each of its paths or texts replaced."""
    if fault.word is None and fault.text is None:
        return [words]
    new, replaced = (fault.text, texts) if fault.word is None else (fault.word, paths)
    return [[str(new) if word == old else word for word in words] for old in replaced]
