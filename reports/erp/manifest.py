"""The manifest of a run: every file with its hash, rows and control totals, so that a reader can check them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from schemas.output_columns import OutputColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

MANIFEST_FILE = "manifest.json"
SCHEMA_VERSION = 1

_HASH = "7cc0892e46020356a4ff5a88dd4b797ef4425b6e32b9770b049daae1ef9d2b38"
_OF_BOTH = {
    "schema_version": OutputColumn("whole", "version of this format", str(SCHEMA_VERSION)),
    "files": OutputColumn("list", "every other file in the folder; a trigger is not among them", '[{"path": …}]'),
}
RUN_KEYS: Mapping[str, OutputColumn] = MappingProxyType(
    {
        **_OF_BOTH,
        "run_id": OutputColumn("text", "id of the run, the name of its folder", "2026-11-23-95e480bf0c39"),
        "as_of": OutputColumn("day", "day that the books were brought to", "2026-11-23"),
        "payout_period": OutputColumn("text", "month that its payouts are of", "2026-11"),
        "seal": OutputColumn("text", "hash over the books as the run left them, which shows later changes", _HASH),
        "statements": OutputColumn(
            "mapping", "the id of every payee, with the path of its statement", '{"D-0001": "statements/…"}'
        ),
    }
)
"""The keys of a run's manifest."""
BATCH_KEYS: Mapping[str, OutputColumn] = MappingProxyType(
    {
        **_OF_BOTH,
        "batch_id": OutputColumn("text", "id of the export; its folder is export- and this", "2026-12-01-6b57bf1a055d"),
        "exported_on": OutputColumn("day", "day of the export", "2026-12-01"),
        "profile": OutputColumn("text", "profile that its files are written in", "generic"),
        "control_totals": OutputColumn("mapping", "what its payouts add up to, per currency", '{"USD": "464.00"}'),
        "seal": OutputColumn("text", "hash over the books as the last run left them, which shows later changes", _HASH),
        "decisions": OutputColumn("whole", "how many decisions were recorded before this export's own", "12"),
        "decisions_hash": OutputColumn("text", "hash of the last of them, which shows that one is gone", _HASH),
    }
)
"""The keys of the manifest of an export."""
FILE_KEYS: Mapping[str, OutputColumn] = MappingProxyType(
    {
        "path": OutputColumn("text", "where it is in the folder, with forward slashes", "payouts.csv"),
        "sha256": OutputColumn("text", "hash of its bytes", _HASH),
        "bytes": OutputColumn("whole", "its length", "1724"),
        "rows": OutputColumn("whole", "its rows, the header not counted; of a page, its lines", "8"),
        "control_totals": OutputColumn("mapping", "what its amounts add up to, per currency", '{"USD": "464.00"}'),
    }
)
"""The keys of each of `files`."""


class Anchors(NamedTuple):
    """The ends of the hash chains of the books, which a manifest keeps outside of them.

    seal: the hash of the last seal; None if no run had one. decisions: the number of the last decision (0 if there is
    none), decisions_hash: its hash.
    """

    seal: str | None
    decisions: int
    decisions_hash: str


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
    files: Iterable[FileRecord],
    *,
    batch_id: str,
    exported_on: date,
    profile: str,
    totals: Mapping[str, str],
    anchors: Anchors,
) -> bytes:
    """Render the `manifest.json` of an export; `totals` are the sums of its payouts, per currency as text."""
    ordered = sorted(files, key=lambda record: record.path)
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "batch_id": batch_id,
        "exported_on": exported_on.isoformat(),
        "profile": profile,
        "control_totals": dict(totals),
        **anchors._asdict(),
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
