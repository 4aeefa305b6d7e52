"""The partner site: whole, current, and nothing of anybody else in a folder."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from typing import TYPE_CHECKING

import pytest

from pipelines.books.runs import Run
from pipelines.console.stage_progress import Silent
from pipelines.site.audiences import read_audiences
from pipelines.site.build import build_site
from pipelines.site.serve import server_of
from pipelines.site.terms import Terms
from pipelines.stages import run_all
from pipelines.warehouse.connection import connect
from pipelines.workspace.configuration import create_workspace, open_workspace
from reports.agreement.agreement import Vocabulary
from reports.statement.paths import safe_stem
from rules.loading.load import read_programs
from schemas.errors import BooksError, TerminalError, WorkspaceError
from tests.conftest import AS_OF

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from pipelines.site.audiences import Audiences

pytestmark = pytest.mark.sampled(2, of="module")

SITE = """\
title: {en: Partner portal, ja: パートナーポータル}
theme: {colour: "#7a1f5c"}
navigation: [overview, payouts, documents, help]
pages:
  help: {title: {en: Help, ja: ヘルプ}, text: {en: pages/help.md}}
"""
HELP = "# Help\n\nCall **us**. <script>alert(1)</script>\n\n![x](https://elsewhere.example/x.png)\n[y](javascript:alert(1))\n"


def audiences_of(root: Path) -> Audiences:
    with connect(open_workspace(root), read_only=True) as connection:
        return read_audiences(connection, open_workspace(root))


def ever_above(root: Path) -> dict[str, set[str]]:
    """Return who ever stood above each member, on any level."""
    edges = "SELECT DISTINCT member_id, parent_id FROM {} WHERE parent_id IS NOT NULL"
    with connect(open_workspace(root), read_only=True) as connection:
        found = [
            edge for table in ("hierarchy", "members") for edge in connection.execute(edges.format(table)).fetchall()
        ]
    above: dict[str, set[str]] = {}
    for _ in range(5):  # more levels than there are
        for member, parent in found:
            above.setdefault(member, set()).update({parent, *above.get(parent, ())})
    return above


def named_in(files: Iterable[Path], names: Collection[str]) -> set[str]:
    """Return which of `names` stand as whole words in the files."""
    found: set[str] = set()
    for path in files:
        # Names stand in pages with their marks written as entities.
        text = path.read_text(encoding="utf-8").replace("&amp;", "&").replace("&#39;", "'")
        # Looked for as they are first: most are not there, and a pattern of all takes a hundred times as long.
        there = sorted((name for name in names if name in text), key=len, reverse=True)
        if there:
            wanted = "|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in there)
            found |= set(re.findall(wanted, text))
    return found


@pytest.mark.long
def test_no_folder_names_any_other_payee(demo_site: Path) -> None:
    audiences, folder = audiences_of(demo_site), demo_site / "site"
    # Those in whose group it earns, or earned once.
    above = ever_above(demo_site)
    texts = {text: member for member, name in audiences.names.items() for text in (member, name) if text}
    assert len(audiences.payees) > 50
    for payee in audiences.payees:
        files = [path for path in (folder / "payees" / safe_stem(payee)).rglob("*") if path.is_file()]
        assert len(files) >= 8
        found = {texts[text] for text in named_in(files, texts)}
        allowed = {payee, *audiences.members[payee], *above.get(payee, ())}
        assert payee in found
        assert found <= allowed, f"{payee} is shown {sorted(found - allowed)}"


@pytest.mark.long
def test_a_parent_sees_its_children_and_nobody_else(demo_site: Path) -> None:
    audiences, folder = audiences_of(demo_site), demo_site / "site"
    assert audiences.children
    for parent, below in audiences.children.items():
        inside = {path.name for path in (folder / "parents" / safe_stem(parent)).iterdir()}
        assert inside == {"index.html", *map(safe_stem, below)}
        for child in below:
            own, theirs = (folder / place / safe_stem(child) for place in ("payees", f"parents/{safe_stem(parent)}"))
            files = [path.relative_to(own) for path in own.rglob("*") if path.is_file()]
            assert [(own / path).read_bytes() for path in files] == [(theirs / path).read_bytes() for path in files]


@pytest.mark.long
def test_sales_see_progress_and_no_money(demo_site: Path) -> None:
    pages = list((demo_site / "site" / "sales").iterdir())
    assert len(pages) == len(audiences_of(demo_site).payees) + 1
    assert any("<progress" in page.read_text("utf-8") for page in pages)
    for page in pages:
        text = re.sub(r"<style>.*?</style>|<script>.*?</script>", "", page.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"[$€¥￥£]|\b(USD|EUR|JPY|CAD|GBP)\b|[0-9][.,][0-9]", text), page.name


def test_each_audience_sees_the_visits_it_may_see(demo_site: Path) -> None:
    folder, run = demo_site / "site", audiences_of(demo_site).run.run_id
    part = re.compile(r'<section class="panel" aria-labelledby="visits">.*?</section>', re.DOTALL)
    seen = 0
    for payee in audiences_of(demo_site).payees:
        stem = safe_stem(payee)
        statement = (demo_site / "out" / run / "statements" / f"{stem}.html").read_text("utf-8")
        own, sales = (
            (folder / place).read_text("utf-8") for place in (f"payees/{stem}/index.html", f"sales/{stem}.html")
        )
        assert part.findall(own) == part.findall(sales) == part.findall(statement)
        seen += len(part.findall(own))
    assert seen > 10
    assert 'href="visits.html"' in (folder / "staff" / "index.html").read_text("utf-8")
    assert "What to do next" in (folder / "staff" / "visits.html").read_text("utf-8")
    # The report names everybody: it is for staff alone.
    assert [path.parent.name for path in folder.rglob("visits.html")] == ["staff"]


def test_a_template_with_mistakes_costs_the_report_alone(books: Path) -> None:
    template = books / "rules" / "visits" / "review.yaml"
    template.parent.mkdir()
    template.write_text("template: review\nduration: long\n", encoding="utf-8")
    made = build_site(open_workspace(books), Silent())
    assert {problem.at.file for problem in made.problems} == {"visits/review.yaml"}
    assert made.payees
    assert not (books / "site" / "staff" / "visits.html").exists()


def test_who_is_paid_by_itself_keeps_its_purchases_to_itself(demo_site: Path) -> None:
    payees = set(audiences_of(demo_site).payees)
    for payee in ("M-0004", "M-0005", "M-0008"):
        file = demo_site / "site" / "payees" / safe_stem(payee) / "transactions.csv"
        buyers = {line.split(",")[2] for line in file.read_text("utf-8").splitlines()[1:]}
        assert payee in buyers
        assert buyers.isdisjoint(payees - {payee})


HIERARCHY = "member_id,parent_id,valid_from,valid_to\nD-001,D-003,2026-01-01,2026-07-31\nD-001,D-002,2026-08-01,\n"


def test_a_group_does_not_see_what_a_member_bought_before_it_came(tmp_path: Path) -> None:
    create_workspace(tmp_path)
    config, [rule] = tmp_path / "rebatch.yaml", (tmp_path / "rules").glob("*.yaml")
    source = "  - {data_set: hierarchy, path: extracts/hierarchy.csv, format: csv}\n"
    config.write_text(config.read_text(encoding="utf-8") + source, encoding="utf-8")
    (tmp_path / "extracts" / "hierarchy.csv").write_text(HIERARCHY, encoding="utf-8")
    own = rule.read_text(encoding="utf-8")
    paid_above = own.replace("accumulate_at: self", "accumulate_at: parent").replace("pay_to: self", "pay_to: parent")
    rule.write_text(paid_above, encoding="utf-8")
    run_all(open_workspace(tmp_path), Run(AS_OF))
    build_site(open_workspace(tmp_path), Silent())
    folder = tmp_path / "site" / "payees" / safe_stem("D-002")
    rows = (folder / "transactions.csv").read_text("utf-8").splitlines()
    # D-001 bought T-0001 in July, while it was in the group of D-003.
    assert [row.split(",")[1] for row in rows[1:] if ",D-001," in row] == ["T-0003", "T-0002"]
    assert "T-0001" not in "".join(path.read_text("utf-8") for path in folder.rglob("*.html"))


@pytest.mark.long
def test_the_transactions_of_the_page_are_those_of_the_file(demo_site: Path) -> None:
    own = demo_site / "site" / "payees" / safe_stem("M-0008")
    page = (own / "transactions.html").read_text("utf-8")
    rows = json.loads(re.search(r'id="rows">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    lines = (own / "transactions.csv").read_text("utf-8").splitlines()[1:]
    assert len(rows) == len(lines) > 1000
    assert [row[0] for row in rows] == [line.split(",")[0] for line in lines]


def test_nothing_is_written_that_has_not_changed_and_nothing_stays_that_nobody_wants(books: Path) -> None:
    workspace = open_workspace(books)
    first = build_site(workspace, Silent())
    files = {path: path.stat().st_mtime_ns for path in (books / "site").rglob("*.*") if path.name != "made.json"}
    assert first.changed == len(files) > 0
    again = build_site(workspace, Silent())
    assert (again.changed, again.unchanged) == (0, first.changed)
    assert files == {path: path.stat().st_mtime_ns for path in files}
    (books / "site" / "payees" / "left.html").write_text("of an older site")
    cut = next(path for path in files if path.name == "payouts.html")
    cut.write_bytes(cut.read_bytes()[:-5])
    mended = build_site(workspace, Silent())
    assert mended.changed == 2
    assert not (books / "site" / "payees" / "left.html").exists()
    assert cut.read_bytes().endswith(b"</html>\n")


def test_a_workspace_has_its_own_pages_look_and_menu(books: Path) -> None:
    (books / "site.yaml").write_text(SITE, "utf-8")
    (books / "pages").mkdir()
    (books / "pages" / "help.md").write_text(HELP, "utf-8")
    build_site(open_workspace(books), Silent())
    folder = next((books / "site" / "payees").iterdir())
    pages = {path.name for path in folder.iterdir() if path.suffix == ".html"}
    assert pages == {"index.html", "payouts.html", "documents.html", "help.html"}
    text = (folder / "help.html").read_text("utf-8")
    assert "<strong>us</strong>" in text
    assert "#7a1f5c" in text
    assert "Partner portal" in text
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert "<img" not in text
    assert 'href="javascript:' not in text


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ("navigation: [overview, payout]", "there is no page 'payout'"),
        ("navigation: [payouts]", "the menu does not begin with overview"),
        ("navigation: [overview, terms, terms]", "named twice"),
        ("pages: {terms: {title: {en: T}, text: {en: a.md}}}", "every site has a page 'terms'"),
        ("pages: {help: {title: {en: T}, text: {en: a.md}}}", "a.md: the file cannot be read"),
        ("theme: {color: red}", "did you mean 'colour'"),
        ("pages: {help: {title: {en: T}, text: {en: ../a.md}}}", "below the workspace"),
    ],
)
def test_mistakes_in_the_settings_are_named(books: Path, settings: str, found: str) -> None:
    (books / "site.yaml").write_text(f"{settings}\n", "utf-8")
    with pytest.raises(WorkspaceError) as refused:
        build_site(open_workspace(books), Silent())
    assert found in str(refused.value)
    assert not (books / "site").exists()


def test_a_published_file_that_was_changed_is_told_and_left_out(books: Path) -> None:
    page = next((books / "out").glob("*/statements/*.html"))
    page.write_bytes(page.read_bytes() + b"<p>forged</p>")
    made = build_site(open_workspace(books), Silent())
    assert [problem.at.file for problem in made.problems] == [page.name]
    assert not list((books / "site").glob(f"payees/*/documents/*/{page.name}"))
    assert made.payees == len(list((books / "site" / "payees").iterdir()))


def test_without_a_published_run_there_is_no_site(sample: Path) -> None:
    with pytest.raises(BooksError):
        build_site(open_workspace(sample), Silent())


def test_terms_do_not_name_other_partners(booked: Path) -> None:
    path = next((booked / "rules").glob("*.yaml"))
    names = audiences_of(booked).names
    first, second = sorted(names)[:2]
    text = path.read_text("utf-8")
    filtered = re.sub(r"(?m)^members:.*\n(  .*\n)*", "", text)
    named = f"members: {{include: [{{member_id: [{first}, {second}]}}]}}\n"
    of_product = filtered.replace(
        "    measure:", "    products: {include: [{product_id: P-100}, {category: brakes}]}\n    measure:"
    )
    # Its titles of members are not taken: by their names it is told whose sentence this is.
    words = Vocabulary({}, {"category": {"brakes": {"en": "Stops"}}, "member_id": {second: {"en": "Somebody"}}})
    [program] = read_programs({"p.yaml": f"{of_product}\n{named}"})
    with connect(open_workspace(booked), read_only=True) as connection:
        terms = Terms(connection, [program], names, words)
        [own], [other] = terms.of(first, [first, second], "en"), terms.of(first, [first], "en")
    texts = ["\n".join(line for part in each.sections for line in part.sentences) for each in (own, other)]
    assert second in texts[0]
    assert second not in texts[1]
    assert len(texts[1]) > len(texts[0]) // 2
    assert f"{names[second]} ({second})" in texts[0]
    assert "product is Brake pads (P-100); or category is Stops" in texts[1]


@pytest.mark.long
def test_the_site_is_served_on_this_machine_alone(demo_site: Path) -> None:
    with server_of(demo_site / "site", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert server.server_address[0] == "127.0.0.1"
            with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/staff/") as answer:
                assert b"M-0008" in answer.read()
            with pytest.raises(TerminalError):
                server_of(demo_site / "site", server.server_port)
        finally:
            server.shutdown()
            thread.join()
