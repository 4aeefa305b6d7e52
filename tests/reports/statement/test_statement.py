from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from lxml import html  # type: ignore[import-untyped]

from reports.page.colours import Palette, contrast
from reports.statement.left_out import LISTED_MOST
from reports.statement.paths import statement_path
from reports.statement.statement import statements
from reports.statement.statement_data import Figure

HOSTILE = "../;'\"<script>alert(1)</script>\n🚗"

BESIDE = r"[a-z0-9-]+\.csv|\.\./\.\./2026-07-31-abc/statements/[a-z0-9-]+\.html"
"""Where a page may lead: to files beside it, and to earlier statements."""


def text(page: str, path: str) -> list[str]:
    found: list[Any] = html.fromstring(page).xpath(path)
    return [" ".join(node.text_content().split()) for node in found]


def test_one_statement_per_payee_in_order(sample: Any) -> None:
    found = list(statements(sample.frames, sample.issue))
    assert [statement.payee_id for statement in found] == sorted(sample.frames.payees["payee_id"])
    english = sample.statement("D-0001")
    assert (english.lines, english.totals) == (2, {"USD": "982.00"})
    assert sample.statement("髙橋").totals == {"JPY": "4200", "USD": "0.00"}


def test_the_same_books_make_the_same_bytes(sample: Any) -> None:
    shuffled = replace(
        sample.frames,
        **{name: getattr(sample.frames, name).reverse() for name in sample.frames.__dataclass_fields__},
    )
    first = [statement.content for statement in statements(sample.frames, sample.issue)]
    assert [statement.content for statement in statements(shuffled, sample.issue)] == first


def test_what_is_payable_and_what_it_is_made_of(sample: Any) -> None:
    page = sample.page("D-0001")
    assert text(page, "//*[@class='payout']/p[1]") == ["$982.00 USD", "$640.00 USD", "$50.00 USD"]
    assert text(page, "//*[@class='when']") == [
        "due on December 30, 2026",
        "handed over for payment, was due on October 30, 2026",
        "still to come of $300.00: $250.00 is paid, due on October 30, 2026",
    ]
    assert text(page, "//section[@aria-labelledby='made-of']//tbody/tr") == [
        "Dealer growth programme 2026Total $982.00",
        "Annual growth bonusYear 2026Rebate$1,000.00",
        "Quarterly revenue rebateQ3 2026Correction of an earlier settlement-$18.00",
    ]


def test_the_clause_the_ladder_and_where_the_payee_stands(sample: Any) -> None:
    page = sample.page("D-0001")
    assert text(page, "//*[@class='program']//*[@class='clause']") == ["Contract: Agreement RP-2026-014", "Clause 3"]
    ladder = text(page, "(//table[@class='tiers'])[1]/tbody/tr")
    assert ladder == [
        "Tier 1from 2.00%$2,000.00Reached",
        "Tier 2from 5.00%$3,000.00You are here",
        "Tier 3above 7.00%$4,000.00Next",
    ]
    facts = text(page, "(//dl)[1]/div")
    assert facts == [
        "Purchases that count$107,000.55", "Growth so far6.99%", "Tier reachedTier 2, from 5.00%",
        "Earned so far$3,000.00", "In earlier payouts$2,000.00", "In this payout$1,000.00", "Not settled yet$0.00",
    ]  # fmt: skip


def test_the_way_to_the_next_tier_in_money_goods_and_time(sample: Any) -> None:
    assert text(sample.page("D-0001"), "(//*[@class='distance'])[1]/p") == [
        "$500.45 more to tier 3 until December 31, 2026",
        "That is about 38 pieces at your average price so far.",
        "That is 0.01 percentage points of growth.",
        "From there on this rebate is $4,000.00 instead of $3,000.00.",
    ]
    assert text(sample.page("髙橋"), "//*[@class='distance']/p") == [
        "第2段階まであと68ケース 2026年12月31日まで",
        "これまでの平均単価で約￥405,000に相当します。",
        "到達するとこのリベートは￥20,000になります（現在￥16,625）。",  # noqa: RUF001  # so it is written in Japanese
    ]


def test_a_closed_period_shows_no_way_but_its_correction(sample: Any) -> None:
    article = "//article[.//span[@class='state closed']]"
    page = sample.page("D-0001")
    assert text(page, f"{article}//*[@class='distance']") == []
    assert text(page, f"{article}//tr[@class='here']/td[last()]") == ["Reached"]
    assert text(page, f"{article}//*[@class='corrections']//li") == [
        "Q3 2026: -$18.00, because INV-200107 of July 8, 2026 was corrected, and 2 more; the terms were changed"
    ]


def test_all_transactions_are_listed_long_lists_folded(sample: Any) -> None:
    page = sample.page("D-0001")
    details: list[Any] = html.fromstring(page).xpath("//details")
    assert [("open" in each.attrib, len(each.xpath(".//tbody/tr"))) for each in details] == [
        (False, 61), (True, 7), (True, 12)
    ]  # fmt: skip
    assert text(page, "(//details)[2]/summary") == ["Transactions that count: 7Total 8,662.50 USD"]
    assert text(page, "(//details)[2]//tbody/tr[1]") == [
        "Oct 1, 2026INV-200100Brake pad set, front, ceramic P-1001sale12 pieces1,234.50 USD"
    ]


def test_rows_that_could_not_be_converted_are_said(sample: Any) -> None:
    assert text(sample.page("D-0001"), "//*[@class='note']")[:3] == [
        "Growth so far compares with the whole of the earlier period: what you still buy adds to it.",
        "Amounts in other currencies are converted to USD at the rate of their day.",
        "Transactions left out for want of a rate or unit: 3",
    ]


def facts_of(sample: Any, clause: dict[str, Any], **position: Any) -> tuple[list[str], list[str], list[str]]:
    """Show the growth rebate with other figures: its facts, the way to the next tier, its notes."""
    growth, *others = sample.issue.clauses
    rows = sample.frames.positions.with_row_index()
    values = [pl.lit(value, dtype=rows.schema[name]).alias(name) for name, value in position.items()]
    shown = rows.filter(pl.col("index") == 0).with_columns(values).drop("index")
    page = replace(sample, frames=replace(sample.frames, positions=shown)).page(
        "D-0001", clauses=(replace(growth, **clause), *others)
    )
    return tuple(text(page, path) for path in ("(//dl)[1]/div", "//*[@class='distance']/p", "//*[@class='note']"))  # type: ignore[return-value]


NOT_IN_GOODS = {"missing_measure": None, "missing_amount": None, "missing_quantity": None, "next_amount": None}


def test_a_target_is_shown_with_what_was_reached_of_it(sample: Any) -> None:
    target = Figure("revenue", "target_percent")
    facts, way, notes = facts_of(sample, {"qualifier": target}, baseline=Decimal(120000), missing=Decimal("0.001"))
    assert facts[:4] == [
        "Purchases that count$107,000.55", "Target reached6.99%", "Your target$120,000.00",
        "Tier reachedTier 2, from 5.00%",
    ]  # fmt: skip
    assert way[2] == "That is 0.01 percentage points of your target."
    assert notes == []
    _, _, notes = facts_of(sample, {"qualifier": target}, qualifier=None, baseline=None)
    assert notes == ["There is no target agreed with you for this period, so this rebate pays nothing here."]


def test_orders_are_counted_and_missing_one_by_one(sample: Any) -> None:
    orders = Figure("orders", unit="order")
    facts, way, _ = facts_of(
        sample, {"qualifier": orders}, qualifier=Decimal(6), missing=Decimal("1.0000000001"), **NOT_IN_GOODS
    )
    assert facts[:3] == [
        "Purchases that count$107,000.55",
        "Orders that count6 orders",
        "Tier reachedTier 2, from 5 orders",
    ]
    assert way == ["2 orders more to tier 3 until December 31, 2026"]


def test_a_fee_shows_only_what_it_depends_on(sample: Any) -> None:
    clause = {"measure": Figure("constant"), "qualifier": Figure("visit_score", unit="point")}
    facts, way, _ = facts_of(sample, clause, measure=Decimal(1), missing=Decimal("0.001"), **NOT_IN_GOODS)
    assert facts[:2] == ["Score of your visits6.99%", "Tier reachedTier 2, from 5.00%"]
    assert way == ["0.01 percentage points more to tier 3 until December 31, 2026"]


def test_a_skipped_measure_says_what_it_lacks(sample: Any) -> None:
    clause = {"measure": Figure("revenue", "share_percent"), "qualifier": Figure("orders", unit="order")}
    facts, way, notes = facts_of(sample, clause, measure=None, qualifier=None, tier=0, next_tier=None)
    assert facts[:2] == ["Share of your purchasesno comparison", "Orders that countno comparison"]
    assert way == []
    assert notes == ["There are no purchases to take the share of, so this rebate pays nothing here."]


@pytest.mark.parametrize(
    ("policy", "day"), [("activity_date", "rate of their day"), ("period_end", "rate of the period's last day"),
                        ("fixed", "rates fixed in the contract")],
)  # fmt: skip
def test_the_exchange_rate_that_counts_is_said(sample: Any, policy: str, day: str) -> None:
    _, _, notes = facts_of(sample, {"priced_by": policy}, is_converted=True)
    assert notes[-1] == f"Amounts in other currencies are converted to USD at the {day}."


def test_japanese_throughout(sample: Any) -> None:
    page = sample.page("髙橋")
    assert 'lang="ja"' in page
    assert text(page, "//h1") == ["リベート明細書"]
    assert text(page, "//section[@aria-labelledby='made-of']//tbody/tr") == [
        "Brake pads by the case合計 ￥4,200",
        "数量リベート髙橋部品 𠮷田店2026年リベート￥5,000",
        "Brake pads by the case2026年10月前回までの貴社ご負担分-￥800",
    ]
    labels = text(page, "//thead//th | //dt | //h2 | //th[not(ancestor::section[@aria-labelledby='excluded'])]")
    assert not [label for label in labels if re.search("[A-Za-z]", label) and "Brake" not in label]


def test_the_footer_of_printed_pages_names_the_payee_and_obeys_nobody(sample: Any) -> None:
    own = sample.page("D-0001").split("<style>")[2].split("</style>")[0]
    assert r'@bottom-left{content:"Bean\000020\000026\000020Sons' in own
    assert r'@bottom-right{content:"Page\000020" counter(page) "\000020of\000020" counter(pages);' in own
    hostile = sample.page(HOSTILE).split("<style>")[2].split("</style>")[0]
    assert not set("<>\n'") & set(hostile)
    assert hostile.count('"') == own.count('"')


def test_a_language_without_words_is_said_and_the_workspaces_is_spoken(sample: Any) -> None:
    assert text(sample.page(HOSTILE), "//footer//li")[0] == (
        "There are no words for your language (xx) yet, so this statement is in English."
    )
    german = sample.page(HOSTILE, language="de")
    assert 'lang="de"' in german
    assert text(german, "//h1") == ["Bonusabrechnung"]
    assert text(german, "//footer//li")[0].startswith("Für Ihre Sprache (xx) gibt es noch keine Worte")
    assert "noch keine Worte" not in sample.page("Z-9", language="de")


def test_a_hostile_id_stays_text(sample: Any) -> None:
    page = sample.page(HOSTILE)
    tree = html.fromstring(page)
    assert tree.xpath("//script") == []
    assert "<script" not in page
    assert HOSTILE.replace("\n", " ") in text(page, "//header[@id='top']")[0]
    assert text(page, "//*[@class='note']") == [
        "There is no earlier period to compare with, so this rebate pays nothing here."
    ]


def test_a_payee_with_nothing_gets_a_page_that_says_so(sample: Any) -> None:
    assert text(sample.page("Z-9"), "//*[@class='nothing']") == ["Nothing is payable for this period."]
    assert text(sample.page("Z-9"), "//*[@class='name']") == ["Z-9"]


def test_the_policy_allows_this_style_and_nothing_else(sample: Any) -> None:
    page = sample.page("D-0001")
    styles = [part.split("</style>")[0] for part in page.split("<style>")[1:]]
    assert len(styles) == 2
    shared, own = (b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles)
    (policy,) = html.fromstring(page).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert (
        policy == f"default-src 'none'; style-src 'sha256-{shared}' 'sha256-{own}'; base-uri 'none'; form-action 'none'"
    )
    assert "style=" not in page
    assert not re.search(r"(src|url)\s*[=(]", page)
    # Links lead to a place of the page, or to a file beside it.
    tree = html.fromstring(page)
    for link in tree.xpath("//@href"):
        assert tree.xpath("//*[@id=$id]", id=link[1:]) if link[0] == "#" else re.fullmatch(BESIDE, link), link


@pytest.mark.parametrize(
    "payee_id",
    ["D-0001", "d-0001", "../../etc/passwd", "a;b", "a'b\"", "a\nb", "🚗", "髙", "𠮷", "", "x" * 300, "CON", "."],
)
def test_file_names_are_safe(payee_id: str) -> None:
    assert re.fullmatch(r"statements/[a-z0-9](?:[a-z0-9-]{0,40})-[0-9a-f]{12}\.html", statement_path(payee_id))


def test_file_names_differ_where_ids_do() -> None:
    ids = ["a-b", "a b", "A-B", "a/b", "髙", "高", "🚗"]
    assert len({statement_path(payee_id).lower() for payee_id in ids}) == len(ids)


@pytest.mark.parametrize("colour", ["#ffee00", "#0b5d4e", "#ffffff", "#000000", "#ff7700", "#888888"])
def test_text_is_readable_on_any_brand(colour: str) -> None:
    chosen = dict(each.split(":") for each in Palette(colour).declarations.split(";"))
    assert contrast(chosen["--on-brand"], colour) >= 4.5
    assert contrast(chosen["--brand-text"], "#ffffff") >= 4.5
    assert contrast(chosen["--mark"], "#ffffff") >= 3


@pytest.mark.parametrize("colour", ["red", "#fff", "#0b5d4e;}*{display:none", "#0b5d4e\n", ""])
def test_only_a_colour_is_a_colour(colour: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        Palette(colour)


def test_a_part_of_a_groups_rebate_is_shown_with_the_figures_of_the_group(sample: Any) -> None:
    group = {"node_id": "G-1", "node_name": None, "part": Decimal("50000.009"), "node_amount": Decimal("3500.00")}
    facts, way, notes = facts_of(sample, {}, **group, earned=Decimal("1200.00"), nodes=2)
    assert facts[:7] == [
        "GroupG-1", "Purchases that count$107,000.55", "Growth so far6.99%", "Your part of it$50,000.00",
        "Rebate of the group$3,500.00", "Tier reachedTier 2, from 5.00%", "Earned so far$1,200.00",
    ]  # fmt: skip
    assert way[-1] == "From there on the rebate of the group is $4,000.00 instead of $3,500.00."
    assert notes[0].endswith("those of the whole group; its rebate is shared by each member's part.")
    assert notes[1].startswith("You changed your group in this period: the figures are those of the group you are in")


def test_who_earns_alone_reads_nothing_of_groups(sample: Any) -> None:
    facts, way, notes = facts_of(sample, {})
    assert not [line for line in (*facts, *way, *notes) if "group" in line.lower()]


def test_what_people_took_out_is_told_in_the_readers_language(sample: Any) -> None:
    section = "//section[@aria-labelledby='excluded']"
    english, japanese = sample.page("D-0001"), sample.page("髙橋")
    assert text(english, f"{section}/h2") == ["Transactions taken out"]
    assert text(english, f"{section}//tbody/tr") == [
        "INV-1February 3, 2026disputed-1,234.5 XTS",
        "INV-2October 9, 2026disputed: ordered twice, the second delivery was sent back-1,234.50 USD",
    ]
    assert text(japanese, f"{section}/h2 | {section}/p") == [
        "対象外とした取引", "内容を確認中のため、解決するまでどのリベートの対象にもなりません。",
    ]  # fmt: skip
    assert text(japanese, f"{section}//tr") == [
        "取引番号日付理由金額",
        "INV-2髙橋部品 𠮷田店2026年10月9日disputed: ordered twice, the second delivery was sent back-1,234.5 JPY",
    ]
    assert text(sample.page(HOSTILE), f"{section}//th[@scope='row']") == [" ".join(HOSTILE.split())]


def test_where_nothing_was_taken_out_the_page_says_nothing_of_it(sample: Any) -> None:
    nothing = replace(sample, frames=replace(sample.frames, excluded=sample.frames.excluded.clear()))
    assert "excluded" not in nothing.page("D-0001")
    whole = re.sub(
        r'\n<section class="panel" aria-labelledby="excluded">.*?</section>\n',
        "",
        sample.page("D-0001"),
        flags=re.DOTALL,
    )
    assert nothing.page("D-0001") == whole
    assert nothing.page("Z-9") == sample.page("Z-9")


def test_what_is_left_out_of_a_figure_is_named_with_what_it_lacks(sample: Any) -> None:
    """Three are left out of the quarter; two are the payee's own, and named."""
    notes = [note for note in text(sample.page("D-0001"), "//p[@class='note']") if "left out" in note or "INV" in note]
    assert notes == [
        "Transactions left out for want of a rate or unit: 3",
        "October 1, 2026, INV-1: there is no exchange rate for 1,234.5 EUR.",
        "October 2, 2026, INV-2: there is no conversion for 2.50 cases.",
        "Further transactions left out: 1",
    ]


def test_many_that_are_left_out_are_named_up_to_a_limit(sample: Any) -> None:
    row = sample.frames.left_out.head(1)
    many = pl.concat([row.with_columns(transaction_id=pl.lit(f"INV-{n:03}")) for n in range(LISTED_MOST + 5)])
    positions = sample.frames.positions.with_columns(
        unconverted=pl.when(pl.col("unconverted") > 0).then(many.height).otherwise(0)
    )
    page = replace(sample, frames=replace(sample.frames, left_out=many, positions=positions)).page("D-0001")
    named = [note for note in text(page, "//p[@class='note']") if "INV-" in note]
    assert (len(named), "Further transactions left out: 5" in page) == (LISTED_MOST, True)


def test_visits_and_what_was_agreed(sample: Any) -> None:
    section = "//section[@aria-labelledby='visits']"
    page = sample.page("D-0001")
    assert text(page, f"{section}//li") == [
        "Count stock was due on October 1, 2026 Store D-7 · visit of September 14, 2026",
        "Move the shelf <front> due on December 1, 2026 visit of November 3, 2026",
    ]
    assert text(page, f"{section}//tbody/tr") == [
        "November 3, 2026Agree the plan", "September 14, 2026Store D-7",
    ]  # fmt: skip
    assert text(sample.page("髙橋"), section) == []
