"""The JSON Schema of rule files, for editors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipelines.workspace.files import refuse_other_kind, write_whole
from rules.reference.json_schema import rule_file_schema

if TYPE_CHECKING:
    from pathlib import Path


def schema_text() -> str:
    """Return the schema as JSON text; the same bytes for the same version of the language."""
    return json.dumps(rule_file_schema(), ensure_ascii=False, indent=2) + "\n"


def write_schema(target: Path) -> None:
    """Write the schema to a file.

    Raises:
        StorageError: the disk is full or may not be written.
        TerminalError: there is no such folder, or a file of another kind.
    """
    refuse_other_kind(target, ".json")
    write_whole(target, schema_text().encode())
