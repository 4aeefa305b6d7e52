from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree  # type: ignore[import-untyped]

from pipelines.approval.approval_items import Choice
from pipelines.approval.approve import decide, propose
from pipelines.approval.bank_warnings import bank_warnings
from pipelines.approval.payout_list import list_payouts
from pipelines.audit.verify import holds, verify
from pipelines.books.decisions import record
from pipelines.books.runs import Run
from pipelines.erp import export_batches
from pipelines.erp.export import Asked, export, plan_export
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import Workspace, create_workspace, open_workspace
from pipelines.workspace.lock import hold
from rules.ledger.decisions import Decision
from schemas.errors import BooksError, InvariantError, TerminalError, WorkspaceBusyError, WorkspaceError
from tests.posting import post_run

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

pytestmark = pytest.mark.sampled(4, of="module")

ASKED = Asked("bob", date(2026, 12, 1))
BANK = "bank: {name: Sample Company, iban: DE89370400440532013000, bic: COBADEFFXXX}"
ACCOUNTS = ["GB29NWBK60161331926819", "DE89370400440532013000"]


def configure(workspace: Workspace, payouts: str) -> Workspace:
    path = workspace.root / "rebatch.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\npayouts: {{{payouts}}}\n", encoding="utf-8")
    return open_workspace(workspace.root)


def ask(workspace: Workspace, query: str) -> list[tuple[Any, ...]]:
    with connect(workspace, read_only=True) as connection:
        return connection.execute(query).fetchall()


def approve(workspace: Workspace, *payout_ids: str) -> None:
    waiting = "SELECT payout_id FROM payouts WHERE status IN ('draft', 'refused') AND amount > 0"
    wanted = payout_ids or [payout_id for (payout_id,) in ask(workspace, waiting)]
    with hold(workspace.lock_path), connect(workspace) as connection:
        record(connection, [Decision("approve", payout_id, "approved", "ann") for payout_id in wanted])


def run_export(workspace: Workspace, asked: Asked = ASKED) -> pl.DataFrame:
    return export(workspace, asked, plan_export(workspace, asked))[0].frame


def folders(workspace: Workspace) -> list[Path]:
    return sorted(workspace.out_dir.glob("export-*"))


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def ran(booked: Path) -> Path:
    """A workspace with two payouts in draft, of 52.00 and 180.00 USD."""
    return booked


@pytest.fixture
def drafted(ran: Path, tmp_path: Path) -> Workspace:
    return open_workspace(shutil.copytree(ran, tmp_path / "w"))


@pytest.fixture
def approved(drafted: Workspace) -> Workspace:
    approve(drafted)
    return drafted


def test_nothing_approved_nothing_exported(drafted: Workspace) -> None:
    assert plan_export(drafted, ASKED).is_empty
    assert run_export(drafted).is_empty()
    assert folders(drafted) == []
    assert ask(drafted, "SELECT COUNT(*) FROM batches") == [(0,)]


def test_a_batch_is_whole_private_and_sums_up(approved: Workspace) -> None:
    shown = run_export(approved)
    (folder,) = folders(approved)
    assert shown.select("state", "currency", "payouts").rows() == [("new", "USD", 2)]
    assert set(content_of(folder)) == {"payouts.csv", "payout_lines.csv", "manifest.json", "export.trg"}
    for path in (folder, *folder.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert [(row["payee_id"], row["amount"]) for row in rows_of(folder, "payouts.csv")] == [
        ("D-001", "52.00"),
        ("D-002", "180.00"),
    ]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["control_totals"] == {"USD": "232.00"}
    assert f"export-{manifest['batch_id']}" == folder.name
    for entry in manifest["files"]:
        content = (folder / entry["path"]).read_bytes()
        assert (entry["sha256"], entry["rows"]) == (hashlib.sha256(content).hexdigest(), 2)
        assert entry["control_totals"] == {"USD": "232.00"}
    trigger = (folder / "export.trg").read_text(encoding="utf-8")
    assert trigger == f"{hashlib.sha256((folder / 'manifest.json').read_bytes()).hexdigest()}  manifest.json\n"


def test_it_is_recorded_once_and_for_each_payout(approved: Workspace) -> None:
    run_export(approved)
    (folder,) = folders(approved)
    manifest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert ask(approved, "SELECT status, COUNT(*) FROM payouts GROUP BY status") == [("exported", 2)]
    decisions = "SELECT person, reference, note, amount FROM decisions WHERE kind = 'export' ORDER BY amount"
    batch_id = folder.name.removeprefix("export-")
    assert [row[:3] for row in ask(approved, decisions)] == [("bob", batch_id, f"manifest {manifest}")] * 2
    assert holds(verify(approved))


def test_exporting_again_gives_the_same_batch(approved: Workspace) -> None:
    run_export(approved)
    (folder,) = folders(approved)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = run_export(approved, Asked("carol", date(2026, 12, 24)))
    assert again["state"].to_list() == ["exported before"]
    assert folders(approved) == [folder]
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert ask(approved, "SELECT COUNT(*) FROM decisions WHERE kind = 'export'") == [(2,)]


def test_a_folder_that_the_erp_took_away_is_not_written_again(approved: Workspace) -> None:
    run_export(approved)
    shutil.rmtree(folders(approved)[0])
    assert run_export(approved)["folder"].to_list() == ["taken away since"]
    assert folders(approved) == []


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("payouts.csv", b"x", "was changed"),
        ("export.trg", b"x", "was changed"),
        ("more.csv", b"x", "was not exported"),
        ("payout_lines.csv", None, "is missing"),
    ],
)
def test_a_changed_file_is_noticed(approved: Workspace, name: str, content: bytes | None, fault: str) -> None:
    run_export(approved)
    path = folders(approved)[0] / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(BooksError, match=f"{name}: the file {fault}"):
        plan_export(approved, ASKED)


def test_a_change_of_one_cent_by_the_rest_of_the_world_stops_the_next_batch(approved: Workspace) -> None:
    one, two = (payout_id for (payout_id,) in ask(approved, "SELECT payout_id FROM payouts ORDER BY amount"))
    assert one != two
    plan = plan_export(approved, ASKED)
    with hold(approved.lock_path), connect(approved) as connection:
        record(connection, [Decision("reject", two, "rejected", "ann", "no")])
    with pytest.raises(BooksError, match="has changed since it was shown"):
        export(approved, ASKED, plan)
    assert folders(approved) == []
    assert run_export(approved)["amount"].to_list() == [52]


def test_what_is_approved_later_leaves_in_a_batch_of_its_own(drafted: Workspace) -> None:
    one, two = (payout_id for (payout_id,) in ask(drafted, "SELECT payout_id FROM payouts ORDER BY amount"))
    approve(drafted, one)
    run_export(drafted)
    approve(drafted, two)
    run_export(drafted)
    exported = [[row["payout_id"] for row in rows_of(folder, "payouts.csv")] for folder in folders(drafted)]
    assert sorted(exported) == sorted([[one], [two]])


def test_a_batch_of_another_warehouse_stops_everything(approved: Workspace) -> None:
    (approved.out_dir / "export-2026-12-01-000000000000").mkdir(parents=True)
    with pytest.raises(BooksError, match="not in the books"):
        plan_export(approved, ASKED)


def test_a_workspace_that_never_ran(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "new")
    with pytest.raises(TerminalError, match="no warehouse"):
        plan_export(workspace, ASKED)
    assert not workspace.warehouse_path.exists()


def test_one_at_a_time(approved: Workspace) -> None:
    with hold(approved.lock_path), pytest.raises(WorkspaceBusyError):
        plan_export(approved, ASKED)


def test_a_profile_of_its_own_with_a_file_for_each_currency(approved: Workspace) -> None:
    (approved.root / "profiles").mkdir()
    (approved.root / "profiles" / "mine.yaml").write_text(
        "profile: mine\ntitle: Mine\nencoding: cp932\ntrigger: go.now\nfiles:\n  - name: 'pay_{currency}_{batch}.csv'\n"
        "    rows: payouts\n    columns: [document_id, {header: 支払先, field: payee_name}, amount, currency]\n",
        encoding="utf-8",
    )
    run_export(approved, Asked("bob", date(2026, 12, 1), profile="mine"))
    (folder,) = folders(approved)
    batch_id = folder.name.removeprefix("export-")
    names = {f"pay_USD_{batch_id}.csv", "payout_lines.csv", "manifest.json", "go.now"}
    assert set(content_of(folder)) == names
    assert (folder / f"pay_USD_{batch_id}.csv").read_text(encoding="cp932").startswith("document_id,支払先,amount")


def test_values_of_a_shipped_profile_come_from_the_workspace(approved: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="needs the value 'expense_account'"):
        plan_export(approved, Asked("bob", date(2026, 12, 1), profile="quickbooks"))
    workspace = configure(approved, "profile: quickbooks, values: {expense_account: '6100'}")
    run_export(workspace)
    bills = next(folders(workspace)[0].glob("bills_*.csv")).read_text(encoding="utf-8")
    assert ",6100,Rebate 2026-11,52.00,USD" in bills


def give_accounts(workspace: Workspace, name: str, *accounts: str) -> None:
    """Bring an extract in which the members have these IBANs, in turn."""
    members = workspace.root / "extracts" / "members.csv"
    header, *rows = members.read_text(encoding="utf-8").splitlines()
    lines = [f"{row},{accounts[n % len(accounts)]}" for n, row in enumerate(rows)]
    (members.parent / name).write_text("\n".join([f"{header},iban", *lines, ""]), encoding="utf-8")


def test_a_payee_without_an_account_is_named_and_nothing_is_recorded(approved: Workspace) -> None:
    workspace = configure(approved, BANK)
    plan = plan_export(workspace, ASKED)
    assert plan.set_aside.select("payee_id", "found").rows() == [
        (payee, f"pain.001.xml: payee {payee!r} has neither iban nor account") for payee in ("D-001", "D-002")
    ]
    assert export(workspace, ASKED, plan)[0].frame.is_empty()
    assert ask(workspace, "SELECT COUNT(*) FROM batches") == [(0,)]


def test_one_bad_payee_is_set_aside_and_the_others_leave(approved: Workspace) -> None:
    workspace = configure(approved, BANK)
    give_accounts(workspace, "members-2.csv", "", ACCOUNTS[1])
    post_run(workspace, Run(date(2026, 11, 24)))
    batches, aside = export(workspace, ASKED, plan_export(workspace, ASKED))
    assert batches.frame.select("payouts", "amount").rows() == [(1, 180)]
    assert aside.frame.select("payee_id", "amount").rows() == [("D-001", 52)]
    (folder,) = folders(workspace)
    assert [row["payee_id"] for row in rows_of(folder, "payouts.csv")] == ["D-002"]
    assert ask(workspace, "SELECT payee_id, status FROM payouts ORDER BY 1") == [
        ("D-001", "approved"),
        ("D-002", "exported"),
    ]
    assert holds(verify(workspace))
    give_accounts(workspace, "members-3.csv", ACCOUNTS[0], ACCOUNTS[1])
    post_run(workspace, Run(date(2026, 11, 25)))
    assert run_export(workspace)["amount"].to_list() == [52]


def test_a_cell_that_the_file_does_not_take_sets_one_payout_aside(approved: Workspace) -> None:
    (approved.root / "profiles").mkdir()
    (approved.root / "profiles" / "mine.yaml").write_text(
        "profile: mine\ntitle: Mine\ntrigger: go.now\nfiles:\n  - name: 'pay_{batch}.csv'\n    rows: payouts\n"
        "    columns: [document_id, {header: amount, field: amount, most: 5}, currency]\n",
        encoding="utf-8",
    )
    plan = plan_export(approved, Asked("bob", date(2026, 12, 1), profile="mine"))
    assert plan.set_aside.select("payee_id", "found").rows() == [
        ("D-002", f"pay_{{batch}}.csv: {plan.set_aside['found'][0].split(': ', 1)[1]}")
    ]
    assert plan.batch is not None
    assert plan.batch.payouts["amount"].to_list() == [52]


@pytest.mark.parametrize(
    ("narrowed", "amounts"),
    [
        ({"payee": "D-001"}, [52]),
        ({"payee": "D-002"}, [180]),
        ({"program": "dealer-volume"}, [52, 180]),
        ({"payee": "D-001", "program": "dealer-volume"}, [52]),
    ],
)
def test_an_export_of_a_payee_or_a_program_leaves_the_rest_approved(
    approved: Workspace, narrowed: dict[str, str], amounts: list[int]
) -> None:
    ((program,),) = ask(approved, "SELECT DISTINCT program FROM ledger WHERE kind = 'rebate'")
    narrowed = {name: program if name == "program" else value for name, value in narrowed.items()}
    plan = plan_export(approved, Asked("bob", date(2026, 12, 1), **narrowed))
    assert plan.batch is not None
    assert plan.batch.payouts["amount"].to_list() == amounts


@pytest.mark.parametrize("narrowed", [{"payee": "D-999"}, {"program": "none"}])
def test_a_payee_or_program_that_nobody_knows_is_refused(approved: Workspace, narrowed: dict[str, str]) -> None:
    with pytest.raises(BooksError, match="there is no payout of"):
        plan_export(approved, Asked("bob", date(2026, 12, 1), **narrowed))


@pytest.fixture
def with_bank(drafted: Workspace) -> Workspace:
    """The two drafts in a workspace whose bank pays, to accounts that it takes."""
    workspace = configure(drafted, f"{BANK}, two_people_above: 100")
    give_accounts(workspace, "members-2.csv", *ACCOUNTS)
    post_run(workspace, Run(date(2026, 11, 24)))
    return workspace


def approve_all(workspace: Workspace, *people: str) -> None:
    for person in people:
        choice = Choice(everything=True)
        proposed = propose(workspace, choice, kind="approve", person=person)
        decide(workspace, choice, proposed, kind="approve", person=person, reason="")


def test_what_the_bank_would_not_take_is_named_before_the_approval(drafted: Workspace) -> None:
    assert bank_warnings(drafted, propose(drafted, Choice(everything=True), kind="approve", person="ann")) == []
    workspace = configure(drafted, BANK)
    give_accounts(workspace, "members-2.csv", "", ACCOUNTS[1])
    post_run(workspace, Run(date(2026, 11, 24)))
    [table] = bank_warnings(workspace, propose(workspace, Choice(everything=True), kind="approve", person="ann"))
    assert table.frame["found"].to_list() == ["payee 'D-001' has neither iban nor account"]
    assert list_payouts(workspace, Choice())[-1].frame.equals(table.frame)


@pytest.mark.long
def test_an_account_that_changed_since_the_approval_goes_back_into_review(with_bank: Workspace) -> None:
    approve_all(with_bank, "ann")
    give_accounts(with_bank, "members-3.csv", ACCOUNTS[1], ACCOUNTS[1])
    post_run(with_bank, Run(date(2026, 11, 25)))
    plan = plan_export(with_bank, ASKED)
    assert (plan.batch, plan.changed["payee_id"].to_list()) == (None, ["D-001"])
    assert "GB29…6819 → DE89…3000" in plan.set_aside["found"][0]
    assert ask(with_bank, "SELECT status FROM payouts WHERE payee_id = 'D-001'") == [("approved",)]
    export(with_bank, ASKED, plan)
    [(status, reason)] = ask(
        with_bank,
        "SELECT p.status, ARG_MAX(d.reason, d.decision_seq) FROM payouts AS p JOIN decisions AS d "
        "ON d.subject = p.payout_id WHERE p.payee_id = 'D-001' GROUP BY ALL",
    )
    assert (status, "GB29…6819 → DE89…3000" in reason) == ("in_review", True)
    assert holds(verify(with_bank))
    approve_all(with_bank, "ann", "carol")
    assert run_export(with_bank)["payouts"].to_list() == [2]


def test_an_account_that_two_people_saw_differently_goes_back_into_review(with_bank: Workspace) -> None:
    approve_all(with_bank, "ann")
    give_accounts(with_bank, "members-3.csv", ACCOUNTS[0], ACCOUNTS[0])
    post_run(with_bank, Run(date(2026, 11, 25)))
    approve_all(with_bank, "carol")
    assert plan_export(with_bank, ASKED).changed["payee_id"].to_list() == ["D-002"]


def test_an_automatic_approval_is_for_the_account_that_the_run_knew(drafted: Workspace) -> None:
    workspace = configure(drafted, f"{BANK}, auto_approve_below: 1000")
    give_accounts(workspace, "members-2.csv", *ACCOUNTS)
    post_run(workspace, Run(date(2026, 11, 24)))
    assert plan_export(workspace, ASKED).changed.is_empty()
    give_accounts(workspace, "members-3.csv", *reversed(ACCOUNTS))
    post_run(workspace, Run(date(2026, 11, 25)))
    assert plan_export(workspace, ASKED).changed.height == 2


@pytest.mark.long
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE members SET iban = 'FR1420041010050500013M02606' WHERE member_id = 'D-001'",
        "DELETE FROM members WHERE member_id = 'D-001' AND iban IS NOT NULL",
        "INSERT INTO members BY NAME SELECT * REPLACE ('x' AS row_key) FROM members WHERE member_id = 'D-001'",
        "UPDATE loads SET rows_hash = 'x' WHERE data_set = 'members'",
    ],
)
def test_members_changed_in_the_warehouse_stop_an_export(with_bank: Workspace, change: str) -> None:
    approve_all(with_bank, "ann", "carol")
    with connect(with_bank) as connection:
        connection.execute(change)
    with pytest.raises(InvariantError, match="changed"):
        plan_export(with_bank, ASKED)
    assert folders(with_bank) == []


def test_accounts_are_columns_of_the_members(approved: Workspace) -> None:
    workspace = configure(approved, BANK)
    give_accounts(workspace, "members-2.csv", *ACCOUNTS)
    post_run(workspace, Run(date(2026, 11, 24)))
    run_export(workspace)
    (folder,) = folders(workspace)
    message = etree.fromstring((folder / "pain.001.xml").read_bytes())
    names = {"n": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
    assert message.xpath("//n:CdtrAcct/n:Id/n:IBAN/text()", namespaces=names) == ACCOUNTS
    assert message.xpath("//n:MsgId/text()", namespaces=names) == [folder.name.removeprefix("export-")]
    assert message.xpath("//n:GrpHdr/n:CtrlSum/text()", namespaces=names) == ["232.00"]


def test_runs_leave_an_exported_payout_alone(approved: Workspace) -> None:
    run_export(approved)
    before = ask(approved, "SELECT payout_id, amount, status FROM payouts ORDER BY payout_id")
    post_run(approved, Run(date(2026, 11, 24)))
    assert ask(approved, "SELECT payout_id, amount, status FROM payouts ORDER BY payout_id") == before
    assert plan_export(approved, ASKED).is_empty


def test_the_books_hold_what_was_sent(approved: Workspace) -> None:
    run_export(approved)
    (folder,) = folders(approved)
    stored = ask(approved, "SELECT path, content FROM batch_files ORDER BY position")
    assert dict(stored) == content_of(folder)
    assert stored[-1][0] == "export.trg"


def test_a_file_changed_in_the_warehouse_is_never_published(
    approved: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_batches, "publish_batch", lambda *_, **__: None)
    run_export(approved)
    monkeypatch.undo()
    with connect(approved) as connection:
        connection.execute("UPDATE batch_files SET content = 'x'::BLOB WHERE path = 'payouts.csv'")
    with pytest.raises(BooksError, match="changed in the warehouse"):
        run_export(approved)
    assert folders(approved) == []


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE batch_files SET content = 'x'::BLOB WHERE path = 'payouts.csv'", "was changed in the warehouse"),
        (
            "UPDATE batch_files SET content = 'x'::BLOB, sha256 = sha256('x') WHERE path = 'manifest.json'",
            "is not the one that was decided on",
        ),
        ("UPDATE batch_payouts SET amount = amount + 0.01", "is not in the batch as it was decided"),
        ("DELETE FROM batch_payouts WHERE amount = 52", "was exported, but is not in the batch"),
        ("UPDATE batch_payouts SET batch_id = 'x'", "but nobody decided on it"),
    ],
)
def test_verify_finds_a_planted_change(approved: Workspace, change: str, found: str) -> None:
    run_export(approved)
    assert holds(verify(approved))
    with connect(approved) as connection:
        connection.execute(change)
    broken = {table.name: table.frame for table in verify(approved)[1:]}
    assert found in " ".join(broken["every_export_is_as_it_was_sent"]["found"])


def test_verify_finds_a_changed_byte_on_disk_and_allows_a_folder_to_be_taken_away(approved: Workspace) -> None:
    run_export(approved)
    (folder,) = folders(approved)
    path = folder / "payouts.csv"
    path.write_bytes(path.read_bytes().replace(b"52.00", b"52.01"))
    broken = {table.name: table.frame for table in verify(approved)[1:]}
    assert broken["every_export_is_as_it_was_sent"].rows() == [
        (folder.name.removeprefix("export-"), "payouts.csv", "was changed")
    ]
    shutil.rmtree(folder)
    assert holds(verify(approved))


def test_a_file_that_was_not_written_as_recorded_never_appears(
    approved: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.workspace.folders import write_file as write

    def lose_a_cent(folder: Path, name: str, content: bytes) -> None:
        write(folder, name, content.replace(b"52.00", b"51.99"))

    monkeypatch.setattr(export_batches, "write_file", lose_a_cent)
    with pytest.raises(InvariantError, match="the file read back was changed"):
        run_export(approved)
    assert folders(approved) == []
    monkeypatch.undo()
    assert run_export(approved)["state"].to_list() == ["completed"]


@pytest.mark.parametrize("person", ["", " ", "=1", "a\nb"])
def test_nobody_exports_nothing(approved: Workspace, person: str) -> None:
    asked = Asked(person, date(2026, 12, 1))
    with pytest.raises(BooksError, match=r"--by|nobody is named"):
        export(approved, asked, plan_export(approved, asked))
    assert ask(approved, "SELECT COUNT(*) FROM batches") == [(0,)]


def test_a_payout_that_is_not_its_lines_is_not_exported(approved: Workspace) -> None:
    with connect(approved) as connection:
        connection.execute("UPDATE payout_drafts SET amount = amount + 0.01 WHERE payee_id = 'D-001'")
    with pytest.raises(InvariantError, match=r"is 52\.0100, its lines add up to 52\.0000"):
        plan_export(approved, ASKED)


@pytest.fixture(scope="module")
def about_to_leave(ran: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Approved once for all: the record of decisions holds their times, and the manifest its hash."""
    workspace = open_workspace(shutil.copytree(ran, tmp_path_factory.mktemp("leaving") / "w"))
    approve(workspace)
    return workspace.root


@pytest.fixture(scope="module")
def undisturbed(about_to_leave: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """What an export leaves that nothing came in the way of."""
    workspace = open_workspace(shutil.copytree(about_to_leave, tmp_path_factory.mktemp("undisturbed") / "w"))
    run_export(workspace)
    return workspace


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from pipelines.erp import export, export_batches
from pipelines.workspace.configuration import open_workspace
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
module, name = sys.argv[2].split(".")
setattr({"export_batches": export_batches, "export": export}[module], name, die)
workspace, asked = open_workspace(Path(sys.argv[1])), export.Asked("bob", date(2026, 12, 1))
export.export(workspace, asked, export.plan_export(workspace, asked))
"""


@pytest.mark.parametrize(
    ("place", "recorded", "there"),
    [
        ("export_batches.publish_folder", 1, 0),  # the folder written, not yet under its name
        *(
            pytest.param(*case, marks=pytest.mark.long)
            for case in (
                ("export_batches.record", 0, 0),  # inside the transaction
                ("export_batches.publish_batch", 1, 0),  # between the transaction and the folder
                ("export_batches._file_rows", 0, 0),  # after the decisions
                ("export.export_batches.read_totals", 1, 1),  # all done, not yet said
            )
        ),
    ],
)
def test_killed_and_started_again(
    about_to_leave: Path, tmp_path: Path, undisturbed: Workspace, place: str, recorded: int, there: int
) -> None:
    approved = open_workspace(shutil.copytree(about_to_leave, tmp_path / "approved"))
    command = [sys.executable, "-c", KILLED, str(approved.root), place.removeprefix("export.")]
    killed = subprocess.run(command, check=False, env=os.environ | {"PYTHONPATH": "."})
    assert killed.returncode == -signal.SIGKILL
    assert ask(approved, "SELECT COUNT(*) FROM batches") == [(recorded,)]
    assert len(folders(approved)) == there
    shown = run_export(approved, Asked("bob", date(2026, 12, 1)))
    assert shown.height == 1
    assert [folder.name for folder in folders(approved)] == [folder.name for folder in folders(undisturbed)]
    assert content_of(folders(approved)[0]) == content_of(folders(undisturbed)[0])
    for table in ("batch_payouts", "batch_files"):
        query = f"SELECT * FROM {table} ORDER BY ALL"
        assert ask(approved, query) == ask(undisturbed, query)
    assert ask(approved, "SELECT subject FROM decisions WHERE kind = 'export'") == ask(
        undisturbed, "SELECT subject FROM decisions WHERE kind = 'export'"
    )
    assert run_export(approved)["state"].to_list() == ["exported before"]


def test_killed_after_the_folder_and_before_it_is_written_down(approved: Workspace) -> None:
    run_export(approved)
    (folder,) = folders(approved)
    before = content_of(folder)
    with connect(approved) as connection:
        connection.execute("UPDATE batches SET published_at = NULL; DELETE FROM decisions WHERE kind = 'hand_over'")
    assert run_export(approved)["state"].to_list() == ["completed"]
    assert holds(verify(approved))
    assert content_of(folder) == before
    assert ask(approved, "SELECT COUNT(published_at) FROM batches") == [(1,)]


def test_an_unfinished_batch_is_completed_on_another_day_as_it_was(
    approved: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_batches, "publish_batch", lambda *_, **__: None)
    run_export(approved)
    monkeypatch.undo()
    later = Asked("carol", date(2027, 1, 15), profile="sap")
    configured = configure(approved, "values: {company_code: '1', offset_account: '2', document_type: KR}")
    assert run_export(configured, later)["state"].to_list() == ["completed"]
    (folder,) = folders(approved)
    assert folder.name.startswith("export-2026-12-01-")
    assert "payouts.csv" in content_of(folder)
