"""What spreadsheets and exporters spoil: never read as something else, and refused by advice that works."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from schemas.errors import ExtractError

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

HEAD = "transaction_id,member_id,product_id,activity_date,received_on,type,quantity,unit,amount,currency,order_id"
LINE = "T-1,M-1,P-1,2026-01-05,2026-12-31,sale,1,piece,10,USD,O-1"
CUT = ["4.57E+11", "4,57e+11", "1E+05"]
NO_IDS = ["-", "--", "?", "#REF!", "#VALUE!", "#NV", "#DIV/0!", "(blank)", "n.a.", "NA"]
IDS = ["1e5", "E-1", "#12", "😀", "a.b", "-1", "C#", "7.5", "007"]


def put(house: House, *lines: str, options: str = "", head: str = HEAD) -> None:
    house.configure(transactions=f"tx*.csv, format: csv{', ' + options if options else ''}")
    house.put("tx.csv", "\n".join([head, *lines]) + "\n")


def days(house: House) -> list[str]:
    return [day for (day,) in house.ask("SELECT CAST(activity_date AS VARCHAR) FROM transactions ORDER BY line")]


def refused(house: House) -> str:
    with pytest.raises(ExtractError) as caught:
        house.load()
    [problem] = caught.value.problems
    return str(problem)


def test_what_is_no_id_makes_none(house: House) -> None:
    put(
        house,
        *(LINE.replace("T-1", f"T-{n}").replace("O-1", f'"{text}"') for n, text in enumerate([*CUT, *NO_IDS, *IDS])),
    )
    house.load()
    told = [("cut_short", text) for text in CUT] + [("not_an_id", text) for text in NO_IDS]
    assert [(reason, value) for _, _, reason, value in house.reasons()] == told
    assert [text for (text,) in house.ask("SELECT order_id FROM transactions ORDER BY line")] == IDS


def test_a_number_whose_last_digits_are_gone_is_no_correction_of_another_sale(house: House) -> None:
    for night, amount in enumerate(["10", "999"]):
        house.sales(LINE.replace("T-1", "1.23E+11").replace(",10,", f",{amount},"), name=f"tx{night}.csv", header=HEAD)
        house.load()
    assert house.ask("SELECT amount FROM transactions") == []
    assert [reason for _, _, reason, _ in house.reasons()] == ["cut_short", "cut_short"]
    assert "`key:` of the source" in house.ask("SELECT todo FROM rejects")[0][0]
    house.configure(transactions="tx*.csv, format: csv, key: [member_id, activity_date, amount]")
    house.load()
    assert house.ask("SELECT amount FROM transactions ORDER BY amount") == [(10,), (999,)]


def test_a_member_may_be_called_as_a_region_is(house: House) -> None:
    house.put("members.csv", "member_id,name\nNA,North America\nM-1,One\n")
    put(house, LINE)
    house.load()
    assert house.reasons() == []


@pytest.mark.parametrize("column", ["transaction_id", "member_id", "order_id"])
def test_ids_that_became_floats_are_refused_until_the_source_says_so(house: House, column: str) -> None:
    cells = dict(zip(HEAD.split(","), LINE.split(","), strict=True)) | {column: "70012.0"}
    house.put("members.csv", "member_id,name\nM-1,One\n70012,Two\n")
    put(house, ",".join(cells.values()))
    assert f"tx.csv:2: every {column} ends in .0, such as '70012.0'" in (told := refused(house))
    option = f"whole_numbers: [{column}]"
    assert option in told
    put(house, ",".join(cells.values()), options=option)
    house.load()
    assert house.ask(f"SELECT {column} FROM transactions") == [("70012",)]


def test_ids_of_which_some_have_a_point_stay_as_they_are(house: House) -> None:
    put(house, *(LINE.replace("T-1", text) for text in ("7.0", "7.1", "8.0")))
    house.load()
    assert house.ask("SELECT COUNT(*) FROM transactions") == [(3,)]


def test_a_header_that_is_repeated_is_no_row(house: House) -> None:
    house.put("members.csv", "member_id,name\nM-1,One\nMember_ID,Name\nM-2,Two\n---------,----\n")
    put(house, LINE)
    house.load()
    assert house.ask("SELECT member_id FROM members ORDER BY line") == [("M-1",), ("M-2",)]
    assert [(line, reason) for line, _, reason, _ in house.reasons()] == [(3, "header_again"), (5, "not_an_id")]


@pytest.mark.parametrize("blank", ["\u2009", "\u202f", "\u2007", "\u00a0"])
def test_a_blank_of_any_width_around_a_value_is_none_of_it(house: House, blank: str) -> None:
    house.put("members.csv", f"member_id,name\n{blank}M-1{blank},One\n")
    put(house, LINE.replace("USD", f"USD{blank}").replace(",10,", f",{blank}10,").replace("piece", f"piece{blank}"))
    house.load()
    assert house.reasons() == []
    assert house.ask("SELECT member_id, amount, unit, currency FROM transactions") == [("M-1", 10, "piece", "USD")]


@pytest.mark.parametrize(
    ("form", "day", "found"),
    [
        ("%Y-%m-%d %H:%M:%S.%f", "2026-01-05 01:15:00.1234567", "2026-01-05"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2026-01-05T01:15:00.1234567+09:00", "2026-01-05"),
        ("%Y-%m-%d %H:%M:%S%z", "2026-01-05 01:15:00+09", "2026-01-05"),
        ("%Y-%m-%d %H:%M:%S.%f%z", "2026-01-05 01:15:00.123456-05", "2026-01-05"),
        ("%Y%m%d", "20260105", "2026-01-05"),
        ("%Y%m%d", "2026111", None),
        ("%d%m%Y", "1112026", None),
        ("%y%m%d", "60105", None),
    ],
)
def test_a_day_is_read_exactly_or_not_at_all(house: House, form: str, day: str, found: str | None) -> None:
    put(house, LINE.replace("2026-01-05", day), options=f'date_formats: {{activity_date: "{form}"}}')
    house.load()
    assert days(house) == ([found] if found else [])
    assert [reason for _, _, reason, _ in house.reasons()] == ([] if found else ["not_a_date"])


@pytest.mark.parametrize("offset", ["Z", " UTC", " GMT", "+00", "+0000"])
def test_an_instant_in_utc_needs_a_zone_however_it_is_written(house: House, offset: str) -> None:
    line = LINE.replace("2026-01-05", f"2026-01-04 15:15:00{offset}")
    options = 'date_formats: {activity_date: "%Y-%m-%d %H:%M:%S%z"}'
    put(house, line, options=options)
    house.load()
    assert "`time_zone: Asia/Tokyo`" in house.ask("SELECT todo FROM rejects")[0][0]
    put(house, line, options=f"{options}, time_zone: Asia/Tokyo")
    house.load()
    assert days(house) == ["2026-01-05"]


@pytest.mark.parametrize(
    ("form", "day", "reason"),
    [
        ("unix_seconds", "1767571200000", "not_a_date"),
        ("unix_seconds", "17675712000000", "not_a_date"),
        ("excel_serial", "9999999", "out_of_range"),
        ("%m/%d/%Y", "01/05/0000", "out_of_range"),
    ],
)
def test_a_day_of_no_calendar_is_a_reject(house: House, form: str, day: str, reason: str) -> None:
    options = f'time_zone: UTC, date_formats: {{activity_date: "{form}"}}'
    put(house, LINE.replace("2026-01-05", day), options=options)
    house.load()
    assert [(column, found) for _, column, found, _ in house.reasons()] == [("activity_date", reason)]


def test_for_ever_is_so_in_zones_where_it_is_a_day_later(house: House) -> None:
    house.put("members.csv", "member_id,valid_to\nM-1,9999-12-31T23:59:59Z\n")
    put(house, LINE)
    config = house.root / "rebatch.yaml"
    stated = 'members*.csv, format: csv, time_zone: Asia/Tokyo, date_format: "%Y-%m-%dT%H:%M:%S%z"'
    text = config.read_text(encoding="utf-8").replace("members*.csv, format: csv", stated)
    config.write_text(text, encoding="utf-8")
    house.load()
    assert house.ask("SELECT member_id, valid_to FROM members") == [("M-1", None)]


def test_a_last_day_of_1900_is_none(house: House) -> None:
    house.put("members.csv", "member_id,valid_from,valid_to\nM-1,,1900-01-01\nM-2,0001-01-01,\n")
    put(house)
    house.load()
    told = [todo for (todo,) in house.ask("SELECT todo FROM rejects ORDER BY line")]
    assert "if 1900-01-01 means for ever, add it to `open_end:`" in told[0]
    assert "if 0001-01-01 stands for an empty cell, say `nothing: ['0001-01-01']`" in told[1]
    config = house.root / "rebatch.yaml"
    stated = "members*.csv, format: csv, open_end: [1900-01-01], nothing: ['0001-01-01']"
    text = config.read_text(encoding="utf-8").replace("members*.csv, format: csv", stated)
    config.write_text(text, encoding="utf-8")
    house.load()
    assert house.ask("SELECT member_id, valid_from, valid_to FROM members ORDER BY line") == [
        ("M-1", None, None),
        ("M-2", None, None),
    ]


def test_a_quote_that_is_closed_too_late_swallows_no_row(house: House) -> None:
    head = HEAD.replace("unit", "note,unit")
    line = LINE.replace("piece", "{},piece")
    rows = [line.format('"a'), line.format('b"'), line.format('"two\nlines, as written"')]
    put(house, *(row.replace("T-1", f"T-{n}") for n, row in enumerate(rows)), head=head)
    house.load()
    assert house.ask("SELECT transaction_id, note, line FROM transactions") == [("T-2", "two\nlines, as written", 4)]
    [(line_number, _, reason, value)] = house.reasons()
    assert (line_number, reason) == (2, "columns")
    assert "T-1" in value
    assert "close the quote that runs on into the next line" in house.ask("SELECT todo FROM rejects")[0][0]


@pytest.mark.parametrize(
    ("content", "option"),
    [
        (f"\ufeff{HEAD}\n{LINE}\n".encode(), "encoding: utf-8"),
        (f"remark,{HEAD}\nMüller,{LINE}\n".encode("utf-8-sig"), "encoding: utf-8"),
        (f"{HEAD}\n{LINE}\n".encode("utf-16"), "encoding: utf-16"),
    ],
)
def test_a_mark_of_another_encoding_than_stated_is_seen(house: House, content: bytes, option: str) -> None:
    house.configure(transactions="tx*.csv, format: csv, encoding: cp1252")
    house.put("tx.csv", content)
    assert f"`{option}`" in refused(house)
    house.configure(transactions=f"tx*.csv, format: csv, {option}")
    house.load()
    assert house.ask("SELECT COUNT(*) FROM transactions") == [(1,)]


def test_two_marks_of_the_byte_order_are_none_of_the_first_name(house: House) -> None:
    house.put("tx.csv", f"\ufeff\ufeff{HEAD}\n{LINE}\n")
    house.load()
    assert house.reasons() == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "an Excel file of old"),
        (b"<html>\n<table><tr><td>transaction_id</td></tr></table></html>\n", "a page of HTML or XML"),
        (b'<?xml version="1.0"?>\n<Workbook/>\n', "a page of HTML or XML"),
        (b'[{"transaction_id": "T-1"}]\n', "JSON"),
        (b"\x28\xb5\x2f\xfd\x00", "packed with zstd"),
        (b"BZh91AY", "packed with bzip2"),
        (b"PK\x05\x06" + bytes(18), "a zip or Excel file"),
    ],
)
def test_what_is_no_csv_is_named(house: House, content: bytes, kind: str) -> None:
    house.put("tx.csv", content)
    assert f"this is not CSV but {kind} →" in refused(house)


def test_factors_are_written_as_the_numbers_of_their_source(house: House) -> None:
    put(house, LINE)
    texts = ["0,5", "1.000", "1.000,25", "1/12"]
    house.put(
        "units.csv", "\n".join(["from_unit;to_unit;factor", *(f"u{n};piece;{t}" for n, t in enumerate(texts))]) + "\n"
    )
    of_units = "  - {data_set: unit_conversions, path: extracts/units.csv, format: csv, delimiter: ';', constants: {}"
    house.configure(sources=of_units + "}")
    house.load()
    assert "`decimal_mark: ','`" in house.ask("SELECT todo FROM rejects WHERE value = '0,5'")[0][0]
    house.configure(sources=of_units + ", decimal_mark: ',', thousands_mark: '.'}")
    house.load()
    assert house.ask("SELECT factor FROM unit_conversions WHERE superseded_seq IS NULL ORDER BY line") == [
        ("0.5",),
        ("1000",),
        ("1000.25",),
        ("1/12",),
    ]


def test_a_word_that_is_not_known_names_what_says_its_meaning(house: House) -> None:
    put(house, LINE)
    house.put("visits.csv", "visit_id,member_id,status\nV-1,M-1,erledigt\n")
    house.put("tasks.csv", "visit_id,task_id,name,required\nV-1,t,n,WAHR\n")
    of_visits = "  - {{data_set: visits, path: extracts/visits.csv, format: csv{}}}\n"
    of_tasks = "  - {{data_set: visit_tasks, path: extracts/tasks.csv, format: csv{}}}\n"
    house.configure(sources=of_visits.format("") + of_tasks.format(""))
    house.load()
    [(told,)] = house.ask("SELECT todo FROM rejects WHERE column_name = 'status'")
    assert "`values: {status: {erledigt: ...}}`" in told
    house.configure(sources=of_visits.format(", values: {status: {erledigt: completed}}") + of_tasks.format(""))
    house.load()
    [(told,)] = house.ask("SELECT todo FROM rejects WHERE column_name = 'required'")
    [option] = re.findall(r"`(values: .*?\.\.\..*?)`", told)
    more = of_tasks.format(", " + option.replace("...", '"true"'))
    house.configure(sources=of_visits.format(", values: {status: {erledigt: completed}}") + more)
    house.load()
    assert house.ask("SELECT required FROM visit_tasks") == [(True,)]


def test_what_is_out_of_range_is_not_said_to_stand_for_nothing(house: House) -> None:
    put(house, LINE)
    house.put("fx.csv", "from_currency,to_currency,rate_date,rate\nEUR,USD,2026-01-01,0\n")
    house.configure(sources="  - {data_set: fx_rates, path: extracts/fx.csv, format: csv}")
    house.load()
    [(told,)] = house.ask("SELECT todo FROM rejects")
    assert told == "correct rate: it is too large or too small"
