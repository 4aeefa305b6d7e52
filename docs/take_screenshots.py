"""Take the pictures of `docs/images` anew, of the demo as partners and managers see it: `make screenshots`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import cli

ROOT = Path(__file__).resolve().parents[1]
IMAGES = Path(__file__).resolve().parent / "images"
CHROMIUM = "/usr/bin/chromium"
AS_OF = "2026-11-23"
PHONE, DESK = (390, 844), (1440, 900)
SETTLED = 1000  # milliseconds until charts are drawn


def main() -> None:
    """Run the demo in a folder of its own, make what people look at, and take a picture of each."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rebatch-") as folder:
        demo = _demo(Path(folder))
        site = demo / "site" / "payees"
        pages = {
            "statement-phone": (next((demo / "out").glob("*/statements/m-0004-*.html")), PHONE),
            "site-phone": (next(site.glob("m-0008-*")) / "programs.html", PHONE),
            "site-desk": (next(site.glob("m-0005-*")) / "index.html", DESK),
            "dashboard-desk": (demo / "dashboard.html", DESK),
        }
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            for name, (path, (width, height)) in pages.items():
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(path.as_uri())
                page.wait_for_timeout(SETTLED)
                page.screenshot(path=IMAGES / f"{name}.png")
                page.close()
            browser.close()


def _demo(folder: Path) -> Path:
    """Return a copy of the demo that was run, with its site and dashboard."""
    for part in ("data/demo", "rules/programs"):
        made = shutil.ignore_patterns(
            "warehouse.duckdb*", "out", "published", "landing", "rejects", "site", "statements", "backups"
        )
        shutil.copytree(ROOT / part, folder / part, ignore=made)
    demo = folder / "data" / "demo"
    for words in (
        ["run", "--as-of", AS_OF, "--ahead"],
        ["site"],
        ["dashboard", "-o", str(demo / "dashboard.html")],
    ):
        cli.app(["-w", str(demo), *words], standalone_mode=False)
    return demo


if __name__ == "__main__":
    main()
