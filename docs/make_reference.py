"""Write every page of `docs/reference` anew: `make reference`."""

from __future__ import annotations

from pathlib import Path

from reference_maker.pages import PAGES

REFERENCE = Path(__file__).resolve().parent / "reference"


def main() -> None:
    """Write the pages; each is made whole before its file is touched."""
    REFERENCE.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
