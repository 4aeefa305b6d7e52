"""Export profiles: found by name in the workspace or among those shipped with Rebatch, and checked."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from pipelines.workspace.profile_checks import check_profile
from pipelines.workspace.regular_files import read_regular
from rules.language.reading import read_model, suggest
from rules.language.yaml_text import parse_yaml
from schemas.errors import Place, Problem, WorkspaceError
from schemas.profile import Profile

if TYPE_CHECKING:
    from pipelines.workspace.configuration import Workspace

_SHIPPED = resources.files("reports").joinpath("profiles")
_FOLDER = "profiles"
_ENDING = ".yaml"


def shipped_profiles() -> list[str]:
    """Return the names of the profiles shipped with Rebatch, sorted."""
    return sorted(file.name.removesuffix(_ENDING) for file in _SHIPPED.iterdir() if file.name.endswith(_ENDING))


@cache
def shipped_profile(name: str) -> Profile:
    """Read the profile `name` that is shipped with Rebatch."""
    file = f"{name}{_ENDING}"
    return read_profile(_SHIPPED.joinpath(file).read_text(encoding="utf-8"), file)


def find_profile(workspace: Workspace, name: str) -> Profile:
    """Read the profile `name`: the workspace's own profiles/<name>.yaml comes before a shipped one.

    Raises:
        WorkspaceError: there is none, or with every problem of it, each with its line and column.
    """
    path = workspace.root / _FOLDER / f"{name}{_ENDING}"
    # Compared with the names that exist rather than opened: a `name` such as ../x must not lead outside the folder.
    own = {found.stem for found in (workspace.root / _FOLDER).glob(f"*{_ENDING}")}
    if name in own:
        return read_profile(_text_of(workspace, name), f"{_FOLDER}/{path.name}")
    if name in shipped_profiles():
        return shipped_profile(name)
    found = f"there is no profile {name!r}, neither in {_FOLDER}/ nor among those that come with Rebatch"
    raise WorkspaceError(Problem(found, suggest(name, {*own, *shipped_profiles()})))


def read_profile(text: str, file: str) -> Profile:
    """Read a profile from the text of its file; `file` is its name in problems.

    Raises:
        WorkspaceError: with every problem, each with its line and column.
    """
    marked = parse_yaml(text, file)
    profile, problems = read_model(Profile, marked)
    if profile is not None:
        problems += check_profile(profile, marked)
    if profile is None or problems:
        raise WorkspaceError(*problems)
    return profile


def _text_of(workspace: Workspace, name: str) -> str:
    path = workspace.root / _FOLDER / f"{name}{_ENDING}"
    try:
        return read_regular(path).decode()
    except OSError as error:
        found = f"the profile cannot be read ({error.strerror})"
        raise WorkspaceError(
            Problem(found, "give permission to read it", at=Place(f"{_FOLDER}/{path.name}"))
        ) from error
    except UnicodeDecodeError as error:
        found = f"the profile is not UTF-8 at byte {error.start}"
        raise WorkspaceError(Problem(found, "save it as UTF-8", at=Place(f"{_FOLDER}/{path.name}"))) from error
