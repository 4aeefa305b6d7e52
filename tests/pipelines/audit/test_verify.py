"""Verify: a change of one cent, one row or one byte, planted anywhere in the books or their files, is found."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipelines.audit.verify import holds, verify
from schemas.errors import BooksError

if TYPE_CHECKING:
    from tests.pipelines.history import History


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
        ("UPDATE work.sums SET amount = amount + 0.01", "the_scan_saw_every_transaction_once"),
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
    ],
)  # fmt: skip
def test_a_change_planted_in_the_warehouse_is_found(history: History, statement: str, guarantee: str) -> None:
    history.change(statement)
    assert guarantee in broken(history)


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
    assert "every_published_file_is_unchanged" in broken(history)


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
    shutil.rmtree(history.root / "out" / history.runs()[2])
    assert broken(history) == {"every_published_file_is_unchanged"}


def test_a_folder_of_another_kind_is_nobodys_business(history: History) -> None:
    (history.root / "out" / "batch").mkdir()
    (history.root / "out" / "batch" / "manifest.json").write_text('{"batch_id": "batch"}', encoding="utf-8")
    assert broken(history) == set()


def test_books_that_were_never_posted_to_cannot_be_verified(history: History) -> None:
    history.change("DROP TABLE work.settled")
    with pytest.raises(BooksError, match="nothing was posted"):
        verify(history.workspace)


def test_loads_of_a_time_without_row_hashes_get_theirs_at_the_next_run(history: History) -> None:
    hashes = history.ask("SELECT load_seq, rows_hash FROM loads ORDER BY load_seq")
    history.change("UPDATE loads SET rows_hash = NULL; DELETE FROM seals; DELETE FROM publications")
    assert broken(history) == set()
    history.run("2026-07-15")
    assert broken(history) == set()
    assert history.ask("SELECT load_seq, rows_hash FROM loads ORDER BY load_seq").equals(hashes)
    assert hashes["rows_hash"].null_count() == 0
