from __future__ import annotations

import gzip
import os
import resource
import shutil
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.books.runs import Run
from pipelines.intake.extract import extract
from pipelines.workspace.configuration import open_workspace
from schemas.errors import ExtractError, StorageError, TerminalError, WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipelines.conftest import House

pytestmark = pytest.mark.sampled(2, of="module")

HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency"
SALE = "T-{0},M-1,P-1,2026-01-05,2026-01-06,sale,1,piece,{1},USD"


def refused(house: House) -> list[str]:
    with pytest.raises(ExtractError) as caught:
        house.load()
    return [str(problem) for problem in caught.value.problems]


def test_text_lands_raw(house: House) -> None:
    house.sales(" T-1 ,M-1,P-1,2026-01-05,2026-01-06,sale,1,piece,1e3,USD")
    counts = house.extract()
    landed = [pl.read_parquet(path) for path in (house.root / "landing").glob("*.parquet")]
    row = next(frame for frame in landed if "amount" in frame.columns).row(0, named=True)
    assert (row["transaction_id"], row["amount"], row["rebatch_line"]) == (" T-1 ", "1e3", 2)
    assert (counts["files"], counts["new_files"]) == (3, 3)


def test_what_was_loaded_is_not_landed_again(house: House) -> None:
    house.sales(SALE.format(1, 10))
    house.load()
    counts = house.extract()
    assert (counts["files"], counts["new_files"]) == (3, 0)
    assert not list((house.root / "landing").glob("*.parquet"))


def test_a_file_rewritten_with_its_old_times_is_seen(house: House) -> None:
    path = house.sales(SALE.format(1, 10))
    house.load()
    times = path.stat()
    house.sales(SALE.format(2, 20))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert house.load()["loaded"] == 1


def test_a_column_is_suggested_only_if_it_can_be_nothing_else(house: House) -> None:
    house.sales(SALE.format(1, 10), header=HEADER.replace("received_on", "Received-On").replace("unit", "total"))
    told = refused(house)
    assert told[0].endswith(
        "did you mean 'Received-On'? Then write `columns: {received_on: Received-On}` for this source"
    )
    assert told[1].endswith("where 'unit' comes from; not used yet: 'Received-On', 'total'")


def test_columns_that_nobody_uses_never_stop_a_file(house: House) -> None:
    house.configure(transactions="tx*.csv, format: csv, ignore: [Remark]")
    house.sales(SALE.format(1, 10) + ",\x01,a,b,,", header=HEADER + ",Remark,Note,note,,")
    house.load()
    columns = {name for name, *_ in house.ask("DESCRIBE transactions")}
    assert not columns & {"remark", "note", ""}


@pytest.mark.parametrize(("header", "row"), [(",", ""), ("", ","), (",,", ",,"), (", ,", ",,")])
def test_delimiters_at_the_end_of_lines_are_no_columns(house: House, header: str, row: str) -> None:
    house.sales(SALE.format(1, 10) + row, SALE.format(2, 20) + row, header=HEADER + header)
    assert house.load()["loaded"] == 6


def test_all_problems_of_all_files_come_at_once(house: House) -> None:
    house.put("members.csv", "member,name\nM-1,One\n")
    house.put("products.csv", "")
    house.sales(SALE.format(1, 10), header=HEADER.replace("amount", "Amnt"))
    assert refused(house) == [
        (
            "extracts/members.csv:1: there is no column 'member_id' → add the column, or say in `columns:` or "
            "`constants:` of this source where 'member_id' comes from; not used yet: 'member'"
        ),
        (
            "extracts/products.csv: the file is empty → export it again; if there is nothing to report, leave the "
            "file out or write its header line"
        ),
        (
            "extracts/tx.csv:1: there is no column 'amount' → add the column, or say in `columns:` or "
            "`constants:` of this source where 'amount' comes from; not used yet: 'Amnt'"
        ),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "extracts/members.csv: the file is empty"),
        (b"\n \n", "extracts/members.csv: the file is empty"),
        (
            b"member_id,name,Name\nM-1,a,b\n",
            "extracts/members.csv:1:16: column 3 has the same name as column 2: 'Name'",
        ),
        (
            b"member_id,,name\nM-0,,c\nM-1,a,b\n",
            "extracts/members.csv:1:11: column 2 has no name, but holds 'a' in line 3",
        ),
        (b"name\nOne\n", "extracts/members.csv:1: there is no column 'member_id' → add the column"),
        ("member_id,name\nM-1,高木\n".encode("cp932"), "extracts/members.csv:2:5: byte 0x8d is not utf-8"),
        (
            gzip.compress(b"member_id\n" + b"M-1\n" * 99, mtime=0)[:-9],
            "extracts/members.csv: the gzip file cannot be unpacked",
        ),
        (b"PAR1\x15\x04", "extracts/members.csv: this is not CSV but Parquet → write `format: parquet`"),
        (b"PK\x03\x04\x14", "extracts/members.csv: this is not CSV but a zip or Excel file → save it as CSV"),
        (b'member_id,name\nM-1,"One\nM-2,Two\nM-3,Three\n', "members.csv:2: a quote opened in this record is never"),
        (b'member_id,name\nM-1,One\n"M-2,Two\nM-3,Three\n', "members.csv:3: a quote opened in this record is never"),
        (b'"member_id,name\nM-1,One\n', "there is no column 'member_id'"),
        (b"member_id,name\rM-1,One\r", "extracts/members.csv:1: the header cannot be read"),
    ],
)
def test_a_broken_file_is_refused_by_name(house: House, content: bytes, message: str) -> None:
    house.sales(SALE.format(1, 10))
    house.put("members.csv", content)
    problems = refused(house)
    assert len(problems) == 1
    assert message in problems[0]


def test_a_record_that_never_ends_is_refused(house: House) -> None:
    house.sales(SALE.format(1, 10))
    house.put("members.csv", b"member_id,name\nM-1,One\nM-2," + b"x" * (65 << 20) + b"\n")
    assert "after this line comes a record longer than 32 MB" in refused(house)[0]


def test_a_required_extract_must_be_there(house: House) -> None:
    assert refused(house) == [
        (
            "extracts/tx*.csv: no file matches → put an extract there, or correct `path:` of source 3 "
            "(transactions) in rebatch.yaml"
        ),
    ]


@pytest.mark.parametrize(
    ("sourced", "missing"),
    [
        ("", ["members"]),
        ("transactions", ["members", "products"]),
        ("visit_tasks", ["members", "visits"]),
        ("visits", ["members"]),
        ("unit_conversions", ["members"]),
    ],
)
def test_what_rows_must_refer_to_needs_a_source(house: House, sourced: str, missing: list[str]) -> None:
    sources = f"sources: [{{data_set: {sourced}, path: x.csv, format: csv, optional: true}}]\n" if sourced else ""
    (house.root / "rebatch.yaml").write_text(f"name: x\ncurrency: USD\n{sources}", encoding="utf-8")
    assert [problem.split(" →")[0] for problem in refused(house)] == [
        f"rebatch.yaml: there is no source of {name}" for name in missing
    ]


def test_a_broken_visits_extract_does_not_stop_the_run(house: House) -> None:
    house.configure(sources="  - {data_set: visits, path: extracts/visits.csv, format: csv}")
    house.sales(SALE.format(1, 10))
    house.put("visits.csv", "visit,member_id\nV-1,M-1\n")
    counts = house.extract()
    assert "extracts/visits.csv:1: there is no column 'visit_id'" in str(counts["refused"])
    assert house.load()["loaded"] == 5


def test_gzip_and_other_encodings_are_read(house: House) -> None:
    house.configure(transactions="tx*.csv.gz, format: csv, encoding: cp932")
    text = f"{HEADER},note\n{SALE.format(1, 10)},高木\n"
    house.put("tx.csv.gz", gzip.compress(text.encode("cp932")))
    house.put("members.csv", b"\xef\xbb\xbfmember_id,name\r\nM-1,One\r\n")
    house.load()
    assert house.ask("SELECT note FROM transactions") == [("高木",)]
    assert house.ask("SELECT member_id, name FROM members") == [("M-1", "One")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_a_stated_encoding_is_used(house: House, encoding: str) -> None:
    house.configure(transactions=f"tx*.csv, format: csv, encoding: {encoding}")
    house.put("tx.csv", f"{HEADER},note\n{SALE.format(1, 10)},é\n".encode(encoding))
    house.load()
    assert house.ask("SELECT note FROM transactions") == [("é",)]


def test_lines_are_exact_after_line_breaks_in_values(house: House) -> None:
    house.put(
        "members.csv",
        'member_id,"na\nme"\nM-1,"a\n\nb"\nM-2\n\nM-3,"c\r\nd",surplus\r\n,,\nM-4,"e\nf"\nM-5,\x01\n',
    )
    house.sales(SALE.format(1, 10))
    house.load()
    assert house.ask("SELECT member_id, line FROM members ORDER BY line") == [("M-1", 3), ("M-4", 11), ("M-5", 13)]
    assert house.reasons() == [
        (6, "", "columns", "M-2"),
        (8, "", "columns", 'M-3,"c\r\nd",surplus'),
        (10, "", "columns", ",,"),
    ]
    assert house.ask('SELECT "na_me" FROM members WHERE line = 13') == [(" ",)]


def test_many_ragged_rows_keep_their_lines(house: House) -> None:
    rows = [SALE.format(n, 1) if n % 7 else "short" for n in range(2, 5000)]
    house.sales(*rows)
    house.load()
    assert house.ask("SELECT COUNT(*) FROM transactions WHERE transaction_id <> 'T-' || line") == [(0,)]
    assert house.ask("SELECT COUNT(*), COUNT(DISTINCT line) FROM rejects WHERE line % 7 = 0") == [(714, 714)]


@pytest.mark.long
def test_a_ten_megabyte_line_is_a_named_reject(house: House) -> None:
    house.sales(
        SALE.format(1, 10), SALE.format("x" * (10 << 20), 10), SALE.format(3, "9" * (10 << 20)), "y" * (10 << 20)
    )
    counts = house.load()
    assert (counts["loaded"], counts["rejected"]) == (5, 3)
    named = house.ask(
        "SELECT line, column_name, reason, length(value), length(original) > 10000000 FROM rejects ORDER BY line"
    )
    assert named == [
        (3, "transaction_id", "too_long", 200, True),
        (4, "amount", "out_of_range", 200, True),
        (5, "", "columns", 200, True),
    ]


def test_a_path_may_not_leave_the_workspace(house: House) -> None:
    for path in ("../x.csv", "/etc/passwd", "extracts/../../x.csv"):
        house.configure(sources=f"  - {{data_set: visits, path: {path}, format: csv}}")
        with pytest.raises(WorkspaceError, match="below the workspace"):
            open_workspace(house.root)


def test_a_link_out_of_the_workspace_is_not_followed(house: House) -> None:
    outside = house.root.parent / "outside.csv"
    outside.write_text(f"{HEADER}\n{SALE.format(1, 10)}\n", encoding="utf-8")
    (house.root / "extracts" / "tx.csv").symlink_to(outside)
    assert refused(house) == [
        (
            "extracts/tx.csv: the file lies outside the workspace → copy the file into the workspace: links that "
            "lead out of it are not followed"
        ),
    ]


def test_hostile_file_names_are_only_names(house: House) -> None:
    name = "tx[1]*?'; DROP TABLE loads; --\" 髙𠮷 😀.csv"
    house.sales(SALE.format(1, 10), name=name)
    assert house.load()["loaded"] == 5
    assert house.ask("SELECT path FROM loads WHERE data_set = 'transactions'") == [(f"extracts/{name}",)]


def test_a_landing_cut_off_by_a_kill_is_made_again(house: House) -> None:
    house.sales(SALE.format(1, 10))
    house.extract()
    landing = house.root / "landing"
    for path in landing.glob("*.parquet"):
        path.rename(path.with_name(f".rebatch-part-{path.name}.1"))
    (landing / "manifest.json").write_text('{"extracts": [', encoding="utf-8")
    assert house.load()["loaded"] == 5
    assert not list(landing.glob(".rebatch-part-*"))


def test_drafts_of_a_killed_run_do_not_stay(house: House) -> None:
    house.sales(SALE.format(1, 10))
    house.extract()
    landing = house.root / "landing"
    drafts = [landing / ".rebatch-part-manifest.json.4711", landing / f"{'0' * 64}-{'0' * 8}.parquet"]
    of_others = [landing / name for name in (".keep", "notes.parquet", "half.tmp", "sales.csv", ".manifest.json.1")]
    for path in (*drafts, *of_others):
        path.write_bytes(b"")
    house.extract()
    assert [path for path in drafts if path.exists()] == []
    assert [path for path in of_others if not path.exists()] == []


def test_no_link_is_followed_in_the_landing(house: House, tmp_path: Path) -> None:
    house.sales(SALE.format(1, 10))
    house.extract()
    landing, victim = house.root / "landing", tmp_path / "victim.txt"
    victim.write_bytes(b"mine")
    landed, *_ = sorted(landing.glob("*.parquet"))
    for name in (f".rebatch-part-{landed.name}.{os.getpid()}", f".rebatch-part-manifest.json.{os.getpid()}"):
        (landing / name).symlink_to(victim)
    landed.unlink()
    (landing / "manifest.json").unlink()
    house.extract()
    assert landed.exists()
    assert victim.read_bytes() == b"mine"
    elsewhere = tmp_path / "elsewhere"
    landing.rename(elsewhere)
    landing.symlink_to(elsewhere)
    (elsewhere / f"{'0' * 64}-{'0' * 8}.parquet").write_bytes(b"")
    there = sorted(path.name for path in elsewhere.iterdir())
    with pytest.raises(TerminalError, match="landing: this is a link, and Rebatch deletes files there"):
        house.extract()
    assert sorted(path.name for path in elsewhere.iterdir()) == there


def test_a_header_is_checked_again_when_the_configuration_changes(house: House) -> None:
    house.sales(SALE.format(1, 10))
    house.extract()
    house.configure(transactions="tx*.csv, format: csv, columns: {order_id: order_no}")
    assert "there is no column 'order_no'" in refused(house)[0]


def test_a_full_disk_is_told_as_such(house: House) -> None:
    house.sales(*(SALE.format(n, n) for n in range(50_000)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(StorageError, match="free disk space"):
            house.extract()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert house.load()["loaded"] == 50_004


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX users")
def test_a_read_only_folder_is_told_as_such(house: House) -> None:
    house.sales(SALE.format(1, 10))
    house.extract()
    shutil.rmtree(house.root / "landing")
    workspace = open_workspace(house.root)
    for folder in (house.root, *house.root.parents[:3]):
        folder.chmod(0o755)
    house.root.chmod(0o555)
    was_root = os.geteuid() == 0
    if was_root:  # nothing is read-only to root
        os.seteuid(65534)
    try:
        with pytest.raises(StorageError, match="write permission"):
            extract(workspace, Run(date(2026, 1, 1)))
    finally:
        if was_root:
            os.seteuid(0)
        house.root.chmod(0o755)


def test_copies_of_a_file_that_are_read_at_once_land_in_one_place(house: House) -> None:
    rows = [f"T-{n},M-1,P-1,2026-01-05,2026-01-06,sale,1,piece,1.00,USD" for n in range(20_000)]
    for n in range(8):
        house.sales(*rows, name=f"tx-{n}.csv")
    house.load()
    assert house.ask("SELECT COUNT(*), COUNT(DISTINCT transaction_id) FROM transactions") == [(len(rows), len(rows))]
