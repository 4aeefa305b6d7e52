"""Cases from the field: what banks refuse, met by the real run and the real export."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from lxml import etree  # type: ignore[import-untyped]

from pipelines.books.runs import Run
from pipelines.erp.export import Asked, export, plan_export
from pipelines.workspace.configuration import Workspace, open_workspace
from tests.posting import post_run

pytestmark = pytest.mark.sampled(2, of="module")

FIELD = Path(__file__).parent / "field"
NAMES = {"n": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
AS_OF = date(2026, 7, 10)


def run(case: str, folder: Path) -> Workspace:
    """Run a case in a folder of its own,."""
    root = shutil.copytree(FIELD / case, folder / case)
    workspace = open_workspace(root)
    post_run(workspace, Run(AS_OF))
    return workspace


def paid(workspace: Workspace, path: str, day: date = AS_OF) -> list[str]:
    """Export, and give what the bank reads at `path`."""
    asked = Asked("bob", day)
    export(workspace, asked, plan_export(workspace, asked))
    (folder,) = workspace.out_dir.glob("export-*")
    return [str(text) for text in etree.parse(folder / "pain.001.xml").xpath(path, namespaces=NAMES)]


def found(workspace: Workspace) -> list[str]:
    return plan_export(workspace, Asked("bob", AS_OF)).set_aside["found"].to_list()


def test_an_iban_of_the_wrong_length_is_named(tmp_path: Path) -> None:
    workspace = run("11-iban-of-the-wrong-length", tmp_path)
    assert found(workspace) == [
        (
            "pain.001.xml: payee 'D-001' has an iban that is none (an IBAN of AT has 20 characters, not 19): "
            "'AT25190430023457320'"
        )
    ]


def test_an_account_without_a_bank_is_named_and_the_other_is_paid(tmp_path: Path) -> None:
    workspace = run("12-account-without-a-bank", tmp_path)
    assert found(workspace) == [
        (
            "pain.001.xml: payee 'D-001' has an account without a bank: it needs bic or clearing_member_id beside "
            "account '7654321'"
        )
    ]
    assert paid(workspace, "//n:InstdAmt/text()") == ["30.00"]


def test_names_that_the_bank_cannot_take_are_named_with_their_characters(tmp_path: Path) -> None:
    one, two = found(run("13-names-the-bank-cannot-take", tmp_path))
    assert all(repr(character) in one for character in "Łódźęś_★" if character != "d")
    assert "payee 'D-002' has a name with '髙' (U+9AD9)" in two


@pytest.mark.long
def test_the_name_that_the_bank_has_is_used_in_its_place(tmp_path: Path) -> None:
    root = shutil.copytree(FIELD / "13-names-the-bank-cannot-take", tmp_path / "w")
    members = root / "extracts" / "members.csv"
    header, *rows = members.read_text(encoding="utf-8").splitlines()
    named = zip(rows, ("Lodz Czesci Sp. z o.o.", "TAKAHASHI JIDOSHA"), strict=True)
    lines = [f"{header},account_holder", *(f"{row},{name}" for row, name in named), ""]
    members.write_text("\n".join(lines), encoding="utf-8")
    workspace = open_workspace(root)
    post_run(workspace, Run(AS_OF))
    assert paid(workspace, "//n:Cdtr/n:Nm/text()") == ["Lodz Czesci Sp. z o.o.", "TAKAHASHI JIDOSHA"]


def test_a_day_that_is_past_is_the_day_of_the_export(tmp_path: Path) -> None:
    workspace = run("14-execution-date-in-the-past", tmp_path)
    late = date(2026, 10, 5)
    (shown, *_) = plan_export(workspace, Asked("bob", late)).tables
    assert shown.frame.select("due_on", "pay_on").rows() == [(date(2026, 8, 30), late)]
    assert paid(workspace, "//n:ReqdExctnDt/n:Dt/text()", late) == ["2026-10-05"]


@pytest.mark.long
@pytest.mark.parametrize("case", sorted(path.name for path in FIELD.iterdir() if path.name[:2] in {"11", "12", "13"}))
def test_a_payee_set_aside_waits_for_the_next_export(case: str, tmp_path: Path) -> None:
    workspace = run(case, tmp_path)
    asked = Asked("bob", AS_OF)
    export(workspace, asked, plan_export(workspace, asked))
    assert not plan_export(workspace, asked).set_aside.is_empty()
