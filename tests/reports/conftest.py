from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from reports.page.brand import Brand
from reports.statement.statement import Statement, statements
from reports.statement.statement_data import Clause, Figure, Issue, StatementFrames
from schemas.types import EXACT, MONEY, QUANTITY, VALUE

HOSTILE = "../;'\"<script>alert(1)</script>\n🚗"
DIGITS = {"USD": 2, "JPY": 0, "KWD": 3}

GROWTH = Clause(
    program="dealer-growth-2026",
    rebate="annual-growth",
    program_titles={"en": "Dealer growth programme 2026", "ja": "2026年度ディーラー成長プログラム"},
    titles={"en": "Annual growth bonus", "ja": "年間成長ボーナス"},
    program_reference="Agreement RP-2026-014",
    reference="Clause 3",
    currency="USD",
    method="fixed",
    measure=Figure("revenue"),
    qualifier=Figure("revenue", "growth_percent", baseline="previous_year"),
    has_own_qualifier=True,
)
QUARTERLY = replace(
    GROWTH, rebate="quarterly", titles={"en": "Quarterly revenue rebate", "ja": "四半期売上リベート"},
    reference="", method="all_units", qualifier=Figure("revenue"), has_own_qualifier=False,
)  # fmt: skip
VOLUME = replace(
    QUARTERLY, program="brake-volume", rebate="pads", program_titles={"en": "Brake pads by the case"},
    titles={"en": "Volume rebate", "ja": "数量リベート"}, program_reference="Agreement RP-2026-020, clause 9",
    currency="JPY", method="marginal", measure=Figure("quantity", unit="case"),
    qualifier=Figure("quantity", unit="case"),
)  # fmt: skip
BRAND = Brand("Rayler Parts", "#0b5d4e", ("1200 Foundry Road", "Dayton, OH 45402", "USA"), "rebates@rayler.example")


def tier(clause: Clause, number: int, bound: str, **pays: Any) -> dict[str, Any]:
    return {
        "program": clause.program,
        "rebate": clause.rebate,
        "tier": number,
        "bound": Decimal(bound),
        "is_strict": False,
        "rate": Decimal(0),
        "every": None,
        "cap": None,
        "fixed": Decimal(0),
        **pays,
    }


TIERS = pl.DataFrame(
    [
        tier(GROWTH, 1, "2", fixed=Decimal(2000)),
        tier(GROWTH, 2, "5", fixed=Decimal(3000)),
        tier(GROWTH, 3, "7", fixed=Decimal(4000), is_strict=True),
        tier(QUARTERLY, 1, "25000", rate=Decimal("0.01")),
        tier(QUARTERLY, 2, "50000", rate=Decimal("0.0225")),
        tier(VOLUME, 1, "100", rate=Decimal(50)),
        tier(VOLUME, 2, "500", rate=Decimal("62.5")),
        tier(VOLUME, 3, "1000", rate=Decimal(80)),
    ]
).with_columns(pl.col("bound").cast(VALUE), pl.col("rate", "fixed").cast(EXACT))

POSITION: dict[str, Any] = {
    "payee_id": "D-0001",
    "program": GROWTH.program,
    "rebate": GROWTH.rebate,
    "member_id": "D-0001",
    "member_name": "Bean & Sons Auto Supply",
    "period": "2026",
    "period_start": date(2026, 1, 1),
    "stated": None,
    "period_end": date(2026, 12, 31),
    "qualifier": Decimal("6.9999999999"),
    "measure": Decimal("107000.5555555555"),
    "baseline": None,
    "tier": 2,
    "earned": Decimal("3000.00"),
    "posted_before": Decimal("2000.00"),
    "posted_now": Decimal("1000.00"),
    "open_amount": Decimal("0.00"),
    "unconverted": 0,
    "sold_unit": "piece",
    "is_converted": False,
    "next_tier": 3,
    "missing": Decimal("0.0000000002"),
    "missing_measure": Decimal("500.4500000000"),
    "missing_amount": Decimal("500.45"),
    "missing_quantity": Decimal(38),
    "next_amount": Decimal("4000.00"),
    "node_id": "D-0001",
    "node_name": "Bean & Sons Auto Supply",
    "node_amount": Decimal("3000.00"),
    "part": None,
    "nodes": 1,
    "prorate": None,
    "days": None,
    "period_days": None,
    "rated": Decimal("3000.00"),
    "unrounded": Decimal("3000.00"),
    "horizon": "to_date",
    "form": "full",
    "currency": "USD",
}
LAST_QUARTER = POSITION | {
    "rebate": QUARTERLY.rebate, "period": "2026-Q3", "period_start": date(2026, 7, 1), "period_end": date(2026, 9, 30),
    "qualifier": Decimal("51250.25"), "measure": Decimal("51250.25"), "tier": 2, "earned": Decimal("1153.13"),
    "posted_before": Decimal("1171.13"), "posted_now": Decimal("-18.00"), "next_tier": None, "missing": None,
    "missing_measure": None, "missing_amount": None, "missing_quantity": None, "next_amount": None,
    "horizon": "settled",
}  # fmt: skip
THIS_QUARTER = POSITION | {
    "rebate": QUARTERLY.rebate, "period": "2026-Q4", "period_start": date(2026, 10, 1),
    "qualifier": Decimal("12340.5"), "measure": Decimal("12340.5"), "tier": 0, "earned": Decimal("0.00"),
    "posted_before": Decimal("0.00"), "posted_now": Decimal("0.00"), "next_tier": 1, "missing": Decimal("12659.5"),
    "missing_measure": Decimal("12659.5"), "missing_amount": Decimal("12659.50"), "missing_quantity": Decimal(411),
    "next_amount": Decimal("250.00"), "unconverted": 3, "is_converted": True,
}  # fmt: skip
CASES = POSITION | {
    "payee_id": "髙橋", "program": VOLUME.program, "rebate": VOLUME.rebate, "member_id": "M-7",
    "member_name": "髙橋部品 𠮷田店", "qualifier": Decimal("432.5"), "measure": Decimal("432.5"), "tier": 1,
    "earned": Decimal(16625), "currency": "JPY", "posted_before": Decimal(10000), "posted_now": Decimal(5000),
    "open_amount": Decimal(1625), "next_tier": 2, "missing": Decimal("67.5"), "missing_measure": Decimal("67.5"),
    "missing_amount": Decimal(405000), "missing_quantity": Decimal(68), "next_amount": Decimal(20000),
}  # fmt: skip
SKIPPED = POSITION | {
    "payee_id": HOSTILE, "member_id": HOSTILE, "member_name": HOSTILE, "qualifier": None, "tier": 0,
    "earned": Decimal(0), "posted_before": Decimal(0), "posted_now": Decimal(0), "next_tier": None, "missing": None,
    "missing_measure": None, "missing_amount": None, "missing_quantity": None, "next_amount": None,
}  # fmt: skip

LINE: dict[str, Any] = {
    "payee_id": "D-0001", "seq": 1, "kind": "rebate", "program": GROWTH.program, "rebate": GROWTH.rebate,
    "member_id": "D-0001", "member_name": "Bean & Sons Auto Supply", "period": "2026",
    "settled_through": date(2026, 9, 30), "currency": "USD", "amount": Decimal("1000.00"), "reason": "settled",
    "payout_period": "2026-11", "causes": None,
}  # fmt: skip
LINES = (
    LINE,
    LINE | {
        "seq": 2, "kind": "restatement", "program": QUARTERLY.program, "rebate": "quarterly", "period": "2026-Q3",
        "amount": Decimal("-18.00"),
        "causes": [
            {"cause": "corrected", "transaction_id": "INV-200107", "day": date(2026, 7, 8), "rows": 3},
            {"cause": "rule_change", "transaction_id": None, "day": None, "rows": None},
        ],
    },
    LINE | {
        "payee_id": "髙橋", "program": VOLUME.program, "rebate": "pads", "member_id": "M-7",
        "member_name": "髙橋部品 𠮷田店", "currency": "JPY", "amount": Decimal(5000),
    },
    LINE | {
        "payee_id": "髙橋", "program": VOLUME.program, "rebate": "", "member_id": "", "member_name": None,
        "currency": "JPY", "amount": Decimal(-800), "kind": "carry_forward", "period": "2026-10",
    },
)  # fmt: skip
PAYOUTS: list[dict[str, Any]] = [
    {
        "payee_id": payee_id, "payout_id": f"2026-11-{currency}-0f3a9c", "currency": currency,
        "payout_period": "2026-11", "amount": Decimal(amount), "status": "draft",
        "due_on": date(2026, 12, 30), "reference": "Rebate 2026-11", "paid": Decimal(0), "paid_on": None,
    }
    for payee_id, currency, amount in (("D-0001", "USD", "982.00"), ("髙橋", "JPY", "4200"), ("髙橋", "USD", "0"))
]  # fmt: skip
EARLIER: list[dict[str, Any]] = [
    PAYOUTS[0] | {
        "payout_id": f"2026-0{month}-USD-77", "payout_period": f"2026-0{month}", "amount": Decimal(amount),
        "status": status, "due_on": date(2026, 10, 30), "reference": f"Rebate 2026-0{month}", "paid": Decimal(paid),
        "paid_on": date(2026, 10, 28) if paid != "0" else None,
    }
    for month, amount, status, paid in ((7, "300.00", "short_paid", "250.00"), (8, "90.00", "paid", "100.00"),
        (9, "640.00", "exported", "0"))
]  # fmt: skip
ENTRY: dict[str, Any] = {
    "payee_id": "D-0001", "currency": "USD", "entry": "opening", "day": None, "payout_id": None, "payout_period": None,
    "program": None, "rebate": None, "period": None, "member_id": None, "member_name": None, "reference": None,
    "reason": None, "amount": Decimal("1030.00"),
}  # fmt: skip
ENTRIES = (
    ENTRY,
    *(
        ENTRY | {"entry": entry, "day": date(2026, 11, 23), "payout_id": PAYOUTS[0]["payout_id"], "member_id": "D-0001",
            "member_name": "Bean & Sons Auto Supply",
            "program": line["program"], "rebate": line["rebate"], "period": line["period"], "amount": line["amount"]}
        for entry, line in zip(("earned", "restated"), LINES[:2], strict=True)
    ),
    *(
        ENTRY | {"entry": "paid", "day": each["paid_on"], "payout_id": each["payout_id"], "reference": f"=TRN-{n}",
            "payout_period": each["payout_period"], "amount": -each["paid"]}
        for n, each in enumerate(EARLIER[:2])
    ),
    ENTRY | {"entry": "overpaid", "payout_id": "2026-08-USD-77", "payout_period": "2026-08", "amount": Decimal(10)},
    ENTRY | {"payee_id": "髙橋", "currency": "JPY", "amount": Decimal(-800)},
    ENTRY | {"payee_id": "髙橋", "currency": "JPY", "entry": "earned", "amount": Decimal(5000), "member_id": "M-7"},
)  # fmt: skip
SETTLED = [
    {
        "payee_id": "D-0001", "program": QUARTERLY.program, "rebate": "quarterly", "period": "2026-Q2", "members": 1,
        "amount": Decimal("812.40"), "stated": "2026-07", "through": date(2026, 6, 30),
    }
]  # fmt: skip
PAYEES = [
    {"payee_id": "D-0001", "payee_name": "Bean & Sons Auto Supply", "language": "en"},
    {"payee_id": "髙橋", "payee_name": "株式会社髙橋部品", "language": "ja-JP"},
    {"payee_id": HOSTILE, "payee_name": HOSTILE, "language": "xx"},
    {"payee_id": "Z-9", "payee_name": None, "language": None},
]

TAKEN_OUT: dict[str, Any] = {
    "payee_id": "D-0001", "member_id": "D-0001", "member_name": "Bean & Sons Auto Supply", "transaction_id": "INV-2",
    "activity_date": date(2026, 10, 9), "amount": Decimal("-1234.5"), "currency": "USD", "reason": "disputed",
    "note": "ordered twice, the second delivery was sent back",
}  # fmt: skip
EXCLUDED = (
    TAKEN_OUT,
    TAKEN_OUT | {"transaction_id": "INV-1", "activity_date": date(2026, 2, 3), "note": "", "currency": "XTS"},
    TAKEN_OUT | {"payee_id": "髙橋", "member_id": "M-7", "member_name": "髙橋部品 𠮷田店", "currency": "JPY"},
    TAKEN_OUT | dict.fromkeys(("payee_id", "member_id", "member_name", "transaction_id", "reason", "note"), HOSTILE),
)


def transactions(position: dict[str, Any], count: int, **fixed: Any) -> list[dict[str, Any]]:
    names = ("Brake pad set, front, ceramic", "Oil filter", "Cabin filter with activated carbon")
    return [
        {
            **{name: position[name] for name in ("payee_id", "program", "rebate", "member_id", "period")},
            "activity_date": position["period_start"] + timedelta(days=n % 60),
            "transaction_id": f"INV-{200100 + n}",
            "product_id": f"P-{1001 + n % 3}",
            "product_name": names[n % 3],
            "type": "return" if n % 9 == 8 else "sale",
            "quantity": Decimal(-2 if n % 9 == 8 else 12 + n),
            "unit": "piece",
            "amount": Decimal("-37.90" if n % 9 == 8 else "1234.5") + n,
            "currency": "USD",
            "transactions": 1,
            "detail": "row",
            "buyer": position["payee_id"],
            "buyer_name": position["member_name"],
            **fixed,
        }
        for n in range(count)
    ]


VISITS = [
    {
        "payee_id": "D-0001", "visit_id": visit, "member_id": member, "member_name": f"Store {member}",
        "visited_on": day, "task_id": task, "name": name, "due_on": due, "completed_on": None, "is_done": is_done,
        "is_recent": day > date(2026, 9, 10),
    }
    for visit, member, day, task, name, due, is_done in (
        ("V-2", "D-0001", date(2026, 11, 3), "AGREE", "Agree the plan", date(2026, 11, 3), True),
        ("V-2", "D-0001", date(2026, 11, 3), "SHELF", "Move the shelf <front>", date(2026, 12, 1), False),
        ("V-1", "D-7", date(2026, 9, 14), "STOCK", "Count stock", date(2026, 10, 1), False),
        ("V-0", "D-7", date(2026, 9, 2), None, None, None, False),
    )
]  # fmt: skip
LEFT_OUT = [
    {
        **{name: THIS_QUARTER[name] for name in ("payee_id", "program", "rebate", "member_id", "period")},
        "transaction_id": f"INV-{n}", "activity_date": date(2026, 10, n), "quantity": Decimal("2.5"), "unit": unit,
        "amount": Decimal("1234.50"), "currency": currency, "reason": reason,
    }
    for n, unit, currency, reason in ((2, "case", "EUR", "no_factor"), (1, "piece", "EUR", "no_rate"))
]  # fmt: skip


def sums_of(rows: pl.DataFrame) -> pl.DataFrame:
    key = ["payee_id", "program", "rebate", "member_id", "period", "buyer", "buyer_name", "detail", "unit", "currency"]
    return rows.group_by(key, maintain_order=True).agg(pl.col("transactions", "amount", "quantity").sum())


def _frames() -> StatementFrames:
    listed = [
        *transactions(POSITION, 61),
        *transactions(THIS_QUARTER, 7),
        *transactions(LAST_QUARTER, 12),
        *transactions(CASES, 45, currency="JPY", amount=Decimal(48000), product_name="ブレーキパッド", unit="case"),
        *transactions(SKIPPED, 1, product_name=HOSTILE, type=HOSTILE, unit=HOSTILE, transaction_id=HOSTILE),
    ]
    money = (
        "earned", "posted_before", "posted_now", "open_amount", "missing_amount", "next_amount", "node_amount",
    )  # fmt: skip
    values = ("qualifier", "measure", "baseline", "missing", "missing_measure", "missing_quantity", "part")
    rows = pl.DataFrame(listed).with_columns(
        pl.col("amount").cast(MONEY), pl.col("quantity").cast(QUANTITY), entry=pl.int_range(pl.len())
    )
    positions = pl.DataFrame([POSITION, LAST_QUARTER, THIS_QUARTER, CASES, SKIPPED], infer_schema_length=None)
    return StatementFrames(
        payees=pl.DataFrame(PAYEES),
        payouts=pl.DataFrame([*PAYOUTS, *EARLIER], infer_schema_length=None).with_columns(
            pl.col("amount", "paid").cast(MONEY)
        ),
        entries=pl.DataFrame(ENTRIES, infer_schema_length=None).with_columns(
            pl.col("amount").cast(MONEY), pl.col("reason").cast(pl.String)
        ),
        settled=pl.DataFrame(SETTLED).with_columns(pl.col("amount").cast(MONEY)),
        lines=pl.DataFrame(LINES).with_columns(pl.col("amount").cast(MONEY)),
        positions=positions.with_columns(pl.col(money).cast(MONEY), pl.col(values).cast(VALUE)),
        transactions=rows,
        sums=sums_of(rows),
        excluded=pl.DataFrame(EXCLUDED).with_columns(pl.col("amount").cast(MONEY)),
        visits=pl.DataFrame(VISITS, infer_schema_length=None),
        left_out=pl.DataFrame(LEFT_OUT).with_columns(pl.col("amount").cast(MONEY), pl.col("quantity").cast(QUANTITY)),
    )


@dataclass(frozen=True)
class Sample:
    frames: StatementFrames
    issue: Issue

    def page(self, payee_id: str, **changes: Any) -> str:
        return self.statement(payee_id, **changes).content.decode()

    def statement(self, payee_id: str, **changes: Any) -> Statement:
        found = statements(self.frames, replace(self.issue, **changes))
        return next(statement for statement in found if statement.payee_id == payee_id)


def sample_books() -> Sample:
    clauses = (GROWTH, QUARTERLY, VOLUME)
    return Sample(
        _frames(),
        Issue(BRAND, clauses, DIGITS, TIERS, date(2026, 11, 23), "2026-11", earlier={"2026-07": "2026-07-31-abc"}),
    )


@pytest.fixture(scope="session")
def sample() -> Sample:
    """Return the books of four payees: English, Japanese, one with a hostile id, one with nothing at all."""
    return sample_books()
