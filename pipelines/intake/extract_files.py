"""The files of a source: what its pattern finds in the workspace, and what of it can be no extract."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from pipelines.workspace.configuration import CONFIG
from pipelines.workspace.regular_files import real_path, require_regular
from schemas.errors import Place, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace
    from schemas.source import Source


def files_of(workspace: Workspace, position: int, source: Source) -> tuple[list[Path], list[Problem]]:
    """Return the files of the source at `position` by name, and a problem for each thing that cannot be one of them."""
    named = [path for path in sorted(workspace.root.glob(source.pattern)) if path.name[0] != "."]
    # A folder may lie beside the files that a pattern is meant for; where it is called like one it takes its place.
    matches = [path for path in named if not path.is_dir() or path.suffix == PurePath(source.path).suffix != ""]
    problems = {path: problem for path in matches if (problem := _unfit(workspace, path)) is not None}
    if not matches and not source.is_optional:
        todo = f"put an extract there, or correct `path:` of source {position + 1} ({source.data_set}) in {CONFIG}"
        return [], [Problem("no file matches", todo, at=Place(source.path))]
    return [path for path in matches if path not in problems], [*problems.values()]


def name_of(workspace: Workspace, path: Path) -> str:
    """Return the path of a file below the workspace, by which it is called everywhere."""
    return path.relative_to(workspace.root).as_posix()


def _unfit(workspace: Workspace, path: Path) -> Problem | None:
    """Return why a path cannot be that of an extract; None if it can. Nothing is opened: a pipe would be waited for."""
    name = name_of(workspace, path)
    try:
        name.encode()
        require_regular(path)
    except UnicodeEncodeError:
        return Problem("the name of the file is not UTF-8", "rename it", at=Place(name))
    except OSError as error:
        todo = "put the file itself there, or take this away"
        return Problem(f"this is no extract ({error.strerror})", todo, at=Place(name))
    if not real_path(path).is_relative_to(real_path(workspace.root)):
        todo = "copy the file into the workspace: links that lead out of it are not followed"
        return Problem("the file lies outside the workspace", todo, at=Place(name))
    return None
