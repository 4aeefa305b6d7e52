"""Calendar files, and programs that follow them: what is refused, where, and with what advice."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from itertools import pairwise

import pytest

from rules.language.wording import join_wording, split_wording
from rules.loading.load import calendars_wanted, read_programs
from schemas.errors import RuleError

PROGRAM = """\
program: p
title: P
reference: r
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
calendar: own
rebates:
  r:
    period: quarter
    measure: revenue
    method: fixed
    tiers: [{from: 0, pays: 1}]
"""
WEEKS = """\
calendar: own
weeks: 4-4-5
ends: {weekday: saturday, month: 12, on: last}
named_after: end
"""
MONTHS = "calendar: own\nstarts: 04-01\nnamed_after: start\n"
GROWTH = "    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip}\n"


def listed(*years: int, periods: int = 12) -> str:
    """Write a list whose periods are the months; a thirteenth takes December but for its first day."""
    lines = ["calendar: own", "periods:"]
    for year in years:
        starts = [date(year, month, 1) for month in range(1, 13)] + [date(year, 12, 2)] * (periods - 12)
        for number, (first, after) in enumerate(pairwise([*starts, date(year + 1, 1, 1)]), 1):
            last = after - timedelta(days=1)
            lines.append(f"  - {{period: {year}-P{number:02}, from: {first}, to: {last}}}")
    return "\n".join(lines) + "\n"


def problems(*, program: str = PROGRAM, calendar: str = WEEKS, **more: str) -> list[str]:
    texts = {"p": program, "c": calendar, **more}
    with pytest.raises(RuleError) as caught:
        read_programs({f"{name}.yaml": text for name, text in texts.items()})
    return [str(problem) for problem in caught.value.problems]


def test_the_sound_files_are_sound() -> None:
    for calendar in (WEEKS, MONTHS, listed(2026), listed(2026, 2027), listed(2025, 2026)):
        [program] = read_programs({"p.yaml": PROGRAM, "c.yaml": calendar})
        assert program.fiscal_calendar.id == "own"
    assert read_programs({"c.yaml": WEEKS}) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("4-4-5", "4-4-4", "c.yaml:2:8: weeks is '4-4-4' → did you mean "),
        ("saturday", "Sat", "c.yaml:3:17: weekday is 'Sat' → "),
        ("month: 12", "month: 13", "c.yaml:3:34: month is '13' → write the number of a month, 1 to 12"),
        ("month: 12", "month: true", "c.yaml:3:34: month is 'true' → write the number of a month"),
        ("on: last", "on: closest", "c.yaml:3:42: on is 'closest' → write 'nearest' for it"),
        (", on: last", "", "c.yaml:3:7: ends has no 'on' → add 'on': the last such weekday"),
        ("named_after: end", "named_after: begin", "c.yaml:4:14: named_after is 'begin' → use one of: end, start"),
        (
            "named_after: end\n",
            "",
            "c.yaml:2:1: weeks has no 'named_after' beside it → add 'named_after': start",
        ),
        ("ends: {weekday: saturday, month: 12, on: last}\n", "", "c.yaml:2:1: weeks has no 'ends' beside it → add"),
        ("weeks: 4-4-5\n", "", "c.yaml:1:11: the calendar does not say how it is cut → give exactly one of: weeks"),
        (
            "weeks: 4-4-5",
            "weeks: 4-4-5\nstarts: 04-01",
            "c.yaml:1:11: the calendar has weeks and starts → give",
        ),
        ("weeks: 4-4-5", "starts: 04-01", "c.yaml:3:1: ends belongs to weeks → remove it: starts says all"),
        ("weeks: 4-4-5", "weaks: 4-4-5", "c.yaml:2:1: the file has no key 'weaks' → did you mean 'weeks'?"),
        ("named_after", "extra_week: 0\nnamed_after", "c.yaml:4:13: extra_week is '0' → write the number of a month"),
        ("calendar: own", "calendar: Own", "c.yaml:1:11: calendar is 'Own' → use lower-case letters"),
        ("calendar: own", "calendar: gregorian", "c.yaml:1:11: gregorian is the calendar of everybody's year → give"),
    ],
)
def test_a_week_pattern_that_is_wrong_is_refused_where_it_is(old: str, new: str, expected: str) -> None:
    assert WEEKS.count(old) == 1
    found = problems(calendar=WEEKS.replace(old, new))
    assert any(problem.startswith(expected) for problem in found), found


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        ("04-29", "write a day up to the 28th: not every month has a later one"),
        ("13-01", "write month and day, such as 04-01"),
        ("4-1", "write month and day"),
        ("2026-04-01", "write month and day"),
        ("[04-01]", "write month and day"),
    ],
)
def test_the_first_day_of_a_year_is_one_that_every_month_has(starts: str, expected: str) -> None:
    [problem] = problems(calendar=MONTHS.replace("04-01", starts))
    assert problem.startswith("c.yaml:2:9: starts is ")
    assert expected in problem


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("2026-P05, from: 2026-05-01", "2026-P05, from: 2026-05-02",
         ["c.yaml:7:30: 1 day lies between 2026-P04 and 2026-P05 → begin 2026-P05 on 2026-05-01, the day after"]),
        ("2026-P05, from: 2026-05-01", "2026-P05, from: 2026-05-11",
         ["c.yaml:7:30: 10 days lie between 2026-P04 and 2026-P05"]),
        ("2026-P05, from: 2026-05-01", "2026-P05, from: 2026-04-30",
         ["c.yaml:7:30: 2026-P05 begins before 2026-P04 has ended → begin 2026-P05 on 2026-05-01"]),
        ("to: 2026-05-31", "to: 2026-04-30",
         ["c.yaml:7:46: 2026-P05 ends on 2026-04-30, before it begins on 2026-05-01"]),
        ("2026-P05", "2026-P06", ["c.yaml:7:14: 2026-P06 stands after 2026-P04 → write 2026-P05, or 2027-P01 in",
                                  "c.yaml:8:14: 2026-P06 stands after 2026-P06 → write 2026-P07"]),
        ("2026-P05", "2026-M05", ["c.yaml:7:14: period is '2026-M05' → write year and number, such as 2026-P01"]),
        ("2026-P05", "2026-P14", ["c.yaml:7:14: period is '2026-P14' → write year and number, such as 2026-P01"]),
        ("2026-P05, from: 2026-05-01", "2026-P05, from: 2016-05-01",
         ["c.yaml:7:30: 2016-05-01 lies far from the year of 2026-P05 → write a day of 2026 or of a year beside it"]),
        ("to: 2026-12-31", "to: 9999-12-31", ["c.yaml:14:46: 9999-12-31 lies far from the year of 2026-P12"]),
        ("2026-P01, from: 2026-01-01", "2026-P01, from: 2026-02-30",
         ["c.yaml:3:30: from is '2026-02-30' → write a day"]),
        ("  - {period: 2026-P12, from: 2026-12-01, to: 2026-12-31}\n", "",
         ["c.yaml:13:14: the year 2026 has 11 periods → list 12 or 13"]),
        ("  - {period: 2026-P01, from: 2026-01-01, to: 2026-01-31}\n", "",
         ["c.yaml:3:14: the list begins with 2026-P02 → begin with 2026-P01: years are listed whole"]),
    ],
)  # fmt: skip
def test_a_list_that_is_wrong_is_refused_where_it_is(old: str, new: str, expected: list[str]) -> None:
    text = listed(2026)
    assert text.count(old) == 1
    found = problems(calendar=text.replace(old, new))
    assert len(found) == len(expected), found
    for problem, beginning in zip(found, expected, strict=True):
        assert problem.startswith(beginning)


def test_years_of_a_list_are_alike() -> None:
    longer = listed(2026, 2027).removesuffix("  - {period: 2027-P12, from: 2027-12-01, to: 2027-12-31}\n")
    [problem] = problems(calendar=longer)
    assert problem == "c.yaml:25:14: the year 2027 has 11 periods → list 12, as in the other years"
    mixed = listed(2026) + "\n".join(listed(2027, periods=13).splitlines()[2:]) + "\n"
    [problem] = problems(calendar=mixed)
    assert problem == "c.yaml:27:14: the year 2027 has 13 periods → list 12, as in the other years"
    assert problems(calendar="calendar: own\nperiods: []\n") == [
        "c.yaml:2:10: the list is empty → write the periods of every year"
    ]


def test_every_mistake_of_program_and_calendar_is_named_at_once() -> None:
    found = problems(
        program=PROGRAM.replace("USD", "usd").replace("period: quarter", "period: week"),
        calendar=WEEKS.replace("saturday", "Sat").replace("month: 12", "month: 0"),
    )
    assert [problem.partition(" ")[0] for problem in found] == [
        "c.yaml:3:17:", "c.yaml:3:29:", "p.yaml:4:11:", "p.yaml:9:13:",
    ]  # fmt: skip


def test_a_program_names_a_calendar_that_is_there() -> None:
    with pytest.raises(RuleError) as caught:
        read_programs({"p.yaml": PROGRAM})
    assert str(caught.value) == (
        "p.yaml:6:11: there is no calendar 'own' among these rule files → "
        "add a file that begins with 'calendar: own', or remove the key: then it is gregorian"
    )
    [problem] = problems(program=PROGRAM.replace("calendar: own", "calendar: owm"))
    assert "there is no calendar 'owm' among these rule files → did you mean 'own'?; or add a file" in problem
    [problem] = problems(d=WEEKS)
    assert problem == "d.yaml:1:11: the calendar 'own' is already in c.yaml → give one of the two another id"


def test_a_program_whose_calendar_is_said_first_is_a_program() -> None:
    lines = PROGRAM.splitlines(keepends=True)
    [program] = read_programs({"p.yaml": lines[5] + "".join(lines[:5] + lines[6:]), "c.yaml": WEEKS})
    assert program.id == "p"
    [problem] = problems(program=lines[5] + "".join(lines[1:5] + lines[6:]))
    assert problem.startswith("p.yaml:1:1: the file has no 'program' → add 'program'")


def test_a_calendar_that_has_no_quarters_takes_no_quarterly_rebate() -> None:
    thirteen = listed(2026, periods=13)
    [problem] = problems(calendar=thirteen)
    found = "p.yaml:9:13: a year of the calendar 'own' has 13 months, which make no quarter"
    assert problem == f"{found} → use one of: month, year, program"
    dated = PROGRAM.replace("period: quarter", "period: quarter\n    effective: {from: 2026-02-02, to: 2026-12-31}")
    assert problems(program=dated, calendar=thirteen) == [problem]
    yearly = PROGRAM.replace("period: quarter", "period: year\n    settle: half")
    [problem] = problems(program=yearly, calendar=thirteen)
    assert problem.startswith("p.yaml:10:13: a year of the calendar 'own' has 13 months, which make no half")
    assert read_programs({"p.yaml": yearly.replace("half", "month"), "c.yaml": thirteen})


def test_a_program_stays_inside_a_list() -> None:
    longer = PROGRAM.replace("from: 2026-01-01, to: 2026-12-31", "from: 2025-12-31, to: 2027-01-01")
    assert problems(program=longer, calendar=listed(2026)) == [
        f"p.yaml:5:{column}: the calendar 'own' goes from 2026-01-01 to 2026-12-31: {day} is not in it"
        " → list the periods of that year in the calendar's file"
        for column, day in ((19, "2025-12-31"), (35, "2027-01-01"))
    ]
    assert read_programs({"p.yaml": longer, "c.yaml": listed(2025, 2026, 2027)})


@pytest.mark.parametrize(
    ("baseline", "period", "years", "needed"),
    [
        ("previous_year", "quarter", (2026,), "2025-P01"),
        ("previous_year", "quarter", (2025, 2026), None),
        ("previous_year", "program", (2026,), "2025-P01"),
        ("previous_period", "quarter", (2026,), "2025-P10"),
        ("previous_period", "month", (2026,), "2025-P12"),
        ("{average: {periods: 12}}", "month", (2025, 2026), None),
        ("{average: {periods: 13}}", "month", (2025, 2026), "2024-P12"),
        ("{average: {periods: 3}}", "half", (2025, 2026), "2024-P07"),
        ("dataset", "quarter", (2026,), None),
    ],
)
def test_growth_is_compared_with_listed_periods_only(
    baseline: str, period: str, years: tuple[int, ...], needed: str | None
) -> None:
    growing = PROGRAM + GROWTH.replace("previous_year", baseline)
    growing = growing.replace("period: quarter", f"period: {period}")
    if needed is None:
        assert read_programs({"p.yaml": growing, "c.yaml": listed(*years)})
        return
    [problem] = problems(program=growing, calendar=listed(*years))
    begins = f"{years[0]}-P01"
    expected = f"p.yaml:13:52: growth needs {needed}, but the calendar 'own' begins with {begins} → list the periods"
    assert problem.startswith(expected)


def test_a_version_names_program_and_calendar() -> None:
    [program] = read_programs({"p.yaml": PROGRAM, "c.yaml": WEEKS})
    assert program.wording == f"{PROGRAM}\n--- # calendar own\n{WEEKS}"
    assert program.version == hashlib.sha256(program.wording.encode()).hexdigest()
    [other] = read_programs({"p.yaml": PROGRAM, "c.yaml": WEEKS.replace("saturday", "sunday")})
    assert other.version != program.version
    gregorian = PROGRAM.replace("calendar: own\n", "")
    [plain] = read_programs({"p.yaml": gregorian, "c.yaml": WEEKS})
    assert plain.wording == gregorian


def test_a_wording_is_read_again_as_it_was() -> None:
    [program] = read_programs({"p.yaml": PROGRAM, "c.yaml": WEEKS})
    [again] = read_programs({"p.yaml": program.wording})
    assert (again.version, again.text, again.fiscal_calendar) == (program.version, PROGRAM, program.fiscal_calendar)
    assert split_wording(program.wording) == (PROGRAM, "own", WEEKS)
    seam = join_wording(PROGRAM, "own", join_wording(WEEKS, "own", WEEKS))
    assert split_wording(seam) == (PROGRAM, "own", join_wording(WEEKS, "own", WEEKS))
    with pytest.raises(RuleError, match=r"p\.yaml:6:11: the calendar 'own' is already in c\.yaml"):
        read_programs({"p.yaml": program.wording, "c.yaml": WEEKS})
    with pytest.raises(RuleError, match=r"own\.yaml:2:8: weeks is '4-4-4'"):
        read_programs({"p.yaml": program.wording.replace("4-4-5", "4-4-4")})


def test_the_calendars_that_are_missing_are_known() -> None:
    assert calendars_wanted({"p": PROGRAM}) == {"own"}
    assert calendars_wanted({"p": PROGRAM, "c": WEEKS}) == set()
    assert calendars_wanted({"p": join_wording(PROGRAM, "own", WEEKS)}) == set()
    assert calendars_wanted({"p": PROGRAM.replace("own", "gregorian"), "broken": "[", "empty": ""}) == set()


HOLDS = "but the program holds from 2026-01-01 to 2026-12-31 → write a day of the program's, or let it hold longer"
SPLIT = "{}, inside the quarter {}: a period has one scale → write {}, or measure it over shorter periods"


@pytest.mark.parametrize(
    ("effective", "expected"),
    [
        ("{from: 2026-03-29, to: 2026-12-26}", None),
        ("{from: 2026-01-01, to: 2026-12-31}", None),
        ("{from: 2026-01-01, to: 2026-03-28}", None),
        ("{from: 2026-06-28, to: 2026-06-27}",
         ["39: the rebate ends on 2026-06-27, before it begins on 2026-06-28 → exchange the two"]),
        ("{from: 2026-03-28, to: 2026-12-26}",
         ["23: the rebate begins on " + SPLIT.format("2026-03-28", "2026-Q1", "2026-01-01 or 2026-03-29")]),
        ("{from: 2026-03-30, to: 2026-09-25}",
         ["23: the rebate begins on " + SPLIT.format("2026-03-30", "2026-Q2", "2026-03-29 or 2026-06-28"),
          "39: the rebate ends on " + SPLIT.format("2026-09-25", "2026-Q3", "2026-09-26 or 2026-06-27")]),
        ("{from: 2025-12-28, to: 2027-01-01}",
         [f"23: the rebate begins on 2025-12-28, {HOLDS}", f"39: the rebate ends on 2027-01-01, {HOLDS}"]),
    ],
)  # fmt: skip
def test_a_rebate_holds_for_whole_periods_of_its_program(effective: str, expected: list[str] | None) -> None:
    text = PROGRAM.replace("  r:\n", f"  r:\n    effective: {effective}\n")
    if expected is None:
        assert read_programs({"p.yaml": text, "c.yaml": WEEKS})
        return
    assert problems(program=text) == [f"p.yaml:9:{problem}" for problem in expected]
