from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from schemas.errors import ExtractError, RuleError, WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Rebatch

RULES = """\
program: bonus
title: Bonus
reference: clause 1
currency: JPY
effective: {from: 2026-01-01, to: 2026-12-31}
members: {include: [{type: [dealer]}]}
rebates:
  volume:
    period: quarter
    measure: revenue
    method: all_units
    tiers:
      - {from: 1000, rate: 2.5%}
tests:
  - {when: {qualifier: 999}, pays: 0}
  - {when: {qualifier: 1000}, pays: 25}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "bonus.yaml"
    path.write_text(RULES, encoding="utf-8")
    return path


def _values(folder: Path, *lines: str) -> Path:
    path = folder / "values.csv"
    path.write_text("\n".join(["rebate,member_id,qualifier,measure", *lines, ""]), encoding="utf-8")
    return path


def test_calc_adds_tier_payout_and_unrounded(rebatch: Rebatch, rules: Path, tmp_path: Path) -> None:
    values = _values(tmp_path, "volume,00A,,999.99", "volume,00B,,1000", "volume,髙,2000,1020")
    shown = rebatch("calc", rules, "--values", values)
    assert shown.code == 0
    assert shown.out.splitlines() == [
        "rebate,member_id,qualifier,measure,tier,payout,unrounded",
        "volume,00A,,999.99,0,0,0.0000000000",
        "volume,00B,,1000,1,25,25.0000000000",
        "volume,髙,2000,1020,1,26,25.5000000000",
    ]


def test_calc_reads_standard_input(
    rebatch: Rebatch, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = io.TextIOWrapper(io.BytesIO(_values(tmp_path, "volume,A,,1000").read_bytes()))
    monkeypatch.setattr(sys, "stdin", source)
    assert rebatch("calc", rules, "--values", "-").out.endswith("volume,A,,1000,1,25,25.0000000000\n")


def test_calc_names_every_wrong_row(rebatch: Rebatch, rules: Path, tmp_path: Path) -> None:
    values = _values(tmp_path, "volume,A,,1e3", "volum,B,,1", "volume,C,,1")
    shown = rebatch("calc", rules, "--values", values)
    assert shown.code == ExtractError.exit_code
    assert shown.out == ""
    assert f"{values}:2" in shown.err
    assert f"{values}:3" in shown.err
    assert f"{values}:4" not in shown.err


@pytest.mark.parametrize("content", [b"", b'a,"b\n1', b"rebate,member_id,qualifier,measure\n\xff,a,1,1\n"])
def test_calc_refuses_what_is_no_csv(rebatch: Rebatch, rules: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "values.csv"
    path.write_bytes(content)
    shown = rebatch("calc", rules, "--values", path)
    assert shown.code == ExtractError.exit_code
    assert str(path) in shown.err


def test_calc_names_files_that_are_not_there(rebatch: Rebatch, rules: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert rebatch("calc", rules, "--values", gone).code == ExtractError.exit_code
    shown = rebatch("calc", gone, "--values", _values(tmp_path))
    assert shown.code == RuleError.exit_code
    assert str(gone) in shown.err


def test_check_of_sound_files_says_what_they_are(rebatch: Rebatch, sample: Path, rules: Path) -> None:
    shown = rebatch("-w", sample, "check", rules, "--json")
    assert shown.code == 0
    assert [(row["program"], row["tests"]) for row in shown.data["programs"]] == [("bonus", 2)]
    assert shown.data["warnings"] == []


def test_check_lists_every_mistake_of_every_file_with_its_place(rebatch: Rebatch, sample: Path, rules: Path) -> None:
    rules.write_text(RULES.replace("method: all_units", "method: all_unit"), encoding="utf-8")
    other = rules.with_name("other.yaml")
    other.write_text(RULES.replace("title: Bonus", "titel: Bonus"), encoding="utf-8")
    shown = rebatch("-w", sample, "check", rules, other)
    assert shown.code == RuleError.exit_code
    assert f"{rules}:11:" in shown.err
    assert f"{other}:2:" in shown.err
    assert "Traceback" not in shown.err


def test_a_test_that_fails_is_a_mistake(rebatch: Rebatch, sample: Path, rules: Path) -> None:
    rules.write_text(RULES.replace("pays: 25", "pays: 26"), encoding="utf-8")
    shown = rebatch("-w", sample, "check", rules)
    assert shown.code == RuleError.exit_code
    assert "pay 25" in shown.err


def test_check_warns_of_values_that_no_row_has(rebatch: Rebatch, booked: Path, rules: Path) -> None:
    rules.write_text(RULES.replace("type: [dealer]", "type: [deeler]"), encoding="utf-8")
    shown = rebatch("-w", booked, "check", rules, "--json")
    assert shown.code == 0
    [warning] = shown.data["warnings"]
    assert "deeler" in warning["found"]
    assert warning["line"] == 6


def test_check_warns_where_more_pays_less(rebatch: Rebatch, sample: Path, rules: Path) -> None:
    tiers = "{from: 1000, rate: 2.5%}\n      - {from: 2000, rate: 2%}"
    rules.write_text(RULES.replace("{from: 1000, rate: 2.5%}", tiers), encoding="utf-8")
    shown = rebatch("-w", sample, "check", rules, "--json")
    assert shown.code == 0
    found = {(row["kind"], row["line"]): row["found"] for row in shown.data["warnings"]}
    assert found == {
        ("untested", 13): "no tests stand on both sides of the bound 2,000 of 'volume'",
        ("inversion", 14): "from 2,000 to 2,474 this pays less than 1,999 does: 50 → 40",
    }
    [info] = [info for info in shown.data["infos"] if info["kind"] == "cliff"]
    assert info["found"] == "the payment leaps: 0 → 25 at 1,000"
    assert "from 2,000 to 2,474" in rebatch("-w", sample, "check", rules).out


def test_strict_turns_warnings_into_failure_and_kinds_can_be_left_out(
    rebatch: Rebatch, sample: Path, rules: Path
) -> None:
    assert rebatch("-w", sample, "check", rules, "--strict").code == 0  # a cliff is good to know, no more
    rules.write_text(RULES.replace("  - {when: {qualifier: 999}, pays: 0}\n", ""), encoding="utf-8")
    assert rebatch("-w", sample, "check", rules).code == 0
    assert rebatch("-w", sample, "check", rules, "--strict").code == RuleError.exit_code
    assert rebatch("-w", sample, "check", rules, "--strict", "--ignore", "untested").code == 0
    left_out = [part for kind in ("untested", "cliff", "left-open") for part in ("--ignore", kind)]
    bare = rebatch("-w", sample, "check", rules, *left_out, "--json")
    assert bare.data["warnings"] == bare.data["infos"] == []


def test_check_says_in_json_what_must_be_mended(rebatch: Rebatch, sample: Path, rules: Path) -> None:
    rules.write_text(RULES.replace("method: all_units", "method: all_unit"), encoding="utf-8")
    shown = rebatch("-w", sample, "check", rules, "--json", "--ignore", "language")
    assert shown.code == RuleError.exit_code
    [error] = shown.data["errors"]
    assert (error["line"], error["kind"], error["todo"]) == (11, "language", "did you mean 'all_units'?")
    rules.write_text(RULES.replace("pays: 25", "pays: 26"), encoding="utf-8")
    [error] = rebatch("-w", sample, "check", rules, "--json").data["errors"]
    assert (error["line"], error["kind"]) == (16, "test")


def test_check_refuses_columns_that_the_data_does_not_have(rebatch: Rebatch, booked: Path, rules: Path) -> None:
    rules.write_text(RULES.replace("type: [dealer]", "tier: [gold]"), encoding="utf-8")
    shown = rebatch("-w", booked, "check", rules)
    assert shown.code == RuleError.exit_code
    assert "'tier'" in shown.err
    assert "region" in shown.err
    assert "load_seq" not in shown.err


def test_a_folder_that_is_no_workspace_is_named(rebatch: Rebatch, tmp_path: Path) -> None:
    shown = rebatch("-w", tmp_path / "none", "check")
    assert shown.code == WorkspaceError.exit_code
    assert str(tmp_path / "none") in shown.err
    assert "rebatch init" in shown.err


def test_no_workspace_is_guessed_where_none_is_named(
    rebatch: Rebatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    none = rebatch("check", "--json")
    assert (none.code, none.out) == (WorkspaceError.exit_code, "")
    assert all(way in none.err for way in ("-w", "REBATCH_WORKSPACE", "rebatch.yaml"))
    assert rebatch("init", "acme").code == 0
    monkeypatch.chdir(tmp_path / "acme")
    here = rebatch("check", "--json")
    assert {row["program"] for row in here.data["programs"]} == {"volume-bonus-2026"}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REBATCH_WORKSPACE", "acme")
    assert rebatch("check", "--json").data == here.data


def test_init_refuses_a_folder_in_use(rebatch: Rebatch, tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    shown = rebatch("init", tmp_path)
    assert shown.code == WorkspaceError.exit_code
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
