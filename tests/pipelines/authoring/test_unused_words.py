"""Words of a workspace for columns and values that the data has not: `check` tells the slip, and what may be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.authoring.check import examine
from pipelines.workspace.configuration import open_workspace
from tests.pipelines.authoring.test_orphan_rows import PROGRAM

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

WORDS = """\
words:
  categorie: {title: {de: Warengruppe}}
  category: {values: {brakes: {de: Bremsen}, filtres: {de: Filter}}}
  region: {title: {de: Gebiet}, values: {north: {de: Norden}}}
"""


def told(house: House) -> list[str]:
    return [str(found) for found in examine(open_workspace(house.root)).of("warning") if found.kind == "unused-words"]


def test_what_the_data_has_not_is_told_once_there_is_data(house: House) -> None:
    house.configure(more=WORDS)
    house.rule(PROGRAM)
    house.put("products.csv", "product_id,name,category\nP-1,Pads,brakes\nP-2,Filter,filters\n")
    house.sales("T-1,M-1,P-1,2026-01-02,2026-01-02,sale,1,each,5,USD")
    assert told(house) == []
    house.load()
    assert told(house) == [
        "rebatch.yaml: words: names 'categorie', which is no column that filters name → did you mean 'category'?",
        "rebatch.yaml: words: category: names the value 'filtres', which no row has → did you mean 'filters'?",
    ]
    kinds = {found.kind for found in examine(open_workspace(house.root), ignore=["unused-words"]).findings}
    assert "unused-words" not in kinds
