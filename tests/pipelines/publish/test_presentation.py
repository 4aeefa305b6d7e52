"""How a workspace presents itself: the language of pages for staff."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipelines.publish.presentation import language_for
from pipelines.workspace.configuration import open_workspace
from schemas.errors import TerminalError

if TYPE_CHECKING:
    from pathlib import Path


def test_the_language_is_that_of_the_workspace_unless_another_is_asked_for(sample: Path) -> None:
    workspace = open_workspace(sample)
    german = replace(workspace, config=workspace.config.model_copy(update={"language": "de"}))
    assert [language_for(each).tag for each in (workspace, german)] == ["en", "de"]
    assert language_for(german, "ja").tag == "ja"
    with pytest.raises(TerminalError, match="no words for the language 'fr'"):
        language_for(german, "fr")
