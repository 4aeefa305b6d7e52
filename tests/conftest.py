"""What holds for every test: a skip nobody allowed fails the run when REBATCH_ALLOWED_SKIPS is set.

And the workspaces that tests of several rooms look at: `sample`, untouched, `booked`, run once, and more.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from datetime import date
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import settings

from pipelines.prefect_server import QUIET
from tests.laws.examples import TIMES
from tests.turns import TURN, turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.pipelines.history import History

    BuiltOnce = Callable[[str, Callable[[Path], object]], Path]

# Before anything imports Prefect: its records belong to the tests, and nothing is reported to anyone.
os.environ.update(
    {"PREFECT_HOME": tempfile.mkdtemp(prefix="prefect-home-"), "PREFECT_LOGGING_LEVEL": "WARNING"} | QUIET
)
for _name in ("PREFECT_API_URL", "PREFECT_PROFILE", "REBATCH_WORKSPACE"):
    os.environ.pop(_name, None)

AS_OF = date(2026, 11, 23)
ROOT = Path(__file__).parents[1]
MADE_BY_RUNS = shutil.ignore_patterns(
    "warehouse.duckdb*", "*.lock*", "landing", "rejects", "out", "published", "statements", "site", "spill", "backups"
)

# Laws that do not say how many examples they are tried on: few with every run of the tests, many in the long suite.
settings.register_profile("laws", max_examples=20 * TIMES)
settings.load_profile("laws")

ALLOWED_SKIPS = os.environ.get("REBATCH_ALLOWED_SKIPS")
"""Reasons separated by "|"; not set: any reason will do (a laptop without Chromium)."""


class SkipWatch:
    """Collects the skips that nobody allowed and turns them into a failed run."""

    def __init__(self, allowed: set[str]) -> None:
        self.allowed = allowed
        self.unexpected: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if reason.removeprefix("Skipped: ") not in self.allowed:
            self.unexpected.append(f"{report.nodeid}: {reason}")

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        if self.unexpected:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        yield

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in self.unexpected:
            terminalreporter.write_line(f"skipped without leave: {line}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    if ALLOWED_SKIPS is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipWatch(set(filter(None, ALLOWED_SKIPS.split("|")))), "skip-watch")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    if exitstatus:
        terminalreporter.write_line(f"to try the same parts of the long suite again: REBATCH_TURN={TURN}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark every law, most of what is sampled as long, and what should stay on one worker.

    Laws are marked for `make test-long`, which tries them on more examples. Of what is sampled it runs one of PARTS a
    day.
    """
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        item.add_marker(pytest.mark.law)
    is_left_out = False
    for sampled in item.iter_markers("sampled"):
        [every], of_module = sampled.args, sampled.kwargs.get("of") == "module"
        group = item.nodeid.partition("::" if of_module else "[")[0]
        _CASES[group] += 1
        is_left_out = is_left_out or (_CASES[group] - 1) % every > 0
    if is_left_out:
        item.add_marker(pytest.mark.long)
        # Once a test, also of one that is sampled with its module and with its cases: each has its turn.
        if next(_LEFT_OUT) % PARTS != turn(PARTS):
            item.add_marker(pytest.mark.other_turn)
    if "xdist_group" not in item.keywords and _shares_a_fixture(item):
        item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def _shares_a_fixture(item: pytest.Item) -> bool:
    """Return whether a test looks at what is made once for its module: each worker it runs on would make it again."""
    if not isinstance(item, pytest.Function):
        return False
    return any(made[-1].scope == "module" for made in item._fixtureinfo.name2fixturedefs.values())


PARTS = 4
"""Parts of what is sampled, of which the long suite runs one a day."""

_CASES: Counter[str] = Counter()
"""How many cases of each sampled test, or tests of each sampled module, were collected."""

_LEFT_OUT = count()
"""Numbers what is left to the long suite, in the order of collecting."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what others wait for, then with the longest tests, which have a timeout of their own.

    Begun last, one of them would leave the other workers idle. The others stay in their random order.
    """
    begun = {id(next((item for item in items if name in _fixtures(item)), None)) for name in WAITED_FOR}
    items.sort(key=lambda item: (id(item) not in begun, item.get_closest_marker("timeout") is None))


WAITED_FOR = ("past_books", "demo_run")
"""Workspaces that take longest to make: two workers make one each, instead of one waiting for the other."""


def _fixtures(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest.fixture(autouse=True)
def _files_are_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for files that a test wrote a moment ago; tests of files that still grow do."""
    monkeypatch.setattr("pipelines.intake.file_looks.SETTLED_SECONDS", 0.0)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A new workspace as `rebatch init` makes it."""
    from pipelines.workspace.configuration import create_workspace

    return create_workspace(tmp_path / "sample").root


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> BuiltOnce:
    """What builds a folder, once for all workers, and returns a copy of it to each.

    It takes a name and what fills the empty folder it is given; only the first to ask for the name does that.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def copy_of(name: str, build: Callable[[Path], object]) -> Path:
        whole, begun = shared / f"{name}-built", shared / f"{name}-begun"
        with FileLock(f"{whole}.lock"):
            if not whole.exists():
                shutil.rmtree(begun, ignore_errors=True)  # of one that failed
                begun.mkdir()
                build(begun)
                begun.rename(whole)
        return Path(shutil.copytree(whole, tmp_path_factory.mktemp(name) / "copy", symlinks=True))

    return copy_of


@pytest.fixture(scope="session")
def booked(built_once: BuiltOnce) -> Path:
    """A sample workspace that was run once, as of AS_OF: to look at, not to change."""
    from pipelines.books.runs import Run
    from pipelines.stages import run_all
    from pipelines.workspace.configuration import create_workspace

    return built_once("booked", lambda root: run_all(create_workspace(root), Run(AS_OF)))


@pytest.fixture(scope="session")
def past_books(built_once: BuiltOnce) -> History:
    """A workspace with six runs behind it: to look at, not to change."""
    from tests.pipelines.history import History, make_history

    return History(built_once("past", make_history))


@pytest.fixture(scope="session")
def demo_run(built_once: BuiltOnce) -> Path:
    """The demo, run once as of AS_OF: to look at, not to change."""
    from pipelines.books.runs import Run
    from pipelines.stages import run_all
    from pipelines.workspace.configuration import open_workspace

    def build(root: Path) -> None:
        for part in ("data/demo", "rules/programs", "rules/visits"):
            shutil.copytree(ROOT / part, root / part, ignore=MADE_BY_RUNS)
        run_all(open_workspace(root / "data" / "demo"), Run(AS_OF))

    return built_once("demo-run", build) / "data" / "demo"
