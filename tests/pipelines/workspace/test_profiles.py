from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pipelines.workspace.configuration import create_workspace
from pipelines.workspace.profiles import find_profile, read_profile, shipped_profile
from schemas.errors import WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
profile: my-erp
title: Ours
files:
  - name: out.csv
    rows: payouts
    columns:
      - payout_id
      - {header: Sum, field: amount}
      - currency
"""


def problems_of(text: str) -> list[str]:
    with pytest.raises(WorkspaceError) as caught:
        read_profile(text, "profiles/my-erp.yaml")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("title: Ours", "titel: Ours", "my-erp.yaml:2:1: the file has no key 'titel' → did you mean 'title'?"),
        ("name: out.csv", "nmae: out.csv", "my-erp.yaml:4:5: entry 1 of files has no key 'nmae'"),
        ("field: amount}", "feild: amount}", "my-erp.yaml:8:23: entry 2 of columns has no key 'feild'"),
        ("profile: my-erp", "profile: sap", "my-erp.yaml:1:10: profile is 'sap' → write 'my-erp'"),
        ("field: amount", "field: amuont", "'amuont' is no field of payouts → did you mean 'amount'?"),
        ("field: amount", "field: tier", "'tier' is no field of payouts"),
        ("rows: payouts", "rows: payout", "rows is 'payout' → did you mean 'payouts'?"),
        ("rows: payouts", "rows: lines", "no file has a row for each payout"),
        ("- currency", "- due_on", "no column says the currency"),
        ("{header: Sum, field: amount}", "due_on", "no column says the amount"),
        ("- payout_id", "- payee_id", "no column says which payout a row is"),
        ("header: Sum", "header: currency", "the file has two columns 'currency'"),
        ("field: amount", "field: amount, constant: 3", "the column has field and constant"),
        ("field: amount", "required: true", "the column says nothing"),
        ("- currency", "- currency\n      - {constant: x}", "the column has no name"),
        ("- currency", "- currency\n      - {header: X, constant: =1+1}", "'=1+1' would be run as a formula"),
        ("- currency", "- {field: currency, reversed: true}", "only an amount has a sign"),
        ("out.csv", '"out-{bacth}.csv"', "{bacth} has no meaning in a name → did you mean 'batch'?"),
        ("out.csv", '"out-{batch.csv"', "a brace stands alone"),
        ("out.csv", "../out.csv", "name is '../out.csv'"),
        ("out.csv", "manifest.json", "manifest.json is already the manifest"),
        ("out.csv", "export.trg", "export.trg is already the trigger"),
        ("out.csv", "pain.001.xml", "pain.001.xml is already the bank's file"),
        ("out.csv", "payout_lines.csv", "payout_lines.csv is already the file of the lines"),
        ("title: Ours", "title: Ours\ndelimiter: é", "delimiter is 'é'"),
        ("title: Ours", "title: Ours\ndelimiter: a", "delimiter is 'a'"),
        ("title: Ours", "title: Ours\ndelimiter: '\"'", "delimiter is '\"'"),
        ("title: Ours", "title: Ours\nencoding: base64", "my-erp.yaml:3:11: encoding is 'base64'"),
        ("title: Ours", "title: Ours\ndate_format: '%Y-%m'", "the date has no %d"),
        ("title: Ours", "title: Ours\ndate_format: '%Y-%m-%d %H'", "date_format is '%Y-%m-%d %H'"),
        ("title: Ours", "title: Ours\ndecimal_mark: ','", "the decimal mark is also the delimiter"),
        ("title: Ours", "title: Ours\nquotes: no", "quotes is 'no'"),
        ("header: Sum", "header: 𠮷\n        ,most: 0", "most is '0'"),
        ("title: Ours", "title: !!python/name:os.system Ours", "the tag"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, found: str) -> None:
    assert GOOD.count(old) == 1
    assert any(found in problem for problem in problems_of(GOOD.replace(old, new))), problems_of(GOOD.replace(old, new))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " ", "!", "#", "/", ":", "@", "[", "`", "{", "~", "^"])
def test_delimiters_that_a_file_can_have(delimiter: str) -> None:
    text = GOOD.replace("title: Ours", f"title: Ours\ndelimiter: {json.dumps(delimiter)}")
    assert read_profile(text, "my-erp.yaml").delimiter == delimiter


def test_a_header_that_the_encoding_lacks() -> None:
    text = GOOD.replace("title: Ours", "title: Ours\nencoding: cp932").replace("header: Sum", "header: 𠮷")
    (problem,) = problems_of(text)
    assert problem.startswith("profiles/my-erp.yaml:9:18: the character '𠮷' is not in the encoding cp932 → ")


def test_all_mistakes_at_once() -> None:
    text = GOOD.replace("title: Ours", "titel: Ours\nheader: maybe").replace("field: amount", "field: amuont")
    assert len(problems_of(text)) == 5


def test_a_good_one_is_read() -> None:
    profile = read_profile(GOOD, "profiles/my-erp.yaml")
    assert [column.title for column in profile.files[0].columns] == ["payout_id", "Sum", "currency"]


def test_the_workspaces_own_comes_first(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    (workspace.root / "profiles").mkdir()
    assert find_profile(workspace, "sap") is shipped_profile("sap")
    with pytest.raises(WorkspaceError, match="there is no profile 'my-erp'"):
        find_profile(workspace, "my-erp")
    (workspace.root / "profiles" / "my-erp.yaml").write_text(GOOD, encoding="utf-8")
    (workspace.root / "profiles" / "sap.yaml").write_text(GOOD.replace("my-erp", "sap"), encoding="utf-8")
    assert find_profile(workspace, "my-erp").title == "Ours"
    assert find_profile(workspace, "sap").title == "Ours"
    with pytest.raises(WorkspaceError, match="did you mean 'netsuite'"):
        find_profile(workspace, "netsute")
    (workspace.root / "profiles" / "my-erp.yaml").write_bytes(b"\xff")
    with pytest.raises(WorkspaceError, match="not UTF-8 at byte 0"):
        find_profile(workspace, "my-erp")
