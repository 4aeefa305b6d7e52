"""What other systems write: read right through an option, or refused by naming the option that would read it."""

# Full-width signs and other marks are what is tested.
# ruff: noqa: RUF001

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from schemas.errors import ExtractError

if TYPE_CHECKING:
    from tests.pipelines.conftest import House

COLUMNS = ["transaction_id", "member_id", "product_id", "activity_date", "received_on", "type", "quantity", "unit"]
COLUMNS += ["amount", "currency", "order_id"]
ROW = ["M-1", "P-1", "2026-01-05", "2026-01-06", "adjustment", "1", "piece", "10", "USD", "O-1"]


def put(house: House, column: str, values: list[str], options: str = "") -> None:
    """Write a file with a row for each of `values`, and load it."""
    put_rows(house, [{column: value} for value in values], options)


def put_rows(house: House, rows: list[dict[str, str]], options: str = "") -> None:
    """Write a file with these rows, in a format whose delimiter no value holds, and load it."""
    house.configure(transactions=f'tx*.csv, format: csv, delimiter: "|"{", " + options if options else ""}')
    lines = ["|".join(COLUMNS)]
    for n, row in enumerate(rows):
        cells = dict(zip(COLUMNS, [f"T-{n:02}", *ROW], strict=True)) | row
        lines.append("|".join(cells.values()))
    house.put("tx.csv", "\n".join(lines) + "\n")
    house.load()


READ = [
    ("amount", 'thousands_mark: ","', {"１，２３４．５０": 1234.5, "１、２３４": 1234, "－１２": -12, "1,234": 1234}),
    (
        "amount",
        'thousands_mark: ",", number_marks: {"¥": ignore, "￥": ignore, 円: ignore, "\\\\": ignore}',
        {"¥1,234": 1234, "￥１，２３４": 1234, "1,234円": 1234, "\\1234": 1234, "-¥5": -5, "¥-5": -5, "¥ 5 -": -5},
    ),
    ("amount", "number_marks: {△: minus, ▲: minus}", {"△12": -12, "▲ 1.5": -1.5, "７": 7}),
    (
        "amount",
        'thousands_mark: ",", number_marks: {"()": minus, $: ignore, USD: ignore}',
        {"(10.50)": -10.5, "（10）": -10, "($1,000.00)": -1000, "$(1,000)": -1000, "(5) USD": -5, "-$5": -5, "$5": 5},
    ),
    ("amount", "number_marks: {CR: minus, DR: plus}", {"10.00 CR": -10, "10cr": -10, "DR 10": 10, "10 dr": 10}),
    ("amount", 'number_marks: {"\'": ignore}', {"'10.00": 10, "'-3": -3}),
    ("amount", 'thousands_mark: " "', {"1 234": 1234, "1\u00a0234": 1234, "1\u202f234,5".replace(",", "."): 1234.5}),
    ("amount", 'thousands_mark: "\'"', {"1'234.50": 1234.5, "1’234": 1234}),
    ("amount", "", {"10.00-": -10, "10+": 10, "+10": 10, "- 10": -10, "−10": -10, "000010.00": 10, "　10　": 10}),
    ("amount", "decimal_mark: ',', thousands_mark: '.'", {"1.612": 1612, "1.612,5-": -1612.5, "0,5": 0.5}),
]
DAYS = [
    ("%Y-%m-%d", ["2026-01-05", "２０２６－０１－０５"]),
    ("%Y/%m/%d", ["2026/01/05", "２０２６／１／５", "2026/ 1/ 5"]),
    ("%Y年%m月%d日", ["2026年1月5日", "２０２６年１月５日", "2026年 1月 5日"]),
    (
        "japanese_era",
        ["令和8年1月5日", "令和８年１月５日", "令和 8年 1月 5日", "R8.1.5", "R08/01/05", "Ｒ８．１．５", "㋿8.1.5"],
    ),
    ("%Y%m%d", ["20260105", "２０２６０１０５"]),
    ("%m/%d/%Y", ["1/5/2026", "01/05/2026", " 1/ 5/2026"]),
    ("%d.%m.%y", ["05.01.26", "5.1.26"]),
    ("%d-%b-%Y", ["05-JAN-2026", "5-Jan-2026"]),
    ("%m/%d/%Y %I:%M %p", ["1/5/2026 11:15 PM"]),
    ("%Y%j", ["2026005"]),
    ("excel_serial", ["46027", "46027.75", "４６０２７"]),
    ("cyymmdd", ["1260105"]),
    ("cyyddd", ["126005"]),
]
TIMES = [
    ("", {"2026-01-05T10:15": "10:15:00", "2026-01-05 10:15:30": "10:15:30", "2026-01-05T10:15+09:00": "10:15:00"}),
    ("%m/%d/%Y %I:%M %p", {"1/5/2026 10:15 PM": "22:15:00"}),
    ("%Y年%m月%d日 %H:%M", {"2026年1月5日 9:15": "09:15:00", "２０２６年１月５日 ０９：１５": "09:15:00"}),
    ("excel_serial", {"46027.5": "12:00:00", "46027": "00:00:00", "46027.4270833333": "10:15:00"}),
    ("%d.%m.%Y %H:%M:%S%z", {"05.01.2026 01:15:00+0200": "01:15:00"}),
]
REFUSED = [
    ("amount", "1,612", "`thousands_mark: ','`; if ',' stands before decimals, say `decimal_mark: ','`"),
    ("amount", "￥1,234", "`number_marks: {'￥': ...}` with minus, plus or ignore; if ',' stands between thousands"),
    ("amount", "(1,234.50)", "say `number_marks: {\"()\": minus}` for its source; if ',' stands between thousands"),
    ("amount", "▲5", "`number_marks: {'▲': ...}`"),
    ("amount", "10.00 CR", "`number_marks: {CR: ...}`"),
    ("amount", "1.23E+03", "export it as text or with all its digits"),
    ("amount", "10%", "write the whole figure: % makes another of it"),
    ("amount", "5千円", "write the whole figure: 千円 makes another of it"),
    ("amount", "1000}", "if '}' is a digit with its sign (zoned decimals)"),
    ("amount", "--5", "write one minus sign"),
    ("amount", "NaN", "`nothing: [NaN]`"),
    ("order_id", "nan", "`nothing: [nan]`"),
    ("order_id", "\\N", "`nothing: ['\\N']`"),
    ("order_id", "__HIVE_DEFAULT_PARTITION__", "`nothing: [__HIVE_DEFAULT_PARTITION__]`"),
    ("order_id", "<NA>", "`nothing: ['<NA>']`"),
    ("member_id", "1.23457E+12", "export it as text: a spreadsheet has taken its last digits away"),
    ("member_id", "'M-1", "export it without the apostrophe, or say `ids: {punctuation: strip}`"),
    ("activity_date", "NaT", "`nothing: [NaT]`"),
    ("activity_date", "令和8年1月5日", "the day looks like `japanese_era`"),
    ("activity_date", "46027", "the day looks like `excel_serial`"),
    ("activity_date", "1/5/2026 11:15 PM", "`%d/%m/%Y %I:%M %p` or `%m/%d/%Y %I:%M %p`"),
    ("activity_date", "05.01.26", "`%d.%m.%y` or `%y.%m.%d`"),
    ("activity_date", "January 5, 2026", "`%B %d, %Y`"),
    ("activity_date", "２０２６／０１／０５", "`%Y/%m/%d`"),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("column", "options", "means"), READ, ids=[options or "nothing said" for _, options, _ in READ]
)
def test_numbers_are_read_as_the_source_says(house: House, column: str, options: str, means: dict[str, float]) -> None:
    put(house, column, list(means), options)
    assert house.reasons() == []
    found = [float(amount) for (amount,) in house.ask("SELECT amount FROM transactions ORDER BY transaction_id")]
    assert dict(zip(means, found, strict=True)) == means


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("form", "days"), DAYS, ids=[form for form, _ in DAYS])
def test_days_are_read_in_the_form_that_the_source_states(house: House, form: str, days: list[str]) -> None:
    put(house, "activity_date", days, f'date_formats: {{activity_date: "{form}"}}')
    assert house.reasons() == []
    found = house.ask("SELECT CAST(activity_date AS VARCHAR) FROM transactions ORDER BY transaction_id")
    assert dict(zip(days, found, strict=True)) == dict.fromkeys(days, ("2026-01-05",))


@pytest.mark.parametrize(("form", "times"), TIMES, ids=[form or "ISO 8601" for form, _ in TIMES])
def test_times_are_read_in_the_form_that_the_source_states(house: House, form: str, times: dict[str, str]) -> None:
    said = f', date_formats: {{actual_end: "{form}"}}' if form else ""
    house.configure(sources=f"  - {{data_set: visits, path: extracts/visits.csv, format: csv{said}}}")
    house.sales()
    rows = (f"V-{n},M-1,{time},completed" for n, time in enumerate([*times, "yesterday"]))
    house.put("visits.csv", "\n".join(["visit_id,member_id,actual_end,status", *rows]) + "\n")
    house.load()
    found = house.ask("SELECT CAST(actual_end AS VARCHAR) FROM visits ORDER BY visit_id")
    assert [moment for (moment,) in found] == [f"2026-01-05 {time}" for time in times.values()]
    assert [reason for _, _, reason, _ in house.reasons()] == ["not_a_timestamp"]


def test_what_no_option_reads_is_refused_by_the_option_that_would(house: House) -> None:
    put_rows(house, [{column: value} for column, value, _ in REFUSED])
    told = house.ask("SELECT column_name, todo FROM rejects ORDER BY line")
    assert [column for column, _ in told] == [column for column, *_ in REFUSED]
    assert [
        (value, todo) for (_, value, option), (_, todo) in zip(REFUSED, told, strict=True) if option not in todo
    ] == []
    assert house.ask("SELECT COUNT(*) FROM transactions") == [(0,)]


def test_words_for_nothing_are_empty_cells_in_parquet_too(house: House) -> None:
    house.configure(transactions="tx*.parquet, format: parquet, nothing: ['\\N', nan, '']")
    rows = {name: [value] * 4 for name, value in zip(COLUMNS[1:], ROW, strict=True)}
    rows |= {"transaction_id": [f"T-{n}" for n in range(4)], "order_id": ["\\N", " nan ", "", "O-1"]}
    pl.DataFrame(rows).write_parquet(house.root / "extracts" / "tx.parquet")
    house.load()
    assert house.ask("SELECT order_id FROM transactions ORDER BY transaction_id") == [
        (None,),
        (None,),
        (None,),
        ("O-1",),
    ]


HEAD = ",".join(COLUMNS[:-1])
LINE = ",".join(["T-1", *ROW[:-1]])


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("content", "options"),
    [
        (f"\ufeff{HEAD}\n{LINE}\n".encode(), ""),
        (f"{HEAD}\n{LINE}\n".encode("utf-16"), "encoding: utf-16"),
        (f"{HEAD}\n{LINE}\n".encode("utf-16-le"), "encoding: utf-16-le"),
        (f"{HEAD}\r\n{LINE}\r\n\x1a".encode(), ""),
        (f"sep=;\r\n{HEAD}\r\n{LINE}\r\n".replace(",", ";").encode(), 'skip_lines: 1, delimiter: ";"'),
        (f"{HEAD},,\n{LINE},,\n".encode(), ""),
        (f"{HEAD}\n{LINE},,\n".encode(), ""),
        (f",{HEAD}\n0,{LINE}\n".encode(), 'ignore: [""]'),
        (f'{HEAD},note\n{LINE},"a \\"b, c\\" d"\n'.encode(), "escape: backslash"),
        (f'{HEAD},note,note\n{LINE},"a\nb",c\n'.encode(), ""),
    ],
)
def test_files_are_read_as_other_systems_end_begin_and_encode_them(house: House, content: bytes, options: str) -> None:
    house.configure(transactions=f"tx*.csv, format: csv{', ' + options if options else ''}")
    house.put("tx.csv", content)
    house.load()
    assert house.ask("SELECT transaction_id, amount, currency FROM transactions") == [("T-1", 10, "USD")]
    assert house.reasons() == []


@pytest.mark.parametrize(
    ("content", "option"),
    [
        (f"{HEAD}\n{LINE}\n".encode("utf-16"), "`encoding: utf-16`"),
        (f"{HEAD}\n{LINE}\n".encode("utf-16-le"), "`encoding: utf-16-le`"),
        (f"{HEAD}\n{LINE}\n".encode("utf-16-be"), "`encoding: utf-16-be`"),
        (f"{HEAD}\n{LINE}\n".replace(",", ";").encode(), '`delimiter: ";"`'),
        (f"{HEAD}\n{LINE}\n".replace(",", "\t").encode(), '`delimiter: "\\t"`'),
        (f"sep=,\n{HEAD}\n{LINE}\n".encode(), "`skip_lines: 1`"),
        (f",{HEAD}\n0,{LINE}\n".encode(), '`ignore: [""]`'),
        (f"{HEAD},amount\n{LINE},7\n".encode(), "give one of them another name"),
    ],
)
def test_a_file_that_is_not_as_its_source_says_is_refused_by_the_one_option(
    house: House, content: bytes, option: str
) -> None:
    house.put("tx.csv", content)
    with pytest.raises(ExtractError) as caught:
        house.load()
    [problem] = caught.value.problems
    assert option in problem.todo


def test_a_record_that_a_backslash_breaks_names_the_option(house: House) -> None:
    house.put("tx.csv", f'{HEAD},note\n{LINE},"a \\"b, c\\" d"\n{LINE},x,y\n')
    house.load()
    told = house.ask("SELECT line, reason, contains(todo, '`escape: backslash`') FROM rejects ORDER BY line")
    assert told == [(2, "columns", True), (3, "columns", False)]


def test_a_path_and_a_file_that_say_different_things_are_refused(house: House) -> None:
    house.configure(transactions="DAYS, format: csv")
    config = house.root / "rebatch.yaml"
    text = config.read_text(encoding="utf-8").replace("extracts/DAYS", '"extracts/day={activity_date}/*.csv"')
    config.write_text(text, encoding="utf-8")
    house.put("day=2026-01-06/tx.csv", f"{HEAD}\n{LINE}\n")
    with pytest.raises(ExtractError, match="the path says activity_date is '2026-01-06', but the file has a row with"):
        house.load()
