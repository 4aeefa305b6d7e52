"""The wheel: built from a checkout without the network, it carries every file and runs where no checkout is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

import pipelines

ROOT = Path(pipelines.__file__).resolve().parents[1]
PACKAGES = ("pipelines", "reports", "rules", "schemas")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
PLACES = "import cli, pipelines, reports, rules, schemas; print(cli.__file__, *pipelines.__path__, *rules.__path__)"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("cli.py", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, checkout)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    built = checkout / "built"
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(built))
    subprocess.run([*PIP, "wheel", *options, str(checkout)], cwd=checkout, check=True)
    (path,) = built.glob("rebatch-*.whl")
    return path


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which nothing but the wheel is installed; what it needs is found in this environment."""
    folder = tmp_path_factory.mktemp("installed") / "site"
    subprocess.run([*PIP, "install", "--no-deps", "--no-index", "--target", str(folder), str(wheel)], check=True)
    return folder


def run(site: Path, *command: str, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "REBATCH_WORKSPACE"}
    environment |= {"PYTHONPATH": str(site), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_carries_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    ours = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    carried = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert carried == ours | {"cli.py"}
    assert {f"{package}/py.typed" for package in PACKAGES} <= carried


def test_it_says_what_it_is_and_that_it_is_for_no_index(wheel: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    archive = ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    said = Parser().parsestr(archive.read(name).decode())
    assert (said["Name"], said["Version"], said["Summary"]) == ("rebatch", project["version"], project["description"])
    assert said["Author"] == "Rebatch"
    assert "Private :: Do Not Upload" in said.get_all("Classifier", [])
    assert said.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.long
def test_the_installed_command_makes_a_workspace_and_runs_it(site: Path, tmp_path: Path) -> None:
    places = run(site, sys.executable, "-c", PLACES, folder=tmp_path).split()
    assert {str(Path(place).parent) for place in places} == {str(site)}
    command = str(site / "bin" / "rebatch")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert run(site, command, "--version", folder=tmp_path) == f"rebatch {version}\n"
    run(site, command, "init", "acme", folder=tmp_path)
    run(site, command, "-w", "acme", "run", "--as-of", "2026-11-23", folder=tmp_path)
    assert list((tmp_path / "acme" / "out").rglob("*.html"))
