"""Verify: a change of one cent, one row or one byte, planted anywhere in the books or their files, is found."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.replay import replay
from pipelines.audit.verify import holds, verify
from pipelines.books.seals import hash_of, write_seal
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from schemas.errors import BooksError, InvariantError, TerminalError

if TYPE_CHECKING:
    from tests.pipelines.history import History

pytestmark = pytest.mark.sampled(4, of="module")


def broken(history: History) -> set[str]:
    """Name the guarantees that do not hold."""
    tables = verify(history.workspace)
    names = {table.name for table in tables[1:]}
    assert holds(tables) == (not names)
    return names


def test_books_with_a_past_hold(past_books: History) -> None:
    assert broken(past_books) == set()


LAST = "(SELECT MAX(seq) FROM ledger)"
LAST_RUN = "(SELECT run_id FROM runs ORDER BY run_seq DESC LIMIT 1)"


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("statement", "guarantee"),
    [
        # one cent
        ("UPDATE ledger SET amount = amount + 0.01 WHERE seq = 1", "the_chain_is_whole"),
        (f"UPDATE ledger SET amount = amount + 0.01 WHERE seq = {LAST}", "the_chain_is_whole"),
        ("UPDATE work.entitlements SET amount = amount + 0.01 WHERE horizon = 'settled' AND member_id = 'A'",
         "entitlements_equal_their_postings"),
        ("UPDATE work.entitlements SET unrounded = unrounded + 0.001", "every_seal_is_whole"),
        ("UPDATE work.entitlements SET measure = measure + 0.01", "every_seal_is_whole"),
        ("UPDATE work.entitlements SET node_amount = node_amount + 1 WHERE amount = 0",
         "shares_equal_what_their_group_earned"),
        ("INSERT INTO work.participants FROM work.participants LIMIT 1", "no_transaction_counts_twice"),
        ("UPDATE work.sums SET amount = amount + 0.01", "the_scan_saw_every_transaction_once"),
        ("UPDATE work.sums SET span = (SELECT MAX(span) FROM work.sums)", "every_sum_is_what_its_transactions_are"),
        ("UPDATE payout_drafts SET amount = amount + 0.01 WHERE since_run = 1", "payouts_equal_their_postings"),
        ("UPDATE payout_drafts SET amount = amount + 0.01 WHERE until_run IS NOT NULL", "every_seal_is_whole"),
        ("UPDATE decisions SET amount = amount + 0.01 WHERE kind = 'adjust'", "the_record_is_whole"),
        ("UPDATE transactions SET amount = amount + 0.01 WHERE transaction_id = '3'", "every_loaded_row_is_unchanged"),
        ("UPDATE transactions SET amount = amount + 0.01 WHERE superseded_seq > 1", "every_loaded_row_is_unchanged"),
        ("UPDATE loads SET amount_read = amount_read + 1, amount_duplicate = amount_duplicate + 1 WHERE load_seq = 3",
         "every_seal_is_whole"),
        # one row
        ("DELETE FROM ledger WHERE seq = 1", "the_chain_is_whole"),
        (f"DELETE FROM ledger WHERE seq = {LAST}", "every_seal_is_whole"),
        (f"DELETE FROM ledger WHERE run_id = {LAST_RUN}", "every_seal_is_whole"),
        (f"INSERT INTO ledger SELECT * REPLACE (seq + 1 AS seq, 'x' AS posting_id) FROM ledger WHERE seq = {LAST}",
         "the_chain_is_whole"),
        ("DELETE FROM payout_drafts WHERE payout_period = '2026-04'", "payouts_equal_their_postings"),
        ("DELETE FROM payout_drafts; DELETE FROM payout_lines", "every_posting_is_in_one_payout"),
        ("INSERT INTO payout_drafts SELECT * REPLACE ('x' AS payout_id, 0 AS amount) FROM payout_drafts LIMIT 1",
         "every_seal_is_whole"),
        ("UPDATE payout_drafts SET due_on = due_on + 1 WHERE payout_period = '2026-04'", "every_seal_is_whole"),
        ("UPDATE payout_drafts SET reference = 'Other'", "every_seal_is_whole"),
        ("UPDATE payout_drafts SET until_run = NULL WHERE until_run IS NOT NULL", "every_seal_is_whole"),
        ("DELETE FROM payout_lines WHERE seq = 1", "every_seal_is_whole"),
        ("UPDATE payout_lines SET payout_id = (SELECT MIN(payout_id) FROM payout_drafts)", "every_seal_is_whole"),
        ("DELETE FROM decisions WHERE decision_seq = 1", "the_record_is_whole"),
        ("DELETE FROM decisions WHERE decision_seq = (SELECT MAX(decision_seq) FROM decisions)",
         "every_seal_is_whole"),
        ("UPDATE decisions SET person = 'eve' WHERE kind = 'approve'", "the_record_is_whole"),
        ("DELETE FROM transactions WHERE transaction_id = '3'", "every_loaded_row_is_unchanged"),
        ("INSERT INTO transactions SELECT * REPLACE (99 AS line) FROM transactions LIMIT 1",
         "every_loaded_row_is_unchanged"),
        ("INSERT INTO members BY NAME SELECT * REPLACE (77 AS load_seq) FROM members LIMIT 1",
         "every_loaded_row_is_unchanged"),
        ("UPDATE members SET payee_id = 'Z' WHERE member_id = 'A'", "every_loaded_row_is_unchanged"),
        ("UPDATE transactions SET superseded_seq = NULL WHERE superseded_seq > 1", "every_loaded_row_is_unchanged"),
        ("UPDATE transactions SET superseded_on = superseded_on + 1 WHERE superseded_seq > 1",
         "every_loaded_row_is_unchanged"),
        ("DELETE FROM rejects", "every_loaded_row_is_unchanged"),
        ("UPDATE rejects SET original = 'x'", "every_loaded_row_is_unchanged"),
        ("UPDATE rejects SET resolved_seq = 3", "every_loaded_row_is_unchanged"),
        ("DELETE FROM loads WHERE load_seq = 1", "every_run_is_what_it_was_made_from"),
        ("UPDATE loads SET path = 'x' WHERE load_seq = 2", "every_seal_is_whole"),
        ("DELETE FROM settlements WHERE period = '2026-Q1'", "every_seal_is_whole"),
        ("INSERT INTO settlements SELECT * REPLACE ('2026-Q3' AS period) FROM settlements LIMIT 1",
         "every_seal_is_whole"),
        ("DELETE FROM origins WHERE cause = 'late'", "every_seal_is_whole"),
        ("DELETE FROM seals WHERE run_id = " + LAST_RUN, "every_seal_is_whole"),
        ("DELETE FROM seals WHERE run_id = (SELECT run_id FROM runs WHERE run_seq = 2)", "every_seal_is_whole"),
        ("UPDATE seals SET ledger_seq = 1", "every_seal_is_whole"),
        ("DELETE FROM publications WHERE run_id = " + LAST_RUN, "every_published_file_is_unchanged"),
        # how far it came, and when
        ("UPDATE runs SET state = 'posted' WHERE run_seq = 6", "every_seal_is_whole"),
        ("UPDATE runs SET state = 'computing' WHERE run_seq = 6", "every_seal_is_whole"),
        ("UPDATE runs SET state = 'computing', finished_at = NULL WHERE run_seq = 3", "every_seal_is_whole"),
        ("UPDATE runs SET finished_at = NULL WHERE run_seq = 6", "every_seal_is_whole"),
        ("UPDATE runs SET finished_at = finished_at + INTERVAL 1 DAY WHERE run_seq = 5", "every_seal_is_whole"),
        ("UPDATE runs SET started_at = started_at - INTERVAL 1 DAY WHERE run_seq = 2", "every_seal_is_whole"),
        ("UPDATE publications SET manifest_sha256 = 'x' WHERE run_id = (SELECT run_id FROM runs WHERE run_seq = 2)",
         "every_seal_is_whole"),
        ("UPDATE seals SET method = 1 WHERE run_id = " + LAST_RUN, "every_seal_is_whole"),
        ("UPDATE seals SET method = 9 WHERE run_id = " + LAST_RUN, "every_seal_is_whole"),
        # what a run knew
        ("UPDATE runs SET as_of = as_of + 1 WHERE run_seq = 1", "every_run_is_what_it_was_made_from"),
        ("UPDATE runs SET load_seq = load_seq - 1 WHERE run_seq = 2", "every_run_is_what_it_was_made_from"),
        ("UPDATE runs SET payout_period = '2026-03' WHERE run_seq = 1", "every_seal_is_whole"),
        ("UPDATE runs SET config_text = config_text || ' ' WHERE run_seq = 1", "every_run_is_what_it_was_made_from"),
        ("DELETE FROM runs WHERE run_seq = 3", "every_run_is_what_it_was_made_from"),
        # one byte
        ("UPDATE rule_versions SET text = text || ' '", "every_rule_text_is_unchanged"),
        ("UPDATE rule_versions SET file = 'other.yaml'", "every_seal_is_whole"),
        ("DELETE FROM rule_versions WHERE text LIKE '%10\\%%' ESCAPE '\\'", "every_posting_has_its_rule_text"),
        ("UPDATE publications SET manifest_sha256 = 'x'", "every_published_file_is_unchanged"),
        # values that no run ever writes: what stops at them is broken, and keeps no other check from its turn
        ("UPDATE ledger SET payout_period = '2026-99' WHERE seq = 1", "the_journal_balances"),
        ("UPDATE ledger SET payout_period = '2026-99' WHERE seq = 1", "the_chain_is_whole"),
        ("UPDATE loads SET data_set = 'others' WHERE load_seq = 2", "every_loaded_row_is_unchanged"),
        ("UPDATE loads SET data_set = 'others' WHERE load_seq = 2", "every_seal_is_whole"),
    ],
)  # fmt: skip
def test_a_change_planted_in_the_warehouse_is_found(history: History, statement: str, guarantee: str) -> None:
    history.change(statement)
    assert guarantee in broken(history)


def test_a_run_over_values_that_no_run_writes_is_refused(history: History) -> None:
    history.change("UPDATE ledger SET payout_period = '2026-99' WHERE seq = 1")
    with pytest.raises(InvariantError, match="the journal balances: not so for 1"):
        history.run("2026-07-20")


def test_the_end_of_the_books_cannot_be_cut_off_unnoticed(history: History) -> None:
    """Everything the last run wrote, gone without a trace in the warehouse: what it published gives it away."""
    [last] = history.ask("SELECT run_id FROM runs ORDER BY run_seq DESC LIMIT 1")["run_id"]
    for table in ("ledger", "settlements", "seals", "publications", "runs"):
        history.change(f"DELETE FROM {table} WHERE run_id = '{last}'")
    history.change("DELETE FROM origins WHERE posting_id NOT IN (SELECT posting_id FROM ledger)")
    for table in ("payout_drafts", "payout_lines"):
        history.change(f"DELETE FROM {table} WHERE since_run = 6")
        history.change(f"UPDATE {table} SET until_run = NULL WHERE until_run = 6")
    history.change("DELETE FROM decisions WHERE decision_seq > (SELECT MAX(decision_seq) FROM runs)")
    history.change("UPDATE work.run SET run_id = (SELECT run_id FROM runs ORDER BY run_seq DESC LIMIT 1)")
    assert "every_manifest_is_of_these_books" in broken(history)


@pytest.mark.parametrize("name", ["payouts.csv", "payout_lines.csv", "manifest.json"])
def test_one_byte_of_a_published_file_is_found(history: History, name: str) -> None:
    path = history.root / "out" / history.runs()[1] / name
    content = path.read_bytes()
    path.write_bytes(content.replace(b"2026-05", b"2026-06", 1))
    assert path.read_bytes() != content
    assert broken(history) == {"every_published_file_is_unchanged"}


def test_files_and_manifest_changed_alike_are_found(history: History) -> None:
    """Another run's folder, whole and sound in itself, in the place of the one that was published."""
    first, second = (history.root / "out" / run_id for run_id in history.runs()[:2])
    shutil.rmtree(first)
    shutil.copytree(second, first)
    assert broken(history) == {"every_published_file_is_unchanged"}


def test_a_folder_that_is_gone_is_found(history: History) -> None:
    folder = history.root / "out" / history.runs()[2]
    shutil.rmtree(folder)
    _, table = verify(history.workspace)
    assert table.name == "every_published_file_is_unchanged"
    [found] = table.frame["found"]
    assert found == f"is missing with its folder: `rebatch replay {folder.name} --to {folder}` makes it again"
    replay(history.workspace, folder.name, to=folder)
    assert broken(history) == set()


@pytest.mark.parametrize("manifest", [None, "{}", '{"batch_id": "batch"}', '{"run_id": "2026-01-01-0"}'])
def test_a_folder_that_the_books_do_not_know_is_found(history: History, manifest: str | None) -> None:
    folder = history.root / "out" / "2026-01-01-0"
    folder.mkdir()
    if manifest is not None:
        (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    assert broken(history) == {"every_manifest_is_of_these_books"}


def reseal(history: History) -> None:
    """Make the seals of all runs anew, so that they hold in themselves: what someone does who knows the code."""
    ends = history.ask("SELECT run_id, ledger_seq, ledger_hash FROM seals JOIN runs USING (run_id) ORDER BY run_seq")
    with connect(history.workspace) as connection:
        connection.execute("DELETE FROM seals")
        for run_id, seq, head in ends.iter_rows():
            write_seal(connection, run_id)
            kept = read(connection, "SELECT * FROM seals WHERE run_id = ?", [run_id]).to_dicts()[0]
            now = kept | {"ledger_seq": seq, "ledger_hash": head}
            connection.execute(
                "UPDATE seals SET ledger_seq = ?, ledger_hash = ?, hash = ? WHERE run_id = ?",
                [seq, head, hash_of(now), run_id],
            )


def test_seals_made_anew_are_found_by_what_was_published(history: History) -> None:
    history.change("UPDATE settlements SET period = '2026-Q9' WHERE period = '2026-Q1'")
    assert broken(history) == {"every_seal_is_whole"}
    kept = history.root / "kept.json"
    shutil.copy(history.root / "out" / history.runs()[1] / "manifest.json", kept)
    reseal(history)
    assert broken(history) == {"every_manifest_is_of_these_books"}
    shutil.rmtree(history.root / "out")
    tables = verify(history.workspace, [kept])
    found = {table.name: table.frame["found"].to_list() for table in tables[1:]}
    assert found["every_manifest_is_of_these_books"] == ["names another seal than the books have for this run"]


def test_a_manifest_to_compare_must_be_one(history: History) -> None:
    for content in (b"{}", b"\xff", None):
        path = history.root / "kept.json"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(TerminalError, match=r"kept\.json"):
            verify(history.workspace, [path])


def test_books_that_were_never_posted_to_cannot_be_verified(history: History) -> None:
    history.change("DROP TABLE work.settled")
    with pytest.raises(BooksError, match="nothing was posted"):
        verify(history.workspace)


def test_loads_of_a_time_without_row_hashes_get_theirs_at_the_next_run(history: History) -> None:
    hashes = history.ask("SELECT load_seq, rows_sha256 FROM loads ORDER BY load_seq")
    history.change(
        "UPDATE loads SET rows_sha256 = NULL; DELETE FROM seals; DELETE FROM publications;"
        "UPDATE runs SET state = 'posted', finished_at = NULL"
    )
    shutil.rmtree(history.root / "out")
    assert broken(history) == set()
    history.run("2026-07-15")
    assert broken(history) == set()
    assert history.ask("SELECT load_seq, rows_sha256 FROM loads ORDER BY load_seq").equals(hashes)
    assert hashes["rows_sha256"].null_count() == 0
