from __future__ import annotations

import errno
import os
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.approval.approval_items import Choice
from pipelines.approval.approve import decide, propose
from pipelines.approval.recover import recover
from pipelines.audit.past import books_as_of
from pipelines.audit.replay import is_equal, replay
from pipelines.audit.status import status
from pipelines.audit.verify import holds, verify
from pipelines.books.decisions import record
from pipelines.books.runs import Run
from pipelines.erp import reconcile as reconciling
from pipelines.erp.answer_outcomes import judge_answers
from pipelines.erp.dismiss import dismiss
from pipelines.erp.export import Asked, export, plan_export
from pipelines.erp.load_answers import load_answers
from pipelines.erp.outstanding import outstanding
from pipelines.erp.payment_answers import read_answers
from pipelines.erp.reconcile import is_settled, reconcile_answers
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import Workspace, books_of, create_workspace, open_workspace
from pipelines.workspace.lock import hold
from rules.ledger.decisions import Decision
from schemas.errors import BooksError, ExtractError, StorageError, WorkspaceError
from tests.posting import post_run

pytestmark = pytest.mark.sampled(4, of="module")

HEADER = "payout_id,status,paid_on,amount,currency,reference,message"


def ask(workspace: Workspace, query: str) -> list[tuple[Any, ...]]:
    with connect(workspace, read_only=True) as connection:
        return connection.execute(query).fetchall()


def approve_and_export(workspace: Workspace, day: date = date(2026, 12, 1)) -> None:
    waiting = ask(workspace, "SELECT payout_id FROM payouts WHERE status IN ('draft', 'refused') ORDER BY amount")
    with hold(workspace.lock_path), connect(workspace) as connection:
        record(connection, [Decision("approve", payout_id, "approved", "ann") for (payout_id,) in waiting])
    asked = Asked("bob", day)
    export(workspace, asked, plan_export(workspace, asked))


@pytest.fixture(scope="module")
def exported(booked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two payouts exported, of 52.00 and 180.00 USD."""
    root = shutil.copytree(booked, tmp_path_factory.mktemp("exported") / "w")
    approve_and_export(open_workspace(root))
    return root


@pytest.fixture
def workspace(exported: Path, tmp_path: Path) -> Workspace:
    return open_workspace(shutil.copytree(exported, tmp_path / "w"))


@pytest.fixture
def ids(workspace: Workspace) -> tuple[str, str]:
    """The payouts of 52.00 and of 180.00."""
    small, large = ask(workspace, "SELECT document_id FROM batch_payouts ORDER BY amount")
    return small[0], large[0]


def answer(workspace: Workspace, *rows: str, name: str = "answers.csv", header: str = HEADER) -> Path:
    path = workspace.root / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def run(workspace: Workspace, *rows: str, name: str = "answers.csv", header: str = HEADER) -> list[tuple[Any, ...]]:
    tables = reconcile_answers(workspace, answer(workspace, *rows, name=name, header=header), person="erp")
    return tables[0].frame.select("outcome", "payout_id", "found").rows()


def statuses(workspace: Workspace) -> list[str]:
    return [status for (status,) in ask(workspace, "SELECT status FROM payouts ORDER BY amount")]


def owed(workspace: Workspace, as_of: date = date(2026, 12, 30)) -> list[Decimal]:
    return outstanding(workspace, as_of)[0].frame.sort("amount")["outstanding"].to_list()


def test_paid_and_paid_in_part(workspace: Workspace, ids: tuple[str, str]) -> None:
    small, large = ids
    found = run(
        workspace,
        f"{small},paid,2026-12-28,52.00,USD,T-1,",
        f"{large},paid,2026-12-28,100.00,USD,T-2,discount",
    )
    assert [row[:2] for row in found] == [("paid", small), ("short_paid", large)]
    assert statuses(workspace) == ["paid", "short_paid"]
    assert owed(workspace) == [80]
    decisions = "SELECT kind, person, amount, reference, effective_on, note FROM decisions WHERE person = 'erp'"
    assert ask(workspace, decisions) == [
        ("paid", "erp", 52, "T-1", date(2026, 12, 28), "answers.csv:2"),
        ("short_paid", "erp", 100, "T-2", date(2026, 12, 28), "answers.csv:3"),
    ]
    assert [row[0] for row in run(workspace, f"{large},paid,2027-01-08,80.00,USD,T-3,", name="b.csv")] == ["paid"]
    assert statuses(workspace) == ["paid", "paid"]
    assert owed(workspace) == []
    assert holds(verify(workspace))


def test_the_same_answers_again_are_duplicates(workspace: Workspace, ids: tuple[str, str]) -> None:
    row = f"{ids[0]},paid,2026-12-28,52.00,USD,T-1,"
    run(workspace, row)
    before = ask(workspace, "SELECT * FROM decisions ORDER BY decision_seq")
    assert [found[0] for found in run(workspace, row)] == ["duplicate"]  # the very same file
    assert [found[0] for found in run(workspace, row, row, name="c.csv")] == ["duplicate", "duplicate"]
    other = f"{ids[0]},PAID,2026-12-28,52,USD,T-1,another word"
    assert [found[0] for found in run(workspace, other, name="d.csv")] == ["duplicate"]
    assert ask(workspace, "SELECT * FROM decisions ORDER BY decision_seq") == before


def test_over_paid_is_recorded_as_it_is(workspace: Workspace, ids: tuple[str, str]) -> None:
    assert run(workspace, f"{ids[0]},paid,2026-12-28,53.00,USD,T-1,")[0][0] == "over_paid"
    assert statuses(workspace)[0] == "paid"
    assert ask(workspace, "SELECT amount FROM decisions WHERE kind = 'paid'") == [(53,)]
    assert owed(workspace) == [180]


def test_nothing_unknown_is_accepted_but_the_rest_is_recorded(workspace: Workspace, ids: tuple[str, str]) -> None:
    path = answer(
        workspace,
        "2026-11-USD-000000000000,paid,2026-12-28,10.00,USD,T-1,",
        f"{ids[0]},paid,2026-12-28,52.00,EUR,T-2,",
        f"{ids[0]},settled,2026-12-28,52.00,USD,T-3,",
        f"{ids[0]},paid,2026-12-28,,USD,T-4,",
        f"{ids[1]},paid,2026-12-28,180.00,USD,T-5,",
    )
    tables = reconcile_answers(workspace, path, person="erp")
    assert tables[0].frame["outcome"].to_list() == ["unknown", "wrong_currency", "unclear", "unclear", "paid"]
    assert not is_settled(tables)
    assert statuses(workspace) == ["exported", "paid"]
    assert ask(workspace, "SELECT COUNT(*) FROM decisions WHERE person = 'erp'") == [(1,)]


def test_words_of_the_erp_are_explained_in_the_workspace(workspace: Workspace, ids: tuple[str, str]) -> None:
    config = workspace.root / "rebatch.yaml"
    text = f"{config.read_text(encoding='utf-8')}\npayouts: {{answers: {{Cleared: paid, in process: pending}}}}\n"
    config.write_text(text, encoding="utf-8")
    workspace = open_workspace(workspace.root)
    path = answer(workspace, f"{ids[0]},CLEARED,2026-12-28,52,USD,T-1,", f"{ids[1]},In Process,,,,,")
    tables = reconcile_answers(workspace, path, person="erp")
    assert tables[0].frame["outcome"].to_list() == ["paid", "pending"]
    assert is_settled(tables)


def overpaid(workspace: Workspace) -> list[tuple[Any, ...]]:
    found = [table for table in outstanding(workspace, date(2027, 1, 31)) if table.name == "overpaid"]
    return found[0].frame.select("amount", "paid", "open", "waiting").rows() if found else []


def told_by_status(workspace: Workspace) -> list[tuple[Any, ...]]:
    found = [table.frame for table in status(workspace) if table.name == "overpaid"]
    return found[0].select("currency", "payouts", "open").rows() if found else []


@pytest.mark.long
def test_an_over_payment_stays_visible_until_it_is_dismissed(workspace: Workspace, ids: tuple[str, str]) -> None:
    run(workspace, f"{ids[0]},paid,2026-12-28,60.00,USD,T-1,")
    assert overpaid(workspace) == [(52, 60, 8, None)]
    assert told_by_status(workspace) == [("USD", 1, 8)]
    assert not is_settled(reconcile_answers(workspace, None, person="erp"))
    with pytest.raises(BooksError, match="no reason"):
        dismiss(workspace, [ids[0]], person="ann", reason=" ")
    [table] = dismiss(workspace, [ids[0]], person="ann", reason="the dealer keeps it")
    assert table.frame["open"].to_list() == [8]
    assert overpaid(workspace) == told_by_status(workspace) == []
    assert is_settled(reconcile_answers(workspace, None, person="erp"))
    assert statuses(workspace) == ["paid", "exported"]
    with pytest.raises(BooksError, match="no over-payment"):
        dismiss(workspace, [ids[0]], person="ann", reason="again")
    run(workspace, f"{ids[0]},paid,2026-12-30,5.00,USD,T-2,", name="b.csv")
    assert overpaid(workspace) == [(52, 65, 5, None)]
    assert holds(verify(workspace))


def test_an_over_payment_is_taken_back_by_a_posting(workspace: Workspace, ids: tuple[str, str]) -> None:
    run(workspace, f"{ids[0]},paid,2026-12-28,60.00,USD,T-1,")
    [request] = recover(workspace, ids[0], reason="overpaid", note="", person="ann").frame["subject"]
    assert overpaid(workspace) == [(52, 60, 8, request)]
    with pytest.raises(BooksError, match=f"{request} takes it back already"):
        recover(workspace, ids[0], reason="overpaid", note="", person="bob")
    choice = Choice(ids=(request,))
    with pytest.raises(BooksError, match="ann asked for this adjustment"):
        propose(workspace, choice, kind="approve", person="ann")
    proposed = propose(workspace, choice, kind="approve", person="bob")
    decide(workspace, choice, proposed, kind="approve", person="bob", reason="")
    assert overpaid(workspace) == []
    post_run(workspace, Run(date(2026, 12, 31)))
    assert ask(workspace, "SELECT kind, amount, author FROM ledger WHERE kind = 'adjustment'") == [
        ("adjustment", -8, "ann")
    ]
    assert holds(verify(workspace))


def test_a_recovery_that_is_rejected_leaves_the_over_payment_open(workspace: Workspace, ids: tuple[str, str]) -> None:
    run(workspace, f"{ids[0]},paid,2026-12-28,60.00,USD,T-1,")
    [request] = recover(workspace, ids[0], reason="overpaid", note="", person="ann").frame["subject"]
    choice = Choice(ids=(request,))
    proposed = propose(workspace, choice, kind="reject", person="bob")
    decide(workspace, choice, proposed, kind="reject", person="bob", reason="ask first")
    assert overpaid(workspace) == [(52, 60, 8, None)]
    with pytest.raises(BooksError, match="nothing that was paid too much"):
        recover(workspace, ids[1], reason="overpaid", note="", person="ann")


def test_a_refused_payout_is_corrected_and_exported_again(workspace: Workspace, ids: tuple[str, str]) -> None:
    small, large = ids
    assert run(workspace, f"{small},rejected,,,,R-1,account closed")[0] == ("refused", small, "account closed")
    assert statuses(workspace) == ["refused", "exported"]
    approve_and_export(workspace, date(2026, 12, 15))
    batches = "SELECT payout_id, attempt, document_id FROM batch_payouts WHERE payout_id = "
    assert ask(workspace, f"{batches}'{small}' ORDER BY attempt") == [(small, 1, small), (small, 2, f"{small}-2")]
    assert ask(workspace, f"SELECT COUNT(*) FROM batch_payouts WHERE payout_id = '{large}'") == [(1,)]
    # What the ERP says of the first attempt is not taken for the second.
    assert run(workspace, f"{small},rejected,,,,R-2,account closed", name="b.csv")[0][0] == "duplicate"
    assert run(workspace, f"{small},paid,2026-12-16,52.00,USD,T-0,", name="c.csv")[0][0] == "conflict"
    assert statuses(workspace) == ["exported", "exported"]
    assert run(workspace, f"{small}-2,paid,2026-12-20,52.00,USD,T-9,", name="d.csv")[0][0] == "paid"
    assert statuses(workspace) == ["paid", "exported"]
    assert plan_export(workspace, Asked("bob", date(2027, 1, 1))).is_empty
    assert holds(verify(workspace))


def test_what_was_refused_and_is_said_to_be_paid_after_all_waits(workspace: Workspace, ids: tuple[str, str]) -> None:
    small, large = ids
    run(workspace, f"{small},rejected,,,,R-1,account closed", f"{large},rejected,,,,R-2,account closed")
    assert run(workspace, f"{small},paid,2026-12-16,52.00,USD,T-0,", name="b.csv")[0][0] == "conflict"
    approve_and_export(workspace, date(2026, 12, 17))
    assert statuses(workspace) == ["approved", "exported"]  # the other leaves
    aside = plan_export(workspace, Asked("bob", date(2026, 12, 17))).set_aside
    [(payout_id, found, todo)] = aside.select("payout_id", "found", "todo").rows()
    assert (payout_id, found) == (small, f"b.csv:2 says that 52.00 of {small} was paid, which was refused before")
    answer_id = todo.rpartition("`rebatch reconcile --dismiss ")[2].strip("`")
    dismiss(workspace, [answer_id], reason="it came back again", person="carol")
    plan = plan_export(workspace, Asked("bob", date(2026, 12, 18)))
    assert plan.batch is not None
    assert plan.batch.payouts["document_id"].to_list() == [f"{small}-2"]


@pytest.mark.long
def test_a_payout_may_be_refused_again_and_again(workspace: Workspace, ids: tuple[str, str]) -> None:
    small = ids[0]
    for attempt, document in enumerate([small, f"{small}-2", f"{small}-3"], start=1):
        assert run(workspace, f"{document},rejected,,,,,", name=f"{attempt}.csv")[0][0] == "refused"
        approve_and_export(workspace, date(2026, 12, 1 + attempt))
    short = f"{small.rpartition('-')[2]}-4"
    assert ask(workspace, "SELECT short_id FROM batch_payouts WHERE attempt = 4") == [(short,)]
    assert run(workspace, f"{short},paid,2026-12-20,52.00,USD,T-9,", name="z.csv")[0][0] == "paid"


def test_an_exported_payout_cannot_be_exported_again_before_the_answer(workspace: Workspace) -> None:
    assert plan_export(workspace, Asked("bob", date(2026, 12, 2))).is_empty


def test_the_file_is_read_as_the_source_of_payments_says(workspace: Workspace, ids: tuple[str, str]) -> None:
    config = workspace.root / "rebatch.yaml"
    source = (
        "  - data_set: payments\n    path: answers/*.txt\n    format: csv\n    delimiter: ';'\n    encoding: cp932\n"
        "    decimal_mark: ','\n    date_format: '%d.%m.%Y'\n    columns: {payout_id: BELNR, message: 摘要}\n"
    )
    config.write_text(config.read_text(encoding="utf-8") + source, encoding="utf-8")
    workspace = open_workspace(workspace.root)
    path = workspace.root.parent / "elsewhere.txt"
    text = f"BELNR;status;paid_on;amount;currency;reference;摘要\n{ids[0]};paid;28.12.2026;52,00;USD;T-1;振込済\n"
    path.write_text(text, encoding="cp932")
    tables = reconcile_answers(workspace, path, person="erp")
    assert tables[0].frame.select("outcome", "amount", "paid_on").rows() == [("paid", 52, date(2026, 12, 28))]
    assert tables[0].frame["answer"].to_list() == [f"{path}:2"]


@pytest.mark.long
def test_answers_that_a_run_loaded_are_recorded_without_a_file(workspace: Workspace, ids: tuple[str, str]) -> None:
    config = workspace.root / "rebatch.yaml"
    source = "  - {data_set: payments, path: answers*.csv, format: csv}\n"
    config.write_text(config.read_text(encoding="utf-8") + source, encoding="utf-8")
    workspace = open_workspace(workspace.root)
    answer(workspace, f"{ids[0]},paid,2026-12-28,52.00,USD,T-1,", "Q,paid,2026-12-28,1,USD,T-2,")
    post_run(workspace, Run(date(2026, 12, 29)))
    assert statuses(workspace) == ["exported", "exported"]
    tables = reconcile_answers(workspace, None, person="erp")
    assert tables[0].frame["outcome"].to_list() == ["paid", "unknown"]
    assert statuses(workspace) == ["paid", "exported"]
    assert reconcile_answers(workspace, None, person="erp")[0].frame["outcome"].to_list() == ["unknown"]


def test_ids_are_compared_as_the_workspace_says(workspace: Workspace, ids: tuple[str, str]) -> None:
    config = workspace.root / "rebatch.yaml"
    text = f"{config.read_text(encoding='utf-8')}\nids: {{case: upper, punctuation: strip}}\n"
    config.write_text(text, encoding="utf-8")
    workspace = open_workspace(workspace.root)
    assert run(workspace, f"{ids[0].lower().replace('-', ' ')},paid,2026-12-28,52.00,usd,T-1,")[0][0] == "paid"


def test_a_row_that_cannot_be_read_is_listed_and_needs_somebody(workspace: Workspace, ids: tuple[str, str]) -> None:
    config = workspace.root / "rebatch.yaml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("max_rejects: 1%", "max_rejects: 100%"), encoding="utf-8"
    )
    workspace = open_workspace(workspace.root)
    path = answer(workspace, f"{ids[0]},paid,2026-12-28,52.00,USD,T-1,", f"{ids[1]},paid,2026-12-28,1e3,USD,T-2,")
    tables = reconcile_answers(workspace, path, person="erp")
    assert tables[0].frame.select("answer", "outcome").rows() == [
        ("answers.csv:2", "paid"),
        ("answers.csv:3", "unclear"),
    ]
    assert not is_settled(tables)


def test_a_broken_file_is_refused_whole(workspace: Workspace, ids: tuple[str, str]) -> None:
    with pytest.raises(ExtractError, match="above `max_rejects`"):
        run(workspace, f"{ids[0]},paid,2026-12-28,52.00,USD,T-1,", f"{ids[1]},paid,2026-12-28,1e3,USD,T-2,")
    with pytest.raises(ExtractError, match="no column 'status'"):
        run(workspace, ids[0], name="b.csv", header="payout_id")
    with pytest.raises(ExtractError, match="cannot be read"):
        reconcile_answers(workspace, workspace.root / "nowhere.csv", person="erp")
    assert statuses(workspace) == ["exported", "exported"]


def test_broken_off_between_loading_and_recording(
    workspace: Workspace, ids: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = f"{ids[0]},paid,2026-12-28,52.00,USD,T-1,"

    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reconciling, "record", break_off)
    with pytest.raises(KeyboardInterrupt):
        run(workspace, row)
    monkeypatch.undo()
    assert ask(workspace, "SELECT COUNT(*) FROM payments") == [(1,)]
    assert statuses(workspace) == ["exported", "exported"]
    assert [found[0] for found in run(workspace, row)] == ["paid"]
    assert [found[0] for found in run(workspace, row)] == ["duplicate"]


def test_killed_before_the_text_of_the_answers_is_tidied_away(
    workspace: Workspace, ids: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = answer(workspace, f"{ids[0]},paid,2026-12-05,52.00,USD,B1,")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", fail)
        with pytest.raises(StorageError, match="nothing was half done"):
            reconcile_answers(workspace, path, person="erp")
    assert list(workspace.landing_dir.glob("*.parquet"))
    assert is_settled(reconcile_answers(workspace, path, person="erp"))
    assert not list(workspace.landing_dir.glob("*.parquet"))


def test_two_sources_that_could_have_written_it(workspace: Workspace, ids: tuple[str, str]) -> None:
    config = workspace.root / "rebatch.yaml"
    sources = (
        "  - {data_set: payments, path: sap/*.csv, format: csv}\n"
        "  - {data_set: payments, source: bank, path: bank/*.csv, format: csv}\n"
    )
    config.write_text(config.read_text(encoding="utf-8") + sources, encoding="utf-8")
    workspace = open_workspace(workspace.root)
    row = f"{ids[0]},paid,2026-12-28,52.00,USD,T-1,"
    with pytest.raises(WorkspaceError, match=r"main \(sap/\*\.csv\), bank \(bank/\*\.csv\)"):
        run(workspace, row)
    (workspace.root / "bank").mkdir()
    assert run(workspace, row, name="bank/today.csv")[0][0] == "paid"
    assert ask(workspace, "SELECT source FROM loads WHERE data_set = 'payments'") == [("bank",)]


def test_what_is_outstanding_is_aged(workspace: Workspace, ids: tuple[str, str]) -> None:
    run(workspace, f"{ids[1]},paid,2026-12-28,100.00,USD,T-2,")
    listed, brackets, answers = outstanding(workspace, date(2027, 1, 30))
    assert answers.frame.is_empty()
    assert listed.frame.sort("amount").select("status", "paid", "outstanding", "days_overdue", "bracket").rows() == [
        ("exported", 0, 52, 31, "31-60"),
        ("short_paid", 100, 80, 31, "31-60"),
    ]
    assert brackets.frame.rows() == [("USD", "31-60", 2, Decimal(132))]
    assert outstanding(workspace, date(2026, 12, 29))[1].frame["bracket"].to_list() == ["not due"]


def doubts(workspace: Workspace) -> list[tuple[str, str]]:
    """The answers that were not accepted: id and outcome, as `outstanding` has them."""
    return outstanding(workspace, date(2026, 12, 30))[2].frame.select("answer_id", "outcome").rows()


def decisions(workspace: Workspace) -> list[tuple[Any, ...]]:
    return ask(workspace, "SELECT * FROM decisions ORDER BY decision_seq")


@pytest.mark.long
def test_a_dismissed_answer_is_shown_as_such_and_asked_for_no_more(workspace: Workspace, ids: tuple[str, str]) -> None:
    unknown, conflict = "Q,paid,2026-12-28,10.00,USD,T-1,", f"{ids[0]},paid,2026-12-28,52.00,USD,T-2,"
    run(workspace, f"{ids[0]},rejected,,,,R-1,closed", unknown, conflict)
    assert [outcome for _, outcome in doubts(workspace)] == ["unknown", "conflict"]
    before = statuses(workspace), owed(workspace)
    (first, _), (second, _) = doubts(workspace)
    dismiss(workspace, [first], person="ann", reason="of another system")
    tables = reconcile_answers(workspace, None, person="erp")
    assert tables[0].frame.select("answer_id", "outcome", "found").rows() == [
        (first, "dismissed", "by ann: of another system"),
        (second, "conflict", "the ERP refused it before: find out whether it is paid before it is exported again"),
    ]
    assert not is_settled(tables)
    dismiss(workspace, [second], person="bob", reason="called the bank")
    assert is_settled(reconcile_answers(workspace, None, person="erp"))
    assert [outcome for _, outcome in doubts(workspace)] == ["dismissed", "dismissed"]
    recorded = "SELECT kind, status, person, reason, note, amount, run_id FROM decisions WHERE kind = 'dismiss'"
    assert ask(workspace, recorded)[0] == (
        "dismiss", "dismissed", "ann", "of another system",
        "answers.csv:3: no payout was exported under this id", 10, None,
    )  # fmt: skip
    assert (statuses(workspace), owed(workspace)) == before
    assert holds(verify(workspace))


@pytest.mark.long
def test_a_dismissed_answer_stays_so_when_it_comes_again_but_another_is_another(
    workspace: Workspace, ids: tuple[str, str]
) -> None:
    row = f"{ids[0]},settled,2026-12-28,52.00,USD,T-1,"
    run(workspace, row)
    [(answer_id, _)] = doubts(workspace)
    dismiss(workspace, [answer_id], person="ann", reason="asked again")
    assert [found[0] for found in run(workspace, row, name="b.csv")] == ["dismissed"]
    # Even if its word is explained by now: nothing is paid by what a person has put aside.
    config = workspace.root / "rebatch.yaml"
    text = f"{config.read_text(encoding='utf-8')}\npayouts: {{answers: {{settled: paid}}}}\n"
    config.write_text(text, encoding="utf-8")
    explained = open_workspace(workspace.root)
    assert [found[0] for found in run(explained, row, name="c.csv")] == ["dismissed"]
    assert statuses(explained) == ["exported", "exported"]
    other = row.replace("12-28", "12-29")
    assert [found[0] for found in run(explained, other, name="d.csv")] == ["paid"]
    assert statuses(explained) == ["paid", "exported"]


def test_what_was_accepted_or_is_not_there_cannot_be_dismissed(workspace: Workspace, ids: tuple[str, str]) -> None:
    path = answer(workspace, f"{ids[0]},paid,2026-12-28,52.00,USD,T-1,", "Q,paid,2026-12-28,10.00,USD,T-2,")
    paid, unknown = reconcile_answers(workspace, path, person="erp")[0].frame["answer_id"]
    before = decisions(workspace)
    with pytest.raises(BooksError) as caught:
        dismiss(workspace, [unknown, paid, "ANS-000000000000"], person="ann", reason="because")
    assert [problem.found for problem in caught.value.problems] == [
        f"{paid} (answers.csv:2) is understood: duplicate, the same answer was recorded before",
        "there is no answer in force and no over-payment 'ANS-000000000000'",
    ]
    assert decisions(workspace) == before  # all or none
    for reason in ("", " ", "=1+1"):
        with pytest.raises(BooksError, match="reason"):
            dismiss(workspace, [unknown], person="ann", reason=reason)
    dismiss(workspace, [unknown, unknown], person="ann", reason="because")
    assert len(decisions(workspace)) == len(before) + 1
    with pytest.raises(BooksError, match="is dismissed already, by ann: because"):
        dismiss(workspace, [unknown], person="bob", reason="because")


def test_an_answer_that_waits_to_be_recorded_is_not_dismissed(workspace: Workspace, ids: tuple[str, str]) -> None:
    path = answer(workspace, f"{ids[0]},paid,2026-12-28,52.00,USD,T-1,")
    with hold(workspace.lock_path), connect(workspace) as connection:
        load_answers(connection, workspace, path)
        [outcome] = judge_answers(connection, workspace, read_answers(connection))
    with pytest.raises(BooksError, match="is understood: paid, in full → `rebatch reconcile` records it"):
        dismiss(workspace, [outcome.answer.answer_id], person="ann", reason="because")


@pytest.mark.long
def test_the_past_knows_no_later_answer_and_no_later_dismissal(workspace: Workspace, ids: tuple[str, str]) -> None:
    def doubts_as_of(day: str) -> list[tuple[str, Decimal | None]]:
        with books_as_of(books_of(workspace.root), day, is_computed=False) as then:
            answers = outstanding(then, date.fromisoformat(day))[2].frame
        return answers.select("outcome", "amount").rows()

    row = "Q,paid,2026-12-28,10.00,USD,T-1,"
    run(workspace, row)
    post_run(workspace, Run(date(2026, 12, 29)))
    run(workspace, row.replace("10.00", "11.00"), name="b.csv")
    [(answer_id, _)] = doubts(workspace)
    dismiss(workspace, [answer_id], person="ann", reason="because")
    post_run(workspace, Run(date(2026, 12, 30)))
    assert [doubts_as_of(day) for day in ("2026-11-23", "2026-12-29", "2026-12-30")] == [
        [], [("unknown", Decimal(10))], [("dismissed", Decimal(11))],
    ]  # fmt: skip
    for day in ("2026-12-29", "2026-12-30"):
        assert is_equal(replay(workspace, day))
    assert holds(verify(workspace))


def waiting(workspace: Workspace, on: date | None = None) -> list[tuple[Any, ...]]:
    [table] = [table for table in status(workspace, on) if table.name == "unanswered"]
    return table.frame.rows()


@pytest.mark.long
def test_status_says_what_waits_for_an_answer_and_for_how_long(workspace: Workspace, ids: tuple[str, str]) -> None:
    day = date(2026, 12, 31)
    assert waiting(workspace, day) == [("USD", 2, 232, 30, 0)]
    assert waiting(workspace) == [("USD", 2, 232, 0, 0)]  # the last run was before the export
    pending = f"{ids[0]},pending,,,USD,T-0,"
    run(workspace, pending, f"{ids[1]},paid,2026-12-28,100.00,USD,T-1,")  # the rest is outstanding, not unanswered
    assert waiting(workspace, day) == [("USD", 1, 52, 30, 0)]
    run(workspace, f"{ids[0]},rejected,,,,R-1,closed", name="b.csv")
    assert waiting(workspace, day) == []
    approve_and_export(workspace, date(2026, 12, 24))
    assert waiting(workspace, day) == [("USD", 1, 52, 7, 0)]  # since it was exported last
    run(workspace, "Q,paid,2026-12-28,10,EUR,T-2,", "R,paid,2026-12-28,10,,T-3,", f"{ids[0]},odd,,,,,", name="c.csv")
    assert waiting(workspace, day) == [("EUR", 0, 0, None, 1), ("USD", 1, 52, 7, 1), (None, 0, 0, None, 1)]
    for answer_id, _ in doubts(workspace):
        dismiss(workspace, [answer_id], person="ann", reason="because")
    assert waiting(workspace, day) == [("USD", 1, 52, 7, 0)]


@pytest.mark.long
def test_status_as_of_a_run_knows_what_waited_then(workspace: Workspace, ids: tuple[str, str]) -> None:
    post_run(workspace, Run(date(2026, 12, 11)))
    run(workspace, f"{ids[1]},paid,2026-12-28,180.00,USD,T-1,", "Q,paid,2026-12-28,10,USD,T-2,")
    post_run(workspace, Run(date(2026, 12, 29)))
    then = {}
    for day in ("2026-11-23", "2026-12-11", "2026-12-29"):
        with books_as_of(books_of(workspace.root), day) as books:
            then[day] = waiting(books)
    assert then == {
        "2026-11-23": [], "2026-12-11": [("USD", 2, 232, 10, 0)], "2026-12-29": [("USD", 1, 52, 28, 1)],
    }  # fmt: skip
    assert waiting(workspace) == then["2026-12-29"]


def test_books_that_no_extract_has_reached_have_no_answers(tmp_path: Path) -> None:
    empty = create_workspace(tmp_path / "w")
    with connect(empty):
        pass
    assert waiting(empty) == []
