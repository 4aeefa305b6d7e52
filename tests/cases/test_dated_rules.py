"""Rules over time: fiscal calendars, rates that change on a day, and wordings that change after they were paid."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from pipelines.audit.rule_history import rule_history
from pipelines.audit.verify import holds, verify
from pipelines.authoring.calc import calc_csv
from pipelines.authoring.check import check
from pipelines.books.runs import Run
from pipelines.warehouse.connection import connect
from pipelines.warehouse.frames import read
from pipelines.workspace.configuration import open_workspace
from rules.ledger.settlement import RULED_KINDS
from schemas.errors import BooksError, RuleError
from tests.posting import pages_of, post_run

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace

CONFIG = """
name: Dated
currency: USD
sources:
  - {data_set: members, path: extracts/members.csv, format: csv}
  - {data_set: products, path: extracts/products.csv, format: csv}
  - {data_set: transactions, path: extracts/tx.csv, format: csv}
"""
HEADER = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency\n"
FLAT = "measure: revenue, method: all_units, tiers: [{{from: 0, rate: {rate}}}]"
PLAIN = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
  brakes:
    products: {include: [{product_id: [B, C]}]}
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 0, rate: 10%}]
  all:
    period: half
    settle: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 0, rate: 1%}]
"""
HALVES = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
rebates:
  until-june:
    effective: {from: 2026-01-01, to: 2026-06-30}
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 0, rate: 10%}]
  from-july:
    effective: {from: 2026-07-01, to: 2026-12-31}
    period: quarter
    measure: revenue
    method: all_units
    tiers: [{from: 0, rate: 12%}]
"""
WEEKS = """
calendar: weeks
weeks: 4-4-5
ends: {weekday: saturday, month: 12, on: nearest}
named_after: end
"""
SATURDAYS = WEEKS.replace("nearest", "last")
GROWTH = """
program: deal
title: Deal
reference: Clause 1
currency: USD
effective: {from: 2019-12-29, to: 2021-01-02}
calendar: weeks
rebates:
  growth:
    period: year
    settle: month
    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip}
    measure: revenue
    method: all_units
    tiers: [{from: 10, rate: 5%}]
"""

Posted = list[tuple[str, str, str, str]]


class House:
    """A workspace whose sales are all received on their day, and whose rules a test changes."""

    def __init__(self, root: Path, *sales: str, **rules: str) -> None:
        self.root, self.posted = root, 0
        for folder in ("extracts", "rules"):
            (root / folder).mkdir()
        rows = (sale.split() for sale in sales)
        lines = [f"{n},A,{goods},{day},{day},sale,1,each,{amount},USD\n" for n, (day, goods, amount) in enumerate(rows)]
        self.put("rebatch.yaml", CONFIG)
        self.put("extracts/members.csv", "member_id,name\nA,Alpha\n")
        self.put("extracts/products.csv", "product_id,name\nB,Brake\nC,Clutch\nD,Disc\n")
        self.put("extracts/tx.csv", HEADER + "".join(lines))
        for name, text in rules.items():
            self.put(f"rules/{name}.yaml", text)

    def put(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        self.put(name, text.replace(old, new))

    @property
    def workspace(self) -> Workspace:
        return open_workspace(self.root)

    def run(self, as_of: str) -> Posted:
        """Run, and return what was earned by it: kind, rebate, period, amount; the books hold afterwards."""
        post_run(self.workspace, Run(date.fromisoformat(as_of)))
        with connect(self.workspace, read_only=True) as connection:
            query = "SELECT kind, rebate, period, amount FROM ledger WHERE seq > ? ORDER BY seq"
            rows = read(connection, query, [self.posted]).rows()
        self.posted += len(rows)
        assert holds(verify(self.workspace))
        return [(kind, *key, f"{amount.normalize():f}") for kind, *key, amount in rows if kind in RULED_KINDS]


@pytest.mark.long
def test_a_year_of_53_weeks_settles_month_by_month_against_one_of_52(tmp_path: Path) -> None:
    """Fiscal 2020 ends on 2 January 2021, its first month on 25 January; that of 2019 ended a day later in the year."""
    house = House(
        tmp_path,
        "2018-12-29 B 9000",  # the year before last
        "2019-01-26 B 1000", "2019-01-27 B 500", "2019-12-28 B 500",  # the last day of a month, the next, of the year
        "2019-12-29 B 600", "2020-01-25 B 500", "2020-01-26 B 400", "2021-01-02 B 1000", "2021-01-03 B 9000",
        deal=GROWTH, weeks=WEEKS,
    )  # fmt: skip
    assert house.run("2020-01-25") == []
    assert house.run("2020-01-26") == [("rebate", "growth", "2020", "55")]  # 1,100 is 10 % more than 1,000
    assert house.run("2020-02-23") == [("rebate", "growth", "2020", "-55")]  # 1,500 is no more than 1,500
    assert house.run("2021-01-02") == []
    assert house.run("2021-01-03") == [("rebate", "growth", "2020", "125")]  # 2,500 is 25 % more than 2,000
    [page] = pages_of(house.workspace).values()
    assert "Year 2020" in page


def test_fiscal_months_and_quarters_are_posted_under_their_names(tmp_path: Path) -> None:
    rules = GROWTH.replace("    settle: month\n", "").replace("period: year", "period: month")
    rules = rules.replace("    qualifier: {growth_percent: revenue, baseline: previous_year, when_missing: skip}\n", "")
    sales = ("2020-01-25 B 1000", "2020-01-26 B 2000", "2020-11-21 B 3000", "2020-11-22 B 4000", "2021-01-02 B 5000")
    house = House(tmp_path, *sales, deal=rules, weeks=WEEKS)
    assert house.run("2021-01-03") == [
        ("rebate", "growth", "2020-P01", "50"),
        ("rebate", "growth", "2020-P02", "100"),
        ("rebate", "growth", "2020-P11", "150"),
        ("rebate", "growth", "2020-P12", "450"),
    ]
    assert "Period 12 of 2020" in "".join(pages_of(house.workspace).values())


@pytest.mark.long
def test_a_rate_that_changes_on_a_day_is_two_rebates(tmp_path: Path) -> None:
    house = House(tmp_path, "2026-04-01 B 100", "2026-06-30 B 1000", "2026-07-01 B 1000", deal=HALVES)
    assert house.run("2026-06-30") == []
    assert house.run("2026-07-01") == [("rebate", "until-june", "2026-Q2", "110")]
    assert house.run("2027-01-01") == [("rebate", "from-july", "2026-Q3", "120")]


CHANGES: dict[str, tuple[str, str, Posted]] = {
    "rate": (
        "rate: 10%", "rate: 12%",
        [("restatement", "brakes", "2026-Q1", "60")],
    ),
    "product filter": (
        "[B, C]", "B",
        [("restatement", "brakes", "2026-Q1", "-200")],
    ),
    "end of the program": (
        "to: 2026-12-31", "to: 2026-02-15",
        [("restatement", "all", "2026-H1", "-20"), ("restatement", "brakes", "2026-Q1", "-200")],
    ),
    "beginning of the program": (
        "from: 2026-01-01", "from: 2026-02-01",
        [("restatement", "all", "2026-H1", "-10"), ("restatement", "brakes", "2026-Q1", "-100")],
    ),
    "days of the rebate": (
        "  all:\n", "  all:\n    effective: {from: 2026-07-01, to: 2026-12-31}\n",
        [("restatement", "all", "2026-H1", "-30")],
    ),
    "id of a rebate": (
        "  all:\n", "  everything:\n",
        [("restatement", "all", "2026-H1", "-30"), ("rebate", "everything", "2026-H1", "30")],
    ),
    "a rebate less": (
        PLAIN[PLAIN.index("  all:"):], "",
        [("restatement", "all", "2026-H1", "-30")],
    ),
    "calendar": (
        "currency: USD", "currency: USD\ncalendar: weeks",  # its first quarter ended on 28 March, before the last sale
        [("restatement", "brakes", "2026-Q1", "-200"), ("restatement", "all", "2026-H1", "-20")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "change", [change if change == "rate" else pytest.param(change, marks=pytest.mark.long) for change in CHANGES]
)
def test_what_is_changed_backdated_is_restated_by_the_difference(tmp_path: Path, change: str) -> None:
    old, new, expected = CHANGES[change]
    house = House(tmp_path, "2026-01-10 B 1000", "2026-03-30 C 2000", deal=PLAIN, weeks=SATURDAYS)
    assert house.run("2026-04-01") == [("rebate", "all", "2026-H1", "30"), ("rebate", "brakes", "2026-Q1", "300")]
    house.edit("rules/deal.yaml", old, new)
    assert sorted(house.run("2026-04-10")) == sorted(expected)
    house.edit("rules/deal.yaml", new, old) if new else house.put("rules/deal.yaml", PLAIN)
    back = [("restatement", rebate, period, f"{-int(amount)}") for _, rebate, period, amount in expected]
    assert sorted(house.run("2026-04-11")) == sorted(back)


@pytest.mark.long
def test_a_changed_calendar_is_a_new_wording_of_its_programs(tmp_path: Path) -> None:
    rules = PLAIN.replace("currency: USD", "currency: USD\ncalendar: weeks")
    house = House(tmp_path, "2026-01-10 B 1000", "2026-03-30 C 2000", deal=rules, weeks=WEEKS)
    assert house.run("2026-04-05") == [("rebate", "all", "2026-H1", "30"), ("rebate", "brakes", "2026-Q1", "300")]
    house.edit("rules/weeks.yaml", "nearest", "last")
    restated = [("restatement", "all", "2026-H1", "-20"), ("restatement", "brakes", "2026-Q1", "-200")]
    assert house.run("2026-04-05") == restated
    [table] = rule_history(house.workspace)
    first, second = table.frame.to_dicts()
    assert (first["calendar"], first["from"], first["to"]) == ("weeks", "2026-01-01", "2026-12-31")
    assert first["version"] != second["version"]
    assert (first["in_force"], second["in_force"]) == (False, True)
    assert first["first_run"] == first["last_run"] != second["first_run"] == second["last_run"]


@pytest.mark.long
def test_when_a_wording_became_known_is_told(tmp_path: Path) -> None:
    house = House(tmp_path, "2026-01-10 B 1000", deal=PLAIN)
    house.run("2026-04-01")
    house.edit("rules/deal.yaml", "rate: 10%", "rate: 12%")
    house.run("2026-04-02")
    house.put("rules/deal.yaml", PLAIN)
    house.run("2026-04-03")
    house.edit("rules/deal.yaml", "currency: USD", "currency: EUR")
    with pytest.raises(BooksError):
        house.run("2026-04-04")
    [table] = rule_history(house.workspace)
    told = table.frame.select("program", "known_on", "in_force", pl.col("first_run", "last_run").str.slice(0, 10))
    assert told.rows() == [
        ("deal", date(2026, 4, 1), True, "2026-04-01", "2026-04-03"),
        ("deal", date(2026, 4, 2), False, "2026-04-02", "2026-04-02"),
        ("deal", None, False, None, None),  # refused before it posted
    ]


def test_check_finds_the_calendar_beside_a_file_and_tells_its_years(tmp_path: Path) -> None:
    house = House(tmp_path, deal=GROWTH, weeks=WEEKS)
    file = tmp_path / "rules/deal.yaml"
    tables = {table.name: table.frame for table in check(house.workspace, [file])}
    assert tables["programs"]["calendar"].to_list() == ["weeks"]
    assert tables["calendars"].rows() == [("weeks", "2020", date(2019, 12, 29), date(2021, 1, 2), 371)]
    draft = tmp_path / "draft.yaml"
    draft.write_text(GROWTH, encoding="utf-8")
    assert check(house.workspace, [draft])  # from the rules folder of the workspace
    (tmp_path / "rules/weeks.yaml").unlink()
    with pytest.raises(RuleError, match="there is no calendar 'weeks' among these rule files"):
        check(house.workspace, [draft])
    with pytest.raises(RuleError, match="there is no calendar 'weeks' among these rule files"):
        calc_csv(file, tmp_path / "values.csv")
    house.put("rules/weeks.yaml", WEEKS)
    with pytest.raises(RuleError, match=r"weeks\.yaml: this is a calendar → name the file of a program"):
        calc_csv(tmp_path / "rules/weeks.yaml", tmp_path / "values.csv")
    house.put("values.csv", "rebate,member_id,qualifier,measure\ngrowth,A,10,1000\n")
    assert calc_csv(file, tmp_path / "values.csv").decode().splitlines()[1] == "growth,A,10,1000,1,50.00,50.0000000000"
    file.unlink()
    with pytest.raises(RuleError, match="there is no program here, only calendars"):
        house.run("2026-01-15")
