"""Overwriting: a slip in a file's name takes neither the books nor a rule file nor the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch

RULE = "rules/volume-bonus-2026.yaml"


@pytest.mark.parametrize("target", ["rebatch.yaml", RULE, "extracts/members.csv", "warehouse.duckdb"])
def test_a_page_or_schema_replaces_nothing_of_another_kind(sample: Path, rebatch: Rebatch, target: str) -> None:
    (sample / "warehouse.duckdb").write_bytes(b"books")
    before = {path: path.read_bytes() for path in sample.rglob("*") if path.is_file()}
    for words in (("schema",), ("terms", sample / RULE, "--html"), ("terms", sample / RULE, "--md")):
        shown = rebatch("-w", sample, *words, sample / target)
        assert shown.code == 1
        assert "what is here is of another kind → name a new file, or one that ends in ." in shown.err
    assert {path: path.read_bytes() for path in sample.rglob("*") if path.is_file()} == before


def test_one_of_the_same_kind_is_replaced(sample: Path, rebatch: Rebatch) -> None:
    for words, name in ((("schema",), "a.json"), (("terms", sample / RULE, "--html"), "a.html")):
        (sample / name).write_bytes(b"old")
        assert rebatch("-w", sample, *words, sample / name).code == 0
        assert len((sample / name).read_bytes()) > 3
