"""The workspace's action plan templates of visits, read and checked against the members they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.calculation.rule_files import filter_columns_of
from pipelines.calculation.template_files import read_template_texts
from pipelines.warehouse.connection import connect
from rules.language.yaml_text import parse_yaml
from rules.visits.reading import check_columns, is_template, read_templates
from schemas.errors import Place, Problem, RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelines.workspace.configuration import Workspace
    from rules.visits.template import Template

_ADD = "add a template, such as dealer-review.yaml: `template:`, `members:`, `duration:`, `frequency:` …"


def load_templates(workspace: Workspace) -> tuple[Template, ...]:
    """Load every template of the workspace.

    Raises:
        RuleError: with all problems of all files, or there is no template.
    """
    templates = read_templates(read_template_texts(workspace))
    if not templates:
        raise RuleError(Problem("there is no action plan template here", _ADD, at=Place(str(workspace.visits_dir))))
    return templates


def parted(texts: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the rule files among `texts`, and the templates."""
    templates = {file: text for file, text in texts.items() if is_template(text, file)}
    return {file: text for file, text in texts.items() if file not in templates}, templates


def template_problems(workspace: Workspace, texts: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with templates: their mistakes, or else the columns that no member has, once loaded."""
    try:
        templates = read_templates(texts)
    except RuleError as error:
        return list(error.problems)
    if not (templates and workspace.warehouse_path.exists()):
        return []
    with connect(workspace, read_only=True) as connection:
        columns = filter_columns_of(connection).get("members")
    if columns is None:
        return []
    return [
        problem
        for template in templates
        for problem in check_columns(template, parse_yaml(texts[template.file], template.file), columns)
    ]
