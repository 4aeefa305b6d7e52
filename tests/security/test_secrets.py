"""Secrets: what the environment holds stays there, and a secret written where none belongs is not repeated."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pipelines.workspace.configuration import read_config
from schemas.errors import WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch

CANARY = "canary-8f3a17d2"


@pytest.mark.long
def test_no_secret_of_the_environment_reaches_a_file_or_the_screen(
    rebatch: Rebatch, sample: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PREFECT_API_KEY", "SMTP_PASSWORD", "AWS_SECRET_ACCESS_KEY", "REBATCH_TOKEN"):
        monkeypatch.setenv(name, CANARY)
    shown = [
        rebatch("-w", sample, "run", "--as-of", "2026-11-23"),
        rebatch("-w", sample, "verify"),
        rebatch("-w", sample, "replay", "2026-11-23", "--to", tmp_path / "again"),
        rebatch("-w", sample, "run", "--as-of", "2026-01-01"),
        rebatch("-w", sample, "backup", tmp_path / "saved.tar"),
    ]
    assert [outcome.code for outcome in shown] == [0, 0, 0, 7, 0]
    assert CANARY not in "".join(outcome.out + outcome.err for outcome in shown)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 10
    for path in written:
        assert CANARY.encode() not in path.read_bytes()
    assert os.environ["SMTP_PASSWORD"] == CANARY


@pytest.mark.parametrize(
    "text",
    [
        f"password: {CANARY}",
        f"smtp: {{host: mail, password: {CANARY}}}",
        f"sources: [{{data_set: members, path: m.csv, format: csv, password: {CANARY}}}]",
    ],
)
def test_a_password_in_the_configuration_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(WorkspaceError) as refused:
        read_config(f"name: X\ncurrency: USD\n{text}\n", "rebatch.yaml")
    assert CANARY not in str(refused.value)
    assert "is not known" in str(refused.value)
