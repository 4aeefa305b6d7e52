"""The fonts of documents: files of pinned packages, and no font of the machine, so that pages are the same everywhere.

Noto Sans CJK JP has Japanese and Latin letters in two weights; what it lacks is taken from Noto Sans.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from schemas.errors import Problem, TerminalError

FONT_FOLDERS = {
    "noto-cjk-sans-jp-regular": "noto_cjk_sans_jp_regular",
    "noto-cjk-sans-jp-bold": "noto_cjk_sans_jp_bold",
    "fontpkg-noto-sans": "fontpkg_noto_sans/files",
}
"""By package, the folder in which its fonts lie."""

TYPESETTER = "typst"


def font_folders() -> list[Path]:
    """Return the folders of all fonts.

    Raises:
        TerminalError: a package is not installed.
    """
    return [_folder(package, place) for package, place in FONT_FOLDERS.items()]


def tool_versions() -> dict[str, str]:
    """Return the versions of the packages on which the look of a document depends."""
    return {package: version(package) for package in (TYPESETTER, *FONT_FOLDERS)}


def _folder(package: str, place: str) -> Path:
    module, _, inner = place.partition("/")
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        todo = f"install it as constraints.txt pins it: `pip install -c constraints.txt {package}`"
        raise TerminalError(Problem(f"the fonts of the package {package} are not there", todo))
    return Path(spec.submodule_search_locations[0], inner)
