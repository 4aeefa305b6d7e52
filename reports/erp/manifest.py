"""The manifest of a run: every file with its hash, rows and control totals, so that a reader can check them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

MANIFEST_FILE = "manifest.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class FileRecord:
    """The manifest's entry of one file; `path` is relative to the run's folder, with forward slashes."""

    path: str
    sha256: str
    size: int
    rows: int
    totals: Mapping[str, str] = field(default_factory=dict)
    payee_id: str | None = None

    @classmethod
    def of(
        cls, path: str, content: bytes, *, rows: int, totals: Mapping[str, str], payee_id: str | None = None
    ) -> FileRecord:
        """Return the record of `content`; `totals` are amounts per currency, as text."""
        return cls(path, hashlib.sha256(content).hexdigest(), len(content), rows, totals, payee_id)


def render_manifest(
    files: Iterable[FileRecord], *, run_id: str, as_of: date, payout_period: str, seal: str | None = None
) -> bytes:
    """Render `manifest.json`: the same bytes for the same run, whatever the clock or the order of `files`.

    `seal` is the hash over the books as the run left them: with the manifest at hand a later change can be detected.
    """
    ordered = sorted(files, key=lambda record: record.path)
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "run_id": run_id,
        "as_of": as_of.isoformat(),
        "payout_period": payout_period,
        "files": [_entry(record) for record in ordered],
        **({} if seal is None else {"seal": seal}),
        "statements": {record.payee_id: record.path for record in ordered if record.payee_id is not None},
    }
    # Sorted keys and a fixed layout: manifests are compared and hashed byte by byte.
    return (json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def render_batch_manifest(
    files: Iterable[FileRecord], *, batch_id: str, exported_on: date, profile: str, totals: Mapping[str, str]
) -> bytes:
    """Render the `manifest.json` of an export; `totals` are the sums of its payouts, per currency as text."""
    ordered = sorted(files, key=lambda record: record.path)
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "batch_id": batch_id,
        "exported_on": exported_on.isoformat(),
        "profile": profile,
        "control_totals": dict(totals),
        "files": [_entry(record) for record in ordered],
    }
    return (json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def render_trigger(manifest: bytes) -> bytes:
    """Render the file that marks a batch as complete: the hash of its manifest, readable by `sha256sum --check`."""
    # Two spaces, as sha256sum itself writes and expects them.
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST_FILE}\n".encode()


def _entry(record: FileRecord) -> dict[str, object]:
    return {
        "path": record.path,
        "sha256": record.sha256,
        "bytes": record.size,
        "rows": record.rows,
        "control_totals": dict(record.totals),
    }
