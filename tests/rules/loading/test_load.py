from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

import pytest

from rules.language.fields import Rate
from rules.language.figures import Baseline
from rules.loading.load import read_programs
from schemas.errors import RuleError

GROWTH = """\
program: growth-2026
title: {en: Growth, ja: 成長}
reference: Agreement 14, clause 3
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
members:
  include: [{type: [dealer, distributor], region: NO}]
  exclude: [{member_id: 0099}, {Price Group: [1, 2.50, true, 2026-01-31, " x "]}]
  enrolled: true
pay_to: payee
grace_days: 5
rebates:
  growth:
    period: year
    settle: quarter
    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: {value: 1000}, round: 0}
    measure: revenue
    method: fixed
    tiers:
      - {from: 2, to: 4, pays: 2000}
      - {from: 5, to: 7, pays: 3000}
      - {above: 7, pays: 4000}
tests:
  - {when: {qualifier: 4}, pays: 2000}
"""

VOLUME = """\
program: volume-2026
title: Volume
reference: Agreement 14, clause 4
currency: JPY
effective: {from: 2026-01-15, to: 2026-06-30}
rebates:
  cases:
    period: quarter
    measure: quantity
    unit: case
    method: marginal
    tiers:
      - {from: 0, rate: 0.25 per case}
      - {from: 100, rate: 0.5 per case, pays: 10}
  growing:
    period: half
    measure: revenue
    qualifier: {growth_amount: quantity, baseline: previous_period, when_missing: skip}
    unit: case
    method: all_units
    tiers: [{from: -5, rate: 3%}]
"""


def problems_of(**texts: str) -> list[str]:
    with pytest.raises(RuleError) as caught:
        read_programs({f"{name}.yaml": text for name, text in texts.items()})
    return [str(problem) for problem in caught.value.problems]


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the text"
    return text.replace(old, new)


def test_a_program_is_read_as_written() -> None:
    volume, growth = sorted(read_programs({"v.yaml": VOLUME, "g.yaml": GROWTH}), key=lambda p: p.id, reverse=True)
    assert (growth.id, growth.file, growth.text) == ("growth-2026", "g.yaml", GROWTH)
    assert growth.version == hashlib.sha256(GROWTH.encode()).hexdigest()
    assert (growth.title.text("en"), growth.title.text("ja")) == ("Growth", "成長")
    assert (volume.title.text("en"), volume.title.text("ja")) == ("Volume", "Volume")
    assert (growth.effective.start, growth.effective.end) == (date(2026, 1, 1), date(2026, 12, 31))
    assert growth.members.include == ({"type": ("dealer", "distributor"), "region": ("NO",)},)
    assert growth.members.exclude == (
        {"member_id": ("0099",)},
        {"price_group": ("1", "2.50", "true", "2026-01-31", "x")},
    )
    assert (growth.members.enrolled, volume.members.enrolled) == (True, False)
    assert (growth.pay_to, volume.pay_to, growth.grace_days, volume.grace_days) == ("payee", "self", 5, 0)
    qualifier = growth.rebates["growth"].qualifier
    assert (qualifier.kind, qualifier.counted, qualifier.baseline) == (
        "growth_percent", "revenue", Baseline("previous_year"),
    )  # fmt: skip
    assert (qualifier.missing_policy, qualifier.missing_value, qualifier.round) == ("value", Decimal(1000), 0)
    assert growth.rebates["growth"].settle == "quarter"
    assert growth.tests[0].pays == 2000


def test_what_is_not_written_has_its_stated_meaning() -> None:
    [volume] = read_programs({"v.yaml": VOLUME})
    assert list(volume.rebates) == ["cases", "growing"]
    cases, growing = volume.rebates.values()
    assert (cases.settle, growing.settle) == ("quarter", "half")
    assert (cases.qualifier.kind, cases.qualifier.counted, cases.unit) == ("plain", "quantity", "case")
    assert (growing.qualifier.kind, growing.qualifier.missing_policy) == ("growth_amount", "skip")
    assert growing.qualifier.missing_value is None
    assert [tier.rate for tier in (*cases.tiers, *growing.tiers)] == [
        Rate(Decimal("0.25"), "case"), Rate(Decimal("0.5"), "case"), Rate(Decimal("0.03"), None),
    ]  # fmt: skip


def test_a_tier_begins_at_its_bound_or_a_step_above() -> None:
    [growth] = read_programs({"g.yaml": GROWTH})
    first, _, last = growth.rebates["growth"].tiers
    assert [first.bound, first.lower, last.bound, last.lower] == [2, 2, 7, Decimal("7.0000000001")]
    assert [first.is_strict, last.is_strict] == [False, True]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("growth-2026", "Growth 2026", "1:10: program is 'Growth 2026' → use lower-case letters"),
        ("title: {en: Growth, ja: 成長}", "title: {}", "2:8: the title is empty → "),
        ("title:", "titel:", "2:1: the file has no key 'titel' → did you mean 'title'?"),
        ("{en: Growth,", "{en: Growth, fr: Croissance,", "2:21: title has no key 'fr' → use one of: de, en, ja"),
        ("reference: Agreement 14, clause 3", "", "1:1: the file has no 'reference' → add 'reference': where a person"),
        ("Agreement 14, clause 3", "", "3:1: reference is empty → give it a value"),
        ("USD", "usd", "4:11: currency is 'usd' → write USD"),
        ("USD", "XXX", "4:11: currency is 'XXX' → write a code of ISO 4217"),
        (
            "from: 2026-01-01",
            "from: 2027-01-01",
            "5:35: the program ends on 2026-12-31, before it begins on 2027-01-01",
        ),
        ("to: 2026-12-31", "to: 2026-02-30", "5:35: to is '2026-02-30' → write a day of the calendar"),
        ("to: 2026-12-31", "to: 9999-12-31", "5:35: the program holds from 2026-01-01 to 9999-12-31 → "),
        ("to: 2026-12-31", "until: 2026-12-31", "5:12: effective has no 'to' → add 'to': the last day"),
        ("pay_to: payee", "pay_to: parents", "10:9: pay_to is 'parents' → did you mean 'parent'?"),
        ("pay_to: payee", "accumulate_at: [root]", "10:16: accumulate_at is a list → write a text"),
        ("pay_to: payee", "calendar: Retail", "10:11: calendar is 'Retail' → use lower-case letters"),
        ("pay_to: payee", "fx: period_ends", "10:5: fx is 'period_ends' → did you mean 'period_end'?"),
        ("pay_to: payee", "fx: {fixed: {USD: 1}}", "10:14: USD is the program's own currency: it needs no rate → "),
        ("pay_to: payee", "fx: {fixed: {EUR: 0}}", "10:5: fx is '0' → write the rate of EUR as a number above"),
        ("pay_to: payee", "negative: carry", "10:11: negative is 'carry' → write 'carry_forward' for it"),
        ("pay_to: payee", "budget: 0", "10:9: budget is '0' → write a number above zero"),
        ("pay_to: payee", "limits: {}", "10:1: limits says nothing → add per_member: 10000"),
        ("pay_to: payee", "minimum_payout: {amount: 5}", "10:17: minimum_payout has no 'below' → add 'below': carry"),
        ("pay_to: payee", "prorate: thresholds", "14:5: thresholds are prorated by days, but the qualifier is a perc"),
        ("grace_days: 5", "grace_days: 2.5", "11:13: grace_days is '2.5' → write a number of days, 0 to 366"),
        ("enrolled: true", "enrolled: yes", "9:13: enrolled is 'yes' → write true or false"),
        (
            "include: [{type: [dealer, distributor], region: NO}]",
            "include: {type: dealer}",
            "7:12: include is a mapping",
        ),
        ("type: [dealer, distributor]", "type: []", "7:20: type is an empty list → name at least one value"),
        ("region: NO", "region: ~", "7:51: region is empty → write a text"),
        ("{member_id: 0099}", "{}", "8:13: entry 1 of exclude is an empty mapping → name at least one column"),
        ("  growth:\n    p", "  Growth:\n    p", "14:5: Growth is 'Growth' → use lower-case letters"),
        ("period: year", "period: quater", "14:13: period is 'quater' → did you mean 'quarter'?"),
        ("period: year", "period: yearly", "14:13: period is 'yearly' → write 'year' for it"),
        ("period: year", "stack: {}\n    period: year", "14:12: stack has no 'group' → add 'group': a name of your"),
        (
            "period: year",
            "stack: {group: a, policy: best_of}\n    period: year",
            "14:20: no other rebate is in the group 'a' → add one, or remove 'stack'",
        ),
        (
            "period: year",
            "limits: {per_member: 5}\n    guarantee: 6\n    period: year",
            "15:16: 6 is guaranteed, but at most 5 is paid → write a limit above the guarantee",
        ),
        ("settle: quarter", "settle: program", "15:13: settle: program does not divide the period 'year' → use one of"),
        ("when_missing: {value: 1000}, ", "", "16:16: growth has no 'when_missing' → add 'when_missing': skip, zero"),
        ("baseline: previous_year, ", "", "16:16: growth has no 'baseline' → add 'baseline': previous_year, pre"),
        ("{value: 1000}", "maybe", "16:81: when_missing is 'maybe' → write skip, zero, or {value: 1000}"),
        ("{value: 1000}", "{value: 0}", "16:81: when_missing is '0' → write a figure above zero"),
        ("growth_percent: revenue", "of: revenue", "16:30: baseline belongs to growth_percent or growth_amount → "),
        (
            "growth_percent: revenue",
            "of: revenue, growth_percent: revenue",
            "16:16: the qualifier has of and growth_per",
        ),
        ("growth_percent: revenue", "share_percent: revenue", "16:16: share_percent has no 'within' → add 'within': "),
        (
            "growth_percent: revenue, baseline: previous_year, when_missing: {value: 1000}",
            "visit_score: shelf",
            "16:16: visit_score has no 'when_missing' → add 'when_missing': skip, zero or {value: 80}; there is no",
        ),
        ("growth_percent: revenue", "visits: planned", "16:25: visits is 'planned' → use one of: completed"),
        ("round: 0", "round: -1", "16:103: round is '-1' → write the number of decimals, 0 to 10"),
        (
            "measure: revenue",
            "measure: {quantity: {}}",
            "17:15: measure has no key 'quantity' → ",
        ),
        ("measure: revenue", "measure: {unit: case}", "17:14: the measure does not say what is counted → give exactly"),
        ("measure: revenue", "measure: [revenue]", "17:14: measure is a list → write a mapping with the keys of"),
        (
            "baseline: previous_year",
            "baseline: {average: {periods: 0}}",
            "16:52: baseline is a mapping → write {average: {periods: 3}}",
        ),
        ("pay_to: payee", "fx: {fixed: 150}", "10:5: fx is a mapping → write activity_date, period_end, or"),
        (
            "from: 5,",
            "from: 5.0000000000000000000000000000000000000001,",
            "21:16: from is '5.000000000000000000000000000",
        ),
        ("measure: revenue", "measure: quantity", "14:5: quantities are counted, but in no unit → add 'unit'"),
        ("measure: revenue", "measure: revenue\n    unit: case", "18:5: a unit is given, but no quantity is counted"),
        ("method: fixed", "method: stepped", "18:13: method is 'stepped' → write 'marginal' for it"),
        ("method: fixed", "method: linear", "18:13: method is 'linear' → write 'sliding' for it"),
        (", pays: 3000", "", "21:9: the tier says no amount → add 'pays'"),
        ("pays: 3000", "pays: 3000, rate: 3%", "21:44: method fixed pays amounts, not rates → "),
        ("pays: 3000", "pays: -3000", "21:32: pays is '-3000' → write an amount of zero or more"),
        ("pays: 3000", "pays: 3,000", "21:34: '000' stands alone, as after a comma in a number → write numbers"),
        ("pays: 3000", "pays: 3e3", "21:32: pays is '3e3' → write a plain number such as 1000"),
        ("pays: 3000", "pays: 3000, every: 5", "21:38: only per_multiple pays for full multiples → remove it, or use"),
        ("pays: 3000", "pays: 3000000000000000", "21:32: pays is '3000000000000000' → write a number below"),
        ("from: 5,", "from: 5, above: 6,", "21:9: the tier has two bounds → give either 'from'"),
        ("from: 5, to: 7,", "to: 7,", "21:9: the tier has no bound → give either 'from'"),
        ("from: 5,", "from: 2,", "21:9: the tier begins at 2, not after the one before it (at 2) → "),
        ("from: 5,", "from: 5.00000000001,", "21:16: from is '5.00000000001' → write at most 10 decimals"),
        ("to: 4,", "to: 5.5,", "20:23: the tier ends at 5.5, but the next begins at 5: they overlap → write to: 5"),
        ("to: 4,", "to: 3.5,", "20:23: no tier is said to hold for 4: this one ends at 3.5, the next begins at 5"),
        ("to: 4,", "to: 1,", "20:23: the tier ends at 1, before it begins → "),
        (
            ", round: 0",
            "",
            "20:23: no tier is said to hold for 4.5: this one ends at 4, the next begins at 5 → write to: 5",
        ),
        (
            "{above: 7, pays",
            "{above: 7, to: 9, pays",
            "22:20: the last tier ends at 9, and nothing is said of what lies b",
        ),
        ("      - {from: 2, to: 4, pays: 2000}", "      - 2", "20:9: entry 1 of tiers is '2' → write a mapping with"),
        ("{when: {qualifier: 4}, pays", "{when: {}, pays", "24:12: the test gives no figure → add 'qualifier', 'meas"),
        (
            "{when: {qualifier: 4}, pays",
            "{rebate: grow, when: {qualifier: 4}, pays",
            "24:14: the test is about 'grow', ",
        ),
        (
            "{when: {qualifier: 4}, pays",
            "{when: {qualifier: 4%}, pays",
            "24:24: qualifier is '4%' → write a plain numbe",
        ),
    ],
)
def test_a_mistake_is_placed_and_says_what_to_write(old: str, new: str, problem: str) -> None:
    found = problems_of(a=changed(GROWTH, old, new))
    assert any(line.startswith(f"a.yaml:{problem}") for line in found), "\n".join(found)
    assert all(" → " in line and not line.endswith("→ ") for line in found)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "rate: 0.25 per case",
            "rate: 3%",
            "13:25: the rate is 3%, a share of money, but the measure is a quantity → ",
        ),
        (
            "rate: 0.25 per case",
            "rate: 0.25 per piece",
            "13:25: the rate is per piece, but quantities are counted in 'c",
        ),
        (
            "rate: 0.25 per case",
            "rate: -0.25 per case",
            "13:25: rate is '-0.25 per case' → write an amount per unit fr",
        ),
        (
            "rate: 0.25 per case",
            "rate: 0.123456789 per case",
            "13:25: rate is '0.123456789 per case' → write at most 8 ",
        ),
        (
            "rate: 0.25 per case",
            "rate: 0.25",
            "13:25: rate is '0.25' → write a share of money such as 3%, or money per",
        ),
        ("rate: 0.25 per case", "to: 100", "13:9: the tier pays nothing → add 'rate' or 'pays'"),
        ("rate: 3%", "rate: 0.25 per case", "21:30: the rate is money per case, but the measure is revenue → "),
        ("rate: 3%", "rate: 100.000001%", "21:30: rate is '100.000001%' → write a percentage from 0% to 100%"),
        ("rate: 3%", "rate: 3.1234567%", "21:30: rate is '3.1234567%' → write at most 6 decimals"),
        ("rate: 3%", "rate: 3.0000000000000000000000000000000000000001%", "21:30: rate is '3.000000000000000000000000"),
        ("rate: 3%", "rate: -3%", "21:30: rate is '-3%' → write a percentage from 0% to 100%"),
        ("{from: 0, rate", "{from: -1, rate", "13:9: the tier begins at -1, but only growth, targets and shares c"),
        (
            "{from: 100, rate",
            "{from: 99999999999999, rate: 100000 per case} # ",
            "14:9: the bound 99,999,999,999,999 ti",
        ),
        (
            "unit: case\n    method: marginal",
            "unit: case\n    qualifier: revenue\n    method: marginal",
            "11:16: marginal",
        ),
        (
            "method: marginal",
            "qualifier: {of: quantity, round: 0}\n    method: marginal",
            "11:31: marginal pays slices",
        ),
        ("baseline: previous_period", "baseline: last_period", "18:52: baseline is 'last_period' → write 'previous_p"),
        ("period: half", "period: program", "18:52: a program has no previous period → write previous_year or d"),
    ],
)
def test_a_mistake_about_quantities_is_placed(old: str, new: str, problem: str) -> None:
    found = problems_of(a=changed(VOLUME, old, new))
    assert any(line.startswith(f"a.yaml:{problem}") for line in found), "\n".join(found)


def test_touching_and_rounded_ends_are_no_gap() -> None:
    for old, new in (
        ("to: 4,", "to: 4.5,"), ("to: 4,", "to: 5,"), ("from: 2, to: 4,", "from: 4, to: 4,"), ("to: 7,", "to: 7.0,"),
    ):  # fmt: skip
        assert read_programs({"a.yaml": changed(GROWTH, old, new)})
    found = problems_of(a=changed(GROWTH, "to: 7,", "to: 6.5,"))
    todo = "write to: 7, move the next bound, or round the qualifier"
    what = "no tier is said to hold for 7: this one ends at 6.5, the next begins above 7"
    assert found == [f"a.yaml:21:23: {what} → {todo}"]


def test_ten_mistakes_in_one_file_are_ten_problems() -> None:
    text = GROWTH
    for old, new in (
        ("title:", "titel:"),
        ("USD", "usd"),
        ("to: 2026-12-31", "to: 2026-13-31"),
        ("pay_to: payee", "pay_to: parents"),
        ("grace_days: 5", "limits: {per_member: -3}"),
        ("period: year", "period: yer"),
        ("when_missing: {value: 1000}, ", ""),
        ("method: fixed", "method: slab"),
        ("pays: 3000", "pays: 3 000"),
    ):
        text = changed(text, old, new)
    found = problems_of(a=text)
    assert [line.split(": ")[0] for line in found] == [
        "a.yaml:1:1", "a.yaml:2:1", "a.yaml:4:11", "a.yaml:5:35", "a.yaml:10:9", "a.yaml:11:22", "a.yaml:14:13",
        "a.yaml:16:16", "a.yaml:18:13", "a.yaml:21:32",
    ]  # fmt: skip


def test_all_problems_of_all_files_come_together() -> None:
    found = problems_of(
        b=changed(GROWTH, "USD", "usd"), a=changed(VOLUME, "JPY", "jpy"), c="- 1", d="a: [", e="", f=GROWTH
    )
    assert [line.split(" ")[0] for line in found] == [
        "a.yaml:4:11:", "b.yaml:4:11:", "c.yaml:1:1:", "d.yaml:1:5:", "e.yaml:", "f.yaml:1:10:",
    ]  # fmt: skip
    assert found[-1] == "f.yaml:1:10: the program 'growth-2026' is already in b.yaml → give one of the two another id"


def test_several_rebates_need_tests_that_name_theirs() -> None:
    text = (
        VOLUME
        + "tests:\n  - {when: {measure: 1}, pays: 0}\n  - {rebate: cases, when: {qualifier: 1, measure: 2}, pays: 0}\n"
    )
    assert problems_of(a=text) == [
        "a.yaml:23:5: the test names no rebate → add 'rebate': one of cases, growing",
        "a.yaml:24:39: marginal pays slices of the measure, but the test gives another qualifier → remove it",
    ]


def test_programs_come_in_the_order_of_their_ids() -> None:
    texts = {"1.yaml": VOLUME, "2.yaml": GROWTH}
    assert [program.id for program in read_programs(texts)] == ["growth-2026", "volume-2026"]
    assert read_programs({}) == ()
