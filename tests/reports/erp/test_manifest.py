from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal

import polars as pl

from reports.erp.amounts import control_totals, with_digits
from reports.erp.manifest import FileRecord, render_manifest
from schemas.types import MONEY

FILES = [
    FileRecord.of("statements/x.html", b"<html>", rows=2, totals={"JPY": "5"}, payee_id='髙"\n../x'),
    FileRecord.of("payouts.csv", b"payout_id\r\n", rows=0, totals={"USD": "10.00", "JPY": "5"}),
]


def render(files: list[FileRecord]) -> bytes:
    return render_manifest(files, run_id="2026-11-23-abc", as_of=date(2026, 11, 23), payout_period="2026-11")


def test_manifest_names_every_file_with_its_hash_and_totals() -> None:
    manifest = json.loads(render(FILES))
    assert [entry["path"] for entry in manifest["files"]] == ["payouts.csv", "statements/x.html"]
    assert manifest["files"][0] == {
        "path": "payouts.csv",
        "sha256": hashlib.sha256(b"payout_id\r\n").hexdigest(),
        "bytes": 11,
        "rows": 0,
        "control_totals": {"JPY": "5", "USD": "10.00"},
    }
    assert manifest["statements"] == {'髙"\n../x': "statements/x.html"}
    assert (manifest["schema_version"], manifest["run_id"], manifest["as_of"], manifest["payout_period"]) == (
        1,
        "2026-11-23-abc",
        "2026-11-23",
        "2026-11",
    )


def test_order_of_files_changes_no_byte() -> None:
    assert render(FILES) == render(FILES[::-1])
    assert render(FILES).startswith(b'{\n  "as_of"')


def test_control_totals_are_exact_text_per_currency() -> None:
    frame = pl.DataFrame(
        {
            "currency": ["USD", "JPY", "USD", "KWD"],
            "amount": [Decimal("0.10"), Decimal(7), Decimal("99999999999999.85"), Decimal("-0.005")],
        }
    ).with_columns(pl.col("amount").cast(MONEY))
    totals = control_totals(with_digits(frame, {"USD": 2, "JPY": 0, "KWD": 3}))
    assert totals == {"JPY": "7", "KWD": "-0.005", "USD": "99999999999999.95"}
