from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.pipelines.conftest import House

HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency"
IDS = [f"T-{n}" for n in range(6)]

rows = st.builds(
    "{0},{1},P-1,2026-01-05,2026-01-{2},{3},1,piece,{4},USD".format,
    st.sampled_from([*IDS, "", 'T"6'.replace('"', '""').join('""'), "髙𠮷"]),
    st.sampled_from(["M-1", "M-2", "M-9"]),
    st.sampled_from(["06", "07", "08", "01", "32"]),
    st.sampled_from(["sale", "sale", "adjustment", "return"]),
    st.sampled_from(["10", "10.00", "20", "-5.5", "0", "NaN", "1e3", "10.00555", "99999999999999.9999", ""]),
)
files = st.lists(st.one_of(rows, rows, rows, st.sampled_from(["", "ragged", ",,,,,,,,,"])), max_size=12)


@pytest.fixture(scope="module")
def new_house(request: pytest.FixtureRequest) -> Iterator[Callable[[], House]]:
    house_type = request.getfixturevalue("house_type")
    with tempfile.TemporaryDirectory() as folder:
        count = iter(range(10_000))
        yield lambda: house_type(Path(folder) / f"house-{next(count)}")


def amount(text: str) -> Decimal:
    """What the money of a row is read as, told independently of the SQL."""
    value = text.split(",")[8]
    if value in {"NaN", "1e3", "10.00555", ""}:
        return Decimal(0)
    return Decimal(value)


@examples(8)
@given(contents=st.lists(files, min_size=1, max_size=3))
def test_every_row_has_one_outcome_in_rows_and_money(new_house: Callable[[], House], contents: list[list[str]]) -> None:
    house = new_house()
    for n, content in enumerate(contents):
        house.sales(*content, name=f"tx{n}.csv")
    house.load()
    loads = house.ask("SELECT * EXCLUDE (loaded_at) FROM loads WHERE data_set = 'transactions' ORDER BY load_seq")
    names = [name for name, *_ in house.ask("DESCRIBE loads")]
    seen: list[list[str]] = []
    for content in contents:
        if content in seen:
            continue
        seen.append(content)
        load = dict(zip(names, loads[len(seen) - 1], strict=False))
        records = [line for line in content if line.strip(",")]
        parts = ("loaded", "duplicate", "superseded", "rejected")
        assert load["rows_read"] == len(records) == sum(load[f"rows_{part}"] for part in parts)
        money = sum((amount(line) for line in records if line != "ragged"), Decimal(0))
        assert load["amount_read"] == money == sum(load[f"amount_{part}"] for part in parts)
    assert len(loads) == len(seen)
    assert (
        house.ask("SELECT row_key FROM transactions WHERE superseded_seq IS NULL GROUP BY row_key HAVING COUNT(*) > 1")
        == []
    )


@examples(4)
@given(content=st.lists(rows, max_size=12), data=st.data())
def test_the_order_of_files_does_not_matter_for_different_keys(
    new_house: Callable[[], House], content: list[str], data: st.DataObject
) -> None:
    by_id = {name: [line for line in content if line.startswith(f"{name},")] for name in IDS[:3]}
    groups = [lines for lines in by_id.values() if lines]
    states = []
    for order in (groups, data.draw(st.permutations(groups))):
        house = new_house()
        house.sales(name="tx.csv")
        for n, lines in enumerate(order):
            house.sales(*lines, name=f"tx{n}.csv")
        house.load()
        states.append(
            house.ask(
                "SELECT transaction_id, member_id, received_on, type, amount FROM transactions "
                "WHERE superseded_seq IS NULL ORDER BY ALL"
            )
        )
    assert states[0] == states[1]


@examples(5)
@given(content=files)
def test_a_file_loaded_again_under_another_name_changes_nothing(
    new_house: Callable[[], House], content: list[str]
) -> None:
    house = new_house()
    house.sales(*content)
    house.load()
    in_force = f"SELECT {HEADER} FROM transactions WHERE superseded_seq IS NULL ORDER BY ALL"
    before = house.ask(in_force.replace("received_on,", ""))
    # One blank line more makes it another file with the same rows.
    house.sales(*content, "", name="tx2.csv")
    house.load()
    assert house.ask(in_force.replace("received_on,", "")) == before
