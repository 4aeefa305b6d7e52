"""Recipes: a file counts as its path holds it now, read as its source says now."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipelines.intake.recipes import NOT_READING, READING_OF_ALL, key_of, recipe_of
from schemas.errors import ExtractError
from schemas.source import Source
from schemas.workspace import Ids, WorkspaceConfig

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipelines.conftest import House

pytestmark = pytest.mark.sampled(3, of="module")

HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,net,currency"
IN_FORCE = "SELECT transaction_id, amount FROM transactions WHERE superseded_seq IS NULL ORDER BY ALL"
BY_NET = "tx*.csv, format: csv, columns: {amount: net}"
BY_SLIP = "tx*.csv, format: csv, columns: {transaction_id: slip}"


def row(number: int, amount: int, *, received: str = "2026-01-06") -> str:
    return f"T-{number},M-1,P-1,2026-01-05,{received},sale,1,piece,{amount},{amount // 10},USD"


def sell(house: House, *rows: str, name: str = "tx.csv", header: str = HEADER) -> Path:
    return house.sales(*rows, name=name, header=header)


def in_force(house: House) -> list[tuple[str, int]]:
    return [(name, int(amount)) for name, amount in house.ask(IN_FORCE)]


def test_a_file_whose_recipe_changed_is_read_again(house: House) -> None:
    sell(house, row(1, 100), row(2, 200))
    house.load()
    house.configure(transactions=BY_NET)
    counts = house.load()
    assert (counts["files"], counts["read again"], counts["loaded"]) == (1, 1, 2)
    assert in_force(house) == [("T-1", 10), ("T-2", 20)]
    assert house.load()["files"] == 0


def test_a_recipe_that_is_put_back_reads_the_file_as_before(house: House) -> None:
    sell(house, row(1, 100))
    house.load()
    for transactions, amount in ((BY_NET, 10), ("tx*.csv, format: csv", 100), (BY_NET, 10)):
        house.configure(transactions=transactions)
        house.load()
        assert in_force(house) == [("T-1", amount)]


def test_what_says_nothing_of_the_reading_reads_nothing_again(house: House) -> None:
    sell(house, row(1, 100))
    house.load()
    house.configure(transactions="t*.csv, format: csv, optional: true", max_rejects="3%", more="threads: 1")
    assert house.load()["files"] == 0


def test_every_key_of_a_source_is_in_its_recipe_or_says_nothing_of_the_reading() -> None:
    """Whoever adds a key that says how rows are read has nothing to do; another one is entered in NOT_READING."""
    assert set(Source.model_fields) >= NOT_READING
    assert set(WorkspaceConfig.model_fields) >= set(READING_OF_ALL)
    config = WorkspaceConfig(name="x", currency="USD")
    plain = Source(data_set="transactions", path="x.csv", format="csv")
    assert recipe_of(plain, config) == '{"data_set":"transactions","format":"csv"}'
    assert "delimiter" in recipe_of(plain.model_copy(update={"delimiter": ";"}), config)
    assert "upper" in recipe_of(plain, config.model_copy(update={"ids": Ids(case="upper")}))


def test_rows_under_keys_that_were_a_mistake_end_with_the_mistake(house: House) -> None:
    header = HEADER.replace("transaction_id", "slip")
    house.configure(transactions="tx*.csv, format: csv, columns: {transaction_id: net}")
    sell(house, row(1, 100), row(2, 200), header=header)
    house.load()
    assert in_force(house) == [("10", 100), ("20", 200)]
    house.configure(transactions=BY_SLIP)
    counts = house.load()
    assert (counts["loaded"], counts["withdrawn"]) == (2, 2)
    assert in_force(house) == [("T-1", 100), ("T-2", 200)]


def test_days_that_were_misread_do_not_hold_what_was_misread(house: House) -> None:
    """Read right, the row was received earlier than it seemed: it replaces the misread one all the same."""
    sale = "T-1,M-1,P-1,02/01/2026,03/02/2026,sale,1,piece,100,10,USD"
    house.configure(transactions="tx*.csv, format: csv, date_format: '%d/%m/%Y'")
    sell(house, sale)
    house.load()
    house.configure(transactions="tx*.csv, format: csv, date_format: '%m/%d/%Y'")
    sell(house, sale)
    house.load()
    days = house.ask(
        "SELECT strftime(activity_date, '%d.%m.'), strftime(received_on, '%d.%m.'), superseded_seq "
        "FROM transactions ORDER BY load_seq"
    )
    assert days == [("02.01.", "03.02.", 4), ("01.02.", "02.03.", None)]


def test_a_correction_stays_one_when_both_files_are_read_again(house: House) -> None:
    """The correction's file comes first by name, and later by arrival."""
    sell(house, row(1, 1000), name="tx-b.csv")
    house.load()
    sell(house, row(1, 900), name="tx-a.csv")
    house.load()
    house.configure(transactions=BY_NET)
    assert house.load()["read again"] == 2
    assert in_force(house) == [("T-1", 90)]


def test_a_correction_whose_file_is_gone_is_not_undone_by_reading_the_corrected_file_again(house: House) -> None:
    sell(house, row(1, 1000), row(2, 500), name="tx-b.csv")
    house.load()
    sell(house, row(1, 900), name="tx-c.csv")
    house.load()
    (house.root / "extracts" / "tx-c.csv").unlink()
    house.configure(transactions=BY_NET)
    house.load()
    assert in_force(house) == [("T-1", 900), ("T-2", 50)]


def test_a_file_that_was_moved_is_read_again_in_its_new_place(house: House) -> None:
    path = sell(house, row(1, 100), header=HEADER.replace("transaction_id", "slip"))
    house.configure(transactions="tx*.csv, format: csv, columns: {transaction_id: net}")
    house.load()
    path.rename(path.with_name("tx-2025.csv"))
    house.configure(transactions=BY_SLIP)
    house.load()
    assert in_force(house) == [("T-1", 100)]


def test_copies_are_read_again_once(house: House) -> None:
    path = sell(house, row(1, 100))
    shutil.copy(path, path.with_name("tx-a.csv"))
    house.load()
    house.configure(transactions=BY_NET)
    assert house.load()["read again"] == 1
    assert house.load()["files"] == 0
    house.configure()
    assert house.load()["read again"] == 1
    assert in_force(house) == [("T-1", 100)]


def test_other_data_sets_are_read_again_too(house: House) -> None:
    sell(house, row(1, 100))
    house.put("members.csv", "member_id,name,short\nM-1,One,1\nM-2,Two,2\n")
    house.load()
    text = (house.root / "rebatch.yaml").read_text(encoding="utf-8")
    text = text.replace("members*.csv, format: csv", "members*.csv, format: csv, columns: {name: short}")
    (house.root / "rebatch.yaml").write_text(text, encoding="utf-8")
    house.load()
    assert house.ask("SELECT name FROM members WHERE superseded_seq IS NULL ORDER BY 1") == [("1",), ("2",)]


def test_a_file_put_back_takes_its_correction_back(house: House) -> None:
    """However late the correction said it was received."""
    sell(house, row(1, 1000), row(2, 5))
    house.load()
    sell(house, row(1, 900, received="2026-02-01"), row(2, 5))
    house.load()
    sell(house, row(1, 1000), row(2, 5))
    assert house.load()["files"] == 1
    assert in_force(house) == [("T-1", 1000), ("T-2", 5)]
    assert house.load()["files"] == 0


def test_a_file_put_back_leaves_corrections_of_other_files_alone(house: House) -> None:
    sell(house, row(1, 1000))
    house.load()
    sell(house, row(1, 900, received="2026-02-01"), name="tx-b.csv")
    house.load()
    sell(house, row(1, 1000), row(2, 5))
    house.load()
    sell(house, row(1, 1000))
    house.load()
    assert in_force(house) == [("T-1", 900), ("T-2", 5)]


def test_bytes_of_another_path_are_known(house: House) -> None:
    """A copy that was left aside does not undo what came to the first path since."""
    path = sell(house, row(1, 1000))
    house.load()
    shutil.copy(path, path.with_name("tx-old.csv"))
    sell(house, row(1, 900))
    house.load()
    assert in_force(house) == [("T-1", 900)]
    assert house.load()["files"] == 0


def test_ids_from_another_column_with_older_contents_in_force_is_refused(house: House) -> None:
    """Which of their rows the file names otherwise cannot be told."""
    header = HEADER.replace("transaction_id", "slip")
    house.configure(transactions=BY_SLIP)
    sell(house, row(1, 100), header=header)
    house.load()
    sell(house, row(2, 200), header=header)
    house.load()
    house.configure(transactions="tx*.csv, format: csv, columns: {transaction_id: net}")
    with pytest.raises(ExtractError, match="names its rows otherwise, and 2 rows in force"):
        house.load()
    assert in_force(house) == [("T-1", 100), ("T-2", 200)]


def test_ids_from_another_column_when_their_file_is_gone_is_refused(house: House) -> None:
    """The file of the next night would bring the same sales under other keys."""
    house.configure(transactions="tx*.csv, format: csv, columns: {transaction_id: net}")
    header = HEADER.replace("transaction_id", "slip")
    sell(house, row(1, 100), header=header)
    house.load()
    sell(house, row(1, 100), row(2, 200), header=header)
    house.configure(transactions=BY_SLIP)
    with pytest.raises(
        ExtractError,
        match=r"extracts/tx\.csv: what names a row of this source was changed.* came with 1 of the rows in force",
    ):
        house.load()
    assert in_force(house) == [("10", 100)]
    sell(house, row(1, 100), header=header)
    house.load()
    sell(house, row(1, 100), row(2, 200), header=header)
    house.load()
    assert in_force(house) == [("T-1", 100), ("T-2", 200)]


def test_rows_of_files_that_are_gone_are_named(house: House) -> None:
    path = sell(house, row(1, 100), name="tx-1.csv")
    sell(house, row(2, 200), name="tx-2.csv")
    house.load()
    path.unlink()
    assert "gone" not in house.load()
    house.configure(transactions=BY_NET)
    assert house.load()["gone"] == (
        "rows that count as they were read before the source was changed, since their files are gone: "
        "1 of extracts/tx-1.csv; put a file back to have it read again"
    )
    assert in_force(house) == [("T-1", 100), ("T-2", 20)]
    sell(house, row(1, 100), name="tx-1.csv")
    assert "gone" not in house.load()
    assert in_force(house) == [("T-1", 10), ("T-2", 20)]


def test_recipes_that_name_rows_alike_have_one_key() -> None:
    config = WorkspaceConfig(name="x", currency="USD")

    def key(**more: object) -> str:
        return key_of(recipe_of(Source.model_validate(BASE | more), config))

    assert key() == key(returns="positive") == key(columns={"amount": "net"}) == key(delimiter=";")
    assert len({key(), key(key=["order_id"]), key(columns={"transaction_id": "slip"}), key(source="pos")}) == 4


BASE = {"data_set": "transactions", "path": "x.csv", "format": "csv"}
