"""The files of action plan templates: read for those who need them, and kept with every run that found them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.books.runs import is_computing
from pipelines.calculation.rule_files import READABLE
from pipelines.warehouse.transaction import transaction
from pipelines.workspace.regular_files import read_texts
from schemas.errors import RuleError

if TYPE_CHECKING:
    import duckdb

    from pipelines.books.runs import OpenRun
    from pipelines.workspace.configuration import Workspace
    from schemas.errors import Problem

_KEEP = "INSERT INTO visit_templates SELECT $run_id, UNNEST($files), UNNEST($texts)"


def read_template_texts(workspace: Workspace) -> dict[str, str]:
    """Read every template of the workspace: text by path; none where there is no folder of them.

    Raises:
        RuleError: one cannot be read as UTF-8.
    """
    texts, problems = _read(workspace)
    if problems:
        raise RuleError(*problems)
    return texts


def keep_templates(connection: duckdb.DuckDBPyConnection, workspace: Workspace, run: OpenRun) -> None:
    """Record the templates that a run found, as long as it is not posted: its seal covers them.

    Nothing that is paid hangs on them: one that cannot be read is left out, and stops nothing.
    """
    texts, _ = _read(workspace)
    with transaction(connection):
        if is_computing(connection, run.run_id):
            connection.execute("DELETE FROM visit_templates WHERE run_id = ?", [run.run_id])
            files = [name.rpartition("/")[-1] for name in texts]
            connection.execute(_KEEP, {"run_id": run.run_id, "files": files, "texts": list(texts.values())})


def _read(workspace: Workspace) -> tuple[dict[str, str], list[Problem]]:
    folder = workspace.visits_dir
    return read_texts({f"{folder.name}/{path.name}": path for path in sorted(folder.glob("*.yaml"))}, READABLE)
