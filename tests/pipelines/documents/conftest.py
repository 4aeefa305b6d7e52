"""What tests of documents share with those of the command line."""

from __future__ import annotations

from tests.cli.conftest import rebatch

__all__ = ["rebatch"]
