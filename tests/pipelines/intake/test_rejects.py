from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

import pipelines.intake.rejects
from schemas.errors import Place, Problem, StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipelines.conftest import House

HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency"
GOOD = "T-1,M-1,P-1,2026-01-05,2026-01-06,sale,1,piece,10,USD"
BAD = "T-2,M-1,P-1,2026-01-05,2026-01-06,sale,1,piece,1e3,USD"


def rejects_file(house: House, name: str = "tx.rejects.csv") -> Path:
    return house.root / "rejects" / "transactions" / name


def table(path: Path, **more: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(more.get("encoding", "utf-8")), newline="")))


def test_the_file_says_what_is_wrong_and_what_to_do(house: House) -> None:
    house.sales(GOOD, BAD.replace("M-1", "M-9"))
    house.load()
    (reject,) = table(rejects_file(house))
    assert (reject["transaction_id"], reject["amount"], reject["rebatch_line"]) == ("T-2", "1e3", "3")
    assert reject["rebatch_reason"] == "amount: not_a_number; member_id: unknown_member"
    assert (
        "correct member_id, or load the row of members first; export it as text or with all its digits"
        in reject["rebatch_todo"]
    )


def test_a_corrected_row_dropped_back_in_is_loaded_and_resolves_its_reject(house: House) -> None:
    house.configure(max_rejects="50%")
    house.sales(GOOD, BAD, BAD.replace("T-2", "T-3"), GOOD.replace("T-1", "T-4"))
    house.load()
    text = rejects_file(house).read_text(encoding="utf-8")
    house.put("tx-corrected.csv", text.replace("1e3", "1000", 1))
    counts = house.load()
    assert (counts["loaded"], counts["rejected"]) == (1, 1)
    assert house.ask("SELECT line, load_seq, resolved_seq FROM rejects ORDER BY 2, 1") == [
        (3, 3, 4),
        (4, 3, 4),
        (3, 4, None),
    ]
    again = rejects_file(house, "tx-corrected.rejects.csv").read_text(encoding="utf-8")
    assert again.splitlines()[0] == text.splitlines()[0]
    house.put("tx-corrected-again.csv", again.replace("1e3", "1000", 1))
    assert house.load()["loaded"] == 1
    assert house.ask("SELECT COUNT(*) FROM rejects WHERE resolved_seq IS NULL") == [(0,)]
    assert house.ask("SELECT SUM(amount), COUNT(*) FROM transactions") == [(2020, 4)]
    assert "rebatch_reason" not in {name for name, *_ in house.ask("DESCRIBE transactions")}


def test_whatever_stands_in_a_row_comes_back_unchanged(house: House) -> None:
    note = 'a "quoted" line,\r\nanother\rone;\t=1+1 髙𠮷 😀 '
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[*HEADER.split(","), "note"], [*BAD.split(","), note]])
    house.put("tx.csv", text.getvalue())
    house.load()
    (reject,) = table(rejects_file(house))
    assert reject["note"] == note
    (original,) = house.ask("SELECT original FROM rejects")
    assert next(csv.reader(io.StringIO(original[0], newline=""))) == [*BAD.split(","), note]


def test_ragged_rows_keep_their_values_and_their_text(house: House) -> None:
    house.sales(GOOD, "T-2,M-1", f"{GOOD},surplus")
    house.load()
    short, long = table(rejects_file(house))
    assert (short["member_id"], short["amount"], short["rebatch_original"]) == ("M-1", "", "T-2,M-1")
    assert (long["currency"], long["rebatch_original"]) == ("USD", f"{GOOD},surplus")
    assert short["rebatch_reason"] == "columns"


def test_the_file_is_written_as_the_source_writes(house: House) -> None:
    house.configure(transactions="tx*.csv, format: csv, delimiter: ';', encoding: cp932")
    house.put("tx.csv", f"{HEADER};note\n{BAD};高木\n".replace(",", ";").encode("cp932"))
    house.load()
    text = rejects_file(house).read_bytes().decode("cp932")
    house.put("tx2.csv", text.replace("1e3", "1000").encode("cp932"))
    assert house.load()["loaded"] == 1
    assert house.ask("SELECT note FROM transactions") == [("高木",)]


def test_files_of_one_name_keep_their_rejects_apart(house: House) -> None:
    house.configure(transactions="*/tx.csv, format: csv")
    house.sales(BAD, name="a/tx.csv")
    house.sales(BAD.replace("T-2", "T-3"), name="b/tx.csv")
    house.load()
    assert len(list(rejects_file(house).parent.iterdir())) == 2


def test_rejects_that_cannot_be_written_stop_the_load(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise StorageError(Problem("the files cannot be written", "free disk space", at=Place(path.name)))

    house.sales(GOOD, BAD)
    monkeypatch.setattr(pipelines.intake.rejects, "write_whole", full)
    with pytest.raises(StorageError, match="cannot be written"):
        house.load()
    assert house.ask("SELECT COUNT(*) FROM transactions") == [(0,)]
    monkeypatch.undo()
    assert house.load()["rejected"] == 1
