"""Which workspace is meant when none is named."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "REBATCH_WORKSPACE"
CONFIG = "rebatch.yaml"
DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"


def workspace_root(named: Path | None = None) -> Path:
    """Return the folder `named`, else that of REBATCH_WORKSPACE, else this one if it is a workspace, else the demo."""
    if named is not None:
        return named.resolve()
    if variable := os.environ.get(VARIABLE):
        return Path(variable).resolve()
    here = Path.cwd()
    return here if (here / CONFIG).exists() or not DEMO.exists() else DEMO
