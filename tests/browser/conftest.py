"""A real Chromium and the pages of the sample books, kept in files as partners get them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from reports.statement.statement import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    if not CHROMIUM.exists():
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=CHROMIUM, headless=True, args=list(QUIET)
        )
        yield context
        context.close()


@pytest.fixture(scope="session")
def sample() -> Any:
    """Return the sample books of tests/reports, which are not a package to import from."""
    path = Path(__file__).parents[1] / "reports" / "conftest.py"
    spec = importlib.util.spec_from_file_location("sample_books", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def pages(sample: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the address of each payee's statement."""
    folder = tmp_path_factory.mktemp("statements")
    books = sample.sample_books()
    addresses = {}
    for made in statements(books.frames, books.issue):
        path = folder / Path(made.path).name
        path.write_bytes(made.content)
        addresses[made.payee_id] = path.as_uri()
    return addresses
