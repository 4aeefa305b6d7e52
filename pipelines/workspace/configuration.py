"""A workspace: a folder with its configuration, rules, extracts, warehouse and output."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.workspace.files import storage_errors
from pipelines.workspace.regular_files import read_regular, real_path
from pipelines.workspace.settings_file import read_settings
from rules.money import minor_units
from schemas.errors import Place, Problem, RuleError, WorkspaceError
from schemas.workspace import WorkspaceConfig

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from rules.language.yaml_text import Marked

VARIABLE = "REBATCH_WORKSPACE"
CONFIG = "rebatch.yaml"


def workspace_root(named: Path | None = None) -> Path:
    """Return the folder `named`, else REBATCH_WORKSPACE, else the current one if it is a workspace.

    Raises:
        WorkspaceError: none of them; no folder is guessed, or a schedule without a name would run other books.
    """
    if named is not None:
        return real_path(named)
    if variable := os.environ.get(VARIABLE):
        return real_path(Path(variable))
    here = Path.cwd()
    if (here / CONFIG).exists():
        return here
    todo = f"say `rebatch -w DIR …`, set {VARIABLE}=DIR, or go into its folder; `rebatch init DIR` makes a new one"
    raise WorkspaceError(Problem(f"no workspace is named, and this folder has no {CONFIG}", todo))


@dataclass(frozen=True)
class Workspace:
    """An opened workspace: its folder and its configuration."""

    root: Path
    config: WorkspaceConfig
    config_text: str
    books: Path | None = None
    """Only of scratch and past workspaces: the warehouse whose rows are shown; attached as the catalogue `books`."""
    apart: Path | None = None
    """Only of a rehearsal: the folder that stages write to instead of `root`; what they read still lies in `root`."""

    @property
    def made_in(self) -> Path:
        """Return the folder in which everything that stages write lies."""
        return self.apart or self.root

    @property
    def warehouse_path(self) -> Path:
        """Return the path of the one DuckDB file."""
        return self.made_in / "warehouse.duckdb"

    @property
    def rules_dir(self) -> Path:
        """Return the folder of the rule files; it may lie outside, shared between workspaces."""
        return real_path(self.root / self.config.rules)

    @property
    def visits_dir(self) -> Path:
        """Return the folder of the action plan templates; it need not exist."""
        named = self.config.visits
        return self.rules_dir / "visits" if named is None else real_path(self.root / named)

    @property
    def out_dir(self) -> Path:
        """Return the folder in which runs publish their files."""
        return self.made_in / "out"

    @property
    def published_dir(self) -> Path:
        """Return the folder of the Parquet mirror, in which the tables of the books can be read at any time."""
        return self.made_in / "published"

    @property
    def panels_dir(self) -> Path:
        """Return the folder of the panels that runs write, if the workspace asks for them."""
        return self.made_in / "panels"

    @property
    def statements_dir(self) -> Path:
        """Return the folder of the statements as PDF, which can be made again from what was published."""
        return self.made_in / "statements"

    @property
    def site_dir(self) -> Path:
        """Return the folder of the partner site."""
        return self.made_in / "site"

    @property
    def landing_dir(self) -> Path:
        """Return the folder in which the text of extracts is kept until it is loaded."""
        return self.made_in / "landing"

    @property
    def spill_dir(self) -> Path:
        """Return the folder in which DuckDB puts what does not fit into memory, while it works."""
        return self.made_in / "spill"

    @property
    def rejects_dir(self) -> Path:
        """Return the folder to which rejected rows are written, to be corrected."""
        return self.made_in / "rejects"

    @property
    def backups_dir(self) -> Path:
        """Return the folder of the backups that Rebatch makes by itself."""
        return self.made_in / "backups"

    @property
    def lock_path(self) -> Path:
        """Return the path of the lock file that a run holds."""
        return self.made_in / "warehouse.lock"


def open_workspace(root: Path) -> Workspace:
    """Read the workspace in the folder `root`.

    Raises:
        WorkspaceError: there is none, or its configuration is wrong; every problem with its line and column.
    """
    path = root / CONFIG
    try:
        # utf-8-sig: Windows editors put a byte-order mark in front.
        text = read_regular(path).decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError) as error:
        todo = "name a folder that holds one (`--workspace DIR`), or make one with `rebatch init DIR`"
        raise WorkspaceError(Problem("there is no workspace here", todo, at=Place(str(path)))) from error
    except OSError as error:
        found = f"the configuration cannot be read ({error.strerror})"
        raise WorkspaceError(Problem(found, "give permission to read it", at=Place(str(path)))) from error
    except UnicodeDecodeError as error:
        found = f"the file is not UTF-8 at byte {error.start}"
        raise WorkspaceError(Problem(found, "save it as UTF-8", at=Place(str(path)))) from error
    return Workspace(root, read_config(text, CONFIG), text)


def books_of(root: Path) -> Workspace:
    """Return the workspace in `root` for its warehouse alone, with a placeholder configuration.

    Commands that need only the warehouse must work when the configuration and rule files are broken or gone.
    """
    return Workspace(root, WorkspaceConfig(name=root.name or "books", currency="USD"), "")


def read_config(text: str, file: str) -> WorkspaceConfig:
    """Read a configuration from the text of a `rebatch.yaml`; `file` is its name in problems.

    Raises:
        WorkspaceError: with every problem, each with its line and column.
    """
    config, marked = read_settings(text, file, WorkspaceConfig)
    problems = list(_currency_problems(config, marked)) + list(_twin_problems(config, marked))
    if problems:
        raise WorkspaceError(*problems)
    return config


def create_workspace(root: Path) -> Workspace:
    """Create a small workspace that can be run at once: one program, four partners, a few sales.

    Raises:
        WorkspaceError: the folder already holds something.
        StorageError: the folder cannot be written.
    """
    with storage_errors(root):
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            todo = "name a new or an empty folder"
            raise WorkspaceError(Problem("there is something here already", todo, at=Place(str(root))))
        root.mkdir(parents=True, exist_ok=True)
        # The configuration is written last: a folder that was only half written is then not taken for a workspace.
        sample = resources.files("pipelines").joinpath("sample")
        for item in sorted(sample.iterdir(), key=lambda item: (item.name == CONFIG, item.name)):
            _copy(item, root / item.name)
    return open_workspace(root)


def _copy(item: Traversable, target: Path) -> None:
    if item.is_dir():
        target.mkdir(exist_ok=True)
        for inner in item.iterdir():
            _copy(inner, target / inner.name)
    else:
        target.write_bytes(item.read_bytes())


def _currency_problems(config: WorkspaceConfig, marked: Marked) -> list[Problem]:
    try:
        minor_units(config.currency)
    except RuleError as error:
        return [marked.problem_at(("currency",), problem.found, problem.todo) for problem in error.problems]
    return []


def _twin_problems(config: WorkspaceConfig, marked: Marked) -> list[Problem]:
    places = [(source.data_set, source.source, source.path) for source in config.sources]
    todo = "keep one of them, or give them different `source:` names"
    return [
        marked.problem_at(("sources", n), "this data set is read twice from the same files", todo)
        for n, place in enumerate(places)
        if place in places[:n]
    ]
