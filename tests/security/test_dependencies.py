"""Dependencies: what is installed is what is pinned, to the version, and fits together. It needs no network."""

from __future__ import annotations

import os
import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import pipelines

ROOT = Path(pipelines.__file__).resolve().parents[1]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    """Give the versions that constraints.txt says for this Python and machine."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonical(pin.name): str(pin.specifier) for pin in pins if pin.marker is None or pin.marker.evaluate()}


def installed() -> dict[str, str]:
    return {canonical(each.metadata["Name"]): f"=={each.version}" for each in distributions()} | {"rebatch": ""}


def elsewhere() -> set[str]:
    """Give what lies in a folder of its own, where no command finds it: see the extra `peers` in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {canonical(Requirement(text).name) for text in project["optional-dependencies"]["peers"]}


def test_what_is_installed_is_what_is_pinned() -> None:
    pins, found = pinned(), installed()
    assert {name: version for name, version in found.items() if name in pins and version != pins[name]} == {}
    assert sorted(pins.keys() - found.keys() - elsewhere()) == []
    assert elsewhere() & found.keys() == set()
    if os.environ.get("CI"):  # on a laptop there may be more than Rebatch needs
        assert sorted(found.keys() - pins.keys() - {"rebatch"}) == []


def test_every_pin_is_one_version() -> None:
    assert {name: pin for name, pin in pinned().items() if not re.fullmatch(r"==[0-9][^,*]*", pin)} == {}


def test_every_requirement_of_every_package_is_met() -> None:
    found = installed()
    unmet = []
    for each in distributions():
        for text in each.requires or ():
            need = Requirement(text)
            if need.marker is not None and not need.marker.evaluate({"extra": ""}):
                continue
            version = found.get(canonical(need.name), "").removeprefix("==")
            if not version or not need.specifier.contains(version, prereleases=True):
                unmet.append(f"{each.metadata['Name']} needs {text}, there is {version or 'none'}")
    assert unmet == []


def test_the_rules_of_bandit_are_all_on() -> None:
    """They are the S rules of ruff, which `make lint` runs; in the code itself an exception stands in its line."""
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert lint["select"] == ["ALL"]
    assert [rule for rule in lint["ignore"] if re.fullmatch(r"S[0-9]*", rule)] == []
    spared = {
        place for place, rules in lint["per-file-ignores"].items() if any(re.fullmatch(r"S[0-9]*", r) for r in rules)
    }
    assert spared == {"tests/**", "data/**"}


@pytest.mark.parametrize("name", ["eval", "exec", "pickle.loads", "yaml.load(", "shell=True", "os.system", "mktemp("])
def test_nothing_of_ours_runs_what_it_reads(name: str) -> None:
    ours = [path for folder in ("pipelines", "rules", "reports", "schemas") for path in (ROOT / folder).rglob("*.py")]
    pattern = re.compile(rf"(?<![\w.]){re.escape(name)}" + ("" if name.endswith(("(", "True")) else r"\("))
    assert [path.name for path in ours if pattern.search(path.read_text(encoding="utf-8"))] == []
