"""Action plan templates among the rule files: checked with them, and no program."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipelines.authoring.check import examine
from pipelines.authoring.visit_templates import load_templates
from pipelines.calculation.rule_files import read_rule_texts
from pipelines.workspace.configuration import Workspace, open_workspace
from schemas.errors import RuleError

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """\
template: review
title: Review
effective: {from: 2026-01-01, to: 2026-12-31}
members: {include: [{type: dealer}]}
duration: 60
frequency: [{members: {exclude: [{colour: red}]}, every: 30}]
"""


@pytest.fixture
def workspace(booked: Path, tmp_path: Path) -> Workspace:
    root = shutil.copytree(booked, tmp_path / "copy")
    (root / "rules" / "visits").mkdir()
    (root / "rules" / "visits" / "review.yaml").write_text(TEMPLATE, encoding="utf-8")
    return open_workspace(root)


def errors(workspace: Workspace, *files: Path) -> list[str]:
    return [str(found) for found in examine(workspace, list(files), ignore=["double-payment"]).of("error")]


def test_templates_are_no_programs_and_are_checked_with_them(workspace: Workspace) -> None:
    assert not any("visits" in name for name in read_rule_texts(workspace))
    [template] = load_templates(workspace)
    assert (template.id, template.file) == ("review", "visits/review.yaml")
    [found] = errors(workspace)
    assert found.startswith("visits/review.yaml:6:43: members have no column 'colour' → use one of")
    path = workspace.visits_dir / "review.yaml"
    assert len(errors(workspace, path)) == 1
    path.write_text(TEMPLATE.replace("colour: red", "region: NA"), encoding="utf-8")
    assert errors(workspace) == errors(workspace, path) == []
    path.write_text(TEMPLATE.replace("60", "much"), encoding="utf-8")
    assert errors(workspace) == ["visits/review.yaml:5:11: duration is 'much' → write minutes, 1 to 720"]


def test_without_a_template_nothing_can_be_planned(sample: Path) -> None:
    workspace = open_workspace(sample)
    assert errors(workspace) == []
    with pytest.raises(RuleError, match="there is no action plan template here"):
        load_templates(workspace)
