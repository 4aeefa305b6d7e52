"""Visit evidence: photos and papers that show what was done at a visit."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.checks import LOWER, SHA256
from schemas.types import Id


class VisitEvidence(pa.DataFrameModel):
    """One row is a file that shows what was done at a visit; the file itself stays in the visit system."""

    visit_id: Id = pa.Field(description="the visit", metadata={"example": "V-0001"})
    task_id: Id = pa.Field(
        nullable=True, description="the task it shows, if it shows one", metadata={"example": "display-check"}
    )
    file: pl.String = pa.Field(description="its name in the visit system", metadata={"example": "V-0001/shelf.jpg"})
    sha256: pl.String = pa.Field(
        nullable=True,
        str_matches=SHA256,
        metadata=LOWER | {"example": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
        description="the hash of its content, by which it can be told from another",
    )
