"""Hostile inputs: names, texts, paths and YAML that try to reach files, SQL or templates reach nothing."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipelines.audit.changes import changes
from pipelines.audit.explain import explain
from pipelines.audit.replay import is_equal, replay
from pipelines.audit.verify import holds, verify
from pipelines.authoring.check import check
from pipelines.books.runs import Run
from pipelines.calculation.rule_files import load_programs
from pipelines.stages import run_all
from pipelines.workspace.configuration import create_workspace, open_workspace, read_config
from schemas.errors import BooksError, RebatchError, RuleError, WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

TEMPLATES = "{{ 7 * 191 }}{% for x in range(9) %}x{% endfor %}{# #}${7*191}<%= 7*191 %>"
NAMES = [
    "../../../../escaped",
    "/etc/escaped",
    "..\\..\\escaped",
    "'; DROP TABLE ledger; --",
    '" || (SELECT 1) || "',
    "$run_id",
    "<script>alert(1)</script>",
    TEMPLATES,
    "%s%n{0}{name}",
    "x -rf",
    "CON",
    ".",
    "a/b",
]
"""Ids of members and payees; what may not stand in a payment file is refused by name, which is tested there."""

PROGRAM = """
program: bonus
title: "{{ 7 * 191 }} <b>'; DROP TABLE ledger; --"
reference: "{% raw %} clause ../../1"
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
pay_to: self
rebates:
  only: {period: quarter, measure: revenue, method: all_units, tiers: [{from: 1, rate: 10%}]}
"""


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@pytest.fixture
def hostile(tmp_path: Path) -> Workspace:
    """A workspace in a folder with a hostile name, full of hostile names."""
    root = create_workspace(tmp_path / "a'b\"; ATTACH {x} %s $1 *" / "ws").root
    config = (root / "rebatch.yaml").read_text(encoding="utf-8").replace("rejects: 1%", "rejects: 0%")
    (root / "rebatch.yaml").write_text(config, encoding="utf-8")
    for path in (root / "rules").iterdir():
        path.unlink()
    (root / "rules" / "bonus '; {{x}}.yaml").write_text(PROGRAM, encoding="utf-8")
    dealers = root / "extracts" / "members.csv"
    header = dealers.read_text(encoding="utf-8").splitlines()[0].split(",")
    rows = []
    for name in NAMES:
        cells = dict.fromkeys(header, "") | {header[0]: name, header[1]: f"{TEMPLATES} {name}"}
        rows.append(",".join(quoted(cells[column]) if cells[column] else "" for column in header))
    dealers.write_text("\n".join([",".join(header), *rows, ""]), encoding="utf-8")
    sales = root / "extracts" / "transactions.csv"
    columns, first, *_ = sales.read_text(encoding="utf-8").splitlines()
    lines = []
    for n, name in enumerate(NAMES):
        lines.append(",".join([f"T-{n}", quoted(name), *first.split(",")[2:]]))
    sales.unlink()
    name = "transactions '; DROP TABLE loads; -- {{ 7 * 191 }}.csv"
    (root / "extracts" / name).write_text("\n".join([columns, *lines, ""]), encoding="utf-8")
    return open_workspace(root)


@pytest.mark.long
def test_hostile_names_are_names_all_the_way(hostile: Workspace, tmp_path: Path) -> None:
    elsewhere = {path for path in tmp_path.rglob("*") if not path.is_relative_to(hostile.root)}
    run_all(hostile, Run(date(2026, 10, 5)))
    run_all(hostile, Run(date(2026, 11, 23)))
    assert holds(verify(hostile))
    assert is_equal(replay(hostile, "2026-10-05"))
    changes(hostile, "2026-10-05")
    with duckdb.connect(str(hostile.warehouse_path), read_only=True) as connection:
        paid = {name for (name,) in connection.execute("SELECT member_id FROM ledger").fetchall()}
    assert paid == set(NAMES)
    for name in NAMES:
        tables = {
            table.name: table.rows() for table in explain(hostile, member=name, program="bonus", period="2026-Q3")
        }
        assert len(tables["transactions"]) == 1
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(hostile.root)} == elsewhere


def test_every_published_name_is_plain_and_templates_stay_text(hostile: Workspace) -> None:
    run_all(hostile, Run(date(2026, 10, 5)))
    [folder] = [path for path in hostile.out_dir.iterdir() if path.is_dir()]
    manifest = json.loads((folder / "manifest.json").read_bytes())
    pages = sorted(path for path in folder.rglob("*.html"))
    assert len(pages) == len(NAMES)
    assert set(manifest["statements"]) == set(NAMES)
    for path in pages:
        assert path.name.replace("-", "").replace("_", "").replace(".", "").isalnum()
        page = path.read_text(encoding="utf-8")
        assert "1337" not in page
        assert "{{ 7 * 191 }}" in page
        assert "<script>alert" not in page
        assert "<b>&#39;; DROP" not in page
        assert "<b>'; DROP" not in page


@pytest.mark.parametrize(
    "path", ["../x.csv", "/etc/passwd", "extracts/../../x.csv", "a\\..\\x", "..", "", "extracts/\0x", "~/../../x"]
)
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    source = json.dumps({"data_set": "members", "path": path, "format": "csv"})
    with pytest.raises(WorkspaceError):
        read_config(f"name: X\ncurrency: USD\nsources: [{source}]\n", "rebatch.yaml")


BOMB = "\n".join(["a0: &a0 [lol, lol]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)), ""])
HOSTILE_YAML = [
    "x: !!python/object/apply:os.system ['touch escaped']",
    "x: !!python/object/new:subprocess.Popen [[touch, escaped]]",
    "x: !!python/name:os.system",
    "x: !!binary aGVsbG8=",
    "!!set {a, b}",
    "x: &a [*a]",
    "<<: &m {<<: *m}",
    "%TAG ! tag:yaml.org,2002:python/\n--- !name:os.system x",
    BOMB,
    "[" * 5000,
    "{a: " * 5000,
    "a: " + "x" * 100_000 + "\n- b",
    "\x00",
    "a: \ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
]


@pytest.mark.parametrize("text", HOSTILE_YAML, ids=range(len(HOSTILE_YAML)))
def test_yaml_does_nothing_but_say(text: str, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused as a configuration and as a rule file, at once and with a place, whatever the parser would do with it."""
    monkeypatch.chdir(sample)
    began = time.monotonic()
    with pytest.raises(WorkspaceError):
        read_config(text, "rebatch.yaml")
    (sample / "rules" / "hostile.yaml").write_bytes(text.encode())
    with pytest.raises(RuleError):
        load_programs(open_workspace(sample))
    assert time.monotonic() - began < 20
    assert not list(sample.rglob("escaped*"))


def test_a_hostile_rule_file_is_only_a_problem_to_check(sample: Path) -> None:
    (sample / "rules" / "hostile.yaml").write_text(BOMB, encoding="utf-8")
    with pytest.raises(RebatchError, match=r"hostile\.yaml:2"):
        check(open_workspace(sample), None)


@pytest.mark.long
def test_a_stored_rule_file_cannot_leave_the_folder_it_is_made_again_in(sample: Path, tmp_path: Path) -> None:
    """Somebody who can write to the warehouse must not be able to write files by way of a replay."""
    run_all(open_workspace(sample), Run(date(2026, 11, 23)))
    with duckdb.connect(str(sample / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE rule_versions SET file = ?", [f"../../{tmp_path.name}-escaped.yaml"])
    with pytest.raises(BooksError, match="leads out of its folder"):
        replay(open_workspace(sample), "2026-11-23")
    assert not list(tmp_path.parent.rglob("*-escaped.yaml"))
