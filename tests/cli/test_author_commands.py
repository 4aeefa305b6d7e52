"""The commands of those who write agreements: terms, schema."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator
from lxml import html  # type: ignore[import-untyped]

import cli
from rules.language.yaml_text import parse_yaml
from schemas.errors import RuleError, TerminalError

if TYPE_CHECKING:
    from tests.cli.conftest import Rebatch

DEALER = Path(cli.__file__).parent / "rules" / "programs" / "dealer-revenue.yaml"


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


def test_terms_say_the_rules_in_plain_sentences(rebatch: Rebatch) -> None:
    shown = rebatch("terms", DEALER)
    assert (shown.code, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert lines[0] == "Dealer quarterly revenue rebate"
    assert "- Tier 2, from $45,000.00 and below $60,000.00: 1.50% of purchases." in lines
    assert "- $44,999.99: $450.00 (tier 1)" in lines
    assert "- $45,000.00: $675.00 (tier 2)" in lines


def test_terms_in_japanese(rebatch: Rebatch) -> None:
    lines = rebatch("terms", DEALER, "--lang", "ja").out.splitlines()
    assert lines[0] == "ディーラー四半期売上リベート"
    assert "- 第2段階（$45,000.00以上$60,000.00未満）：ご購入額の1.50%。" in lines  # noqa: RUF001  # so it is written in Japanese
    assert "- $45,000.00の場合：$675.00（第2段階）" in lines  # noqa: RUF001  # … and this


def test_terms_as_a_page_and_as_markdown(rebatch: Rebatch, sample: Path, tmp_path: Path) -> None:
    page, markdown = tmp_path / "terms.html", tmp_path / "terms.md"
    page.write_text("what was there before", encoding="utf-8")
    shown = rebatch("-w", sample, "terms", DEALER, "--html", page, "--md", markdown)
    assert (shown.code, shown.out) == (0, "")
    tree = html.fromstring(page.read_bytes())
    assert tree.xpath("//h1")[0].text == "Dealer quarterly revenue rebate"
    sentences = [item.text for item in tree.xpath("//li")]
    assert "$45,000.00: $675.00 (tier 2)" in sentences
    assert f"- {sentences[0]}" in markdown.read_text(encoding="utf-8").splitlines()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["terms.html", "terms.md"]


def test_terms_are_refused_where_they_cannot_be(rebatch: Rebatch, sample: Path, tmp_path: Path) -> None:
    assert rebatch("terms", DEALER, "--lang", "fr").code == RuleError.exit_code
    assert rebatch("terms", tmp_path / "none.yaml").code == RuleError.exit_code
    shown = rebatch("-w", sample, "terms", DEALER, "--md", tmp_path / "none" / "terms.md")
    assert shown.code == TerminalError.exit_code
    assert "name a file in a folder that is there" in shown.err


@pytest.mark.parametrize("to_file", [False, True])
def test_schema_is_a_schema(rebatch: Rebatch, tmp_path: Path, *, to_file: bool) -> None:
    target = tmp_path / "rules.schema.json"
    shown = rebatch("schema", target) if to_file else rebatch("schema")
    assert shown.code == 0
    found = json.loads(target.read_text(encoding="utf-8") if to_file else shown.out)
    Draft202012Validator.check_schema(found)
    said = {path.stem: parse_yaml(path.read_text(encoding="utf-8"), "").value for path in DEALER.parent.glob("*.yaml")}
    validator = Draft202012Validator(found)
    for value in said.values():
        assert validator.is_valid(json.loads(json.dumps(value, default=_plain)))


@pytest.mark.long
def test_plan_shows_what_would_change_and_posts_nothing(rebatch: Rebatch, booked: Path, tmp_path: Path) -> None:
    books = shutil.copytree(booked, tmp_path / "books")
    [rule] = (books / "rules").glob("*.yaml")
    text = rule.read_text(encoding="utf-8").split("tests:")[0]
    rule.write_text(text.replace("rate: 2%", "rate: 2.5%"), encoding="utf-8")
    page = tmp_path / "plan.html"
    made = rebatch("-w", books, "plan", "--json", "--html", page)
    assert (made.code, made.err) == (0, "")
    assert list(made.data) == ["totals", "programs", "members", "changes", "moves", "running"]
    [total] = made.data["totals"]
    change = sum(Decimal(row["change"]) for row in made.data["changes"])
    assert Decimal(total["change"]) == Decimal(total["by_rules"]) == change > 0
    assert [row["wording"] for row in made.data["programs"]] == ["edited"]
    assert len(html.fromstring(page.read_bytes()).xpath("//section")) == len(made.data)
    shown = rebatch("-w", books, "plan").out
    assert "By member" in shown
    nobody = rebatch("-w", books, "plan", "--member", "nobody", "--json").data
    assert nobody["changes"] == nobody["members"] == []
    posted = rebatch("-w", books, "run", "--as-of", "2026-11-23", "--json").data["stages"]
    assert posted[4]["restatement"] == len(made.data["changes"])
    assert rebatch("-w", books, "plan", "--json").data["changes"] == []


def test_plan_needs_something_to_compare_with(rebatch: Rebatch, sample: Path) -> None:
    shown = rebatch("-w", sample, "plan")
    assert shown.code == TerminalError.exit_code
    assert "rebatch run" in shown.err
