"""Purchases as people write them: what they mean, and what they are told where they mean nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.panel.additions import Addition, read_additions
from schemas.errors import TerminalError

ADDED = Addition("quantity", Decimal(500), "", "P-100", "", None, "", date(2026, 12, 31))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("quantity +500 of P-100 in 2026-12", ADDED),
        ("  Quantity 500 of P-100 on 2026-Q4 ", ADDED),
        ("quantity +500 of P-100 in 2026-H2", ADDED),
        ("quantity +500 of P-100 in 2026", ADDED),
        ("quantity +500 of P-100 in 2026-12-31", ADDED),
        (
            "revenue -1200.50 USD of P-100 by D-1 for 4 piece in 2024-02",
            Addition("revenue", Decimal("-1200.50"), "USD", "P-100", "D-1", Decimal(-4), "piece", date(2024, 2, 29)),
        ),
    ],
)
def test_what_a_purchase_means(text: str, meant: Addition) -> None:
    assert read_additions([text]) == [meant]


@pytest.mark.parametrize(
    "text",
    [
        "500 of P-100 in 2026-12", "quantity +500 P-100 in 2026-12", "quantity +5e2 of P-100 in 2026-12",
        "quantity +500 of P-100 in 2026-13", "quantity +500 of P-100 in 2026-Q5", "quantity +500 of P-100 in 2026-H3",
        "quantity +500 of P-100 in 2026-02-29",
        "quantity +0 of P-100 in 2026-12", "quantity +1,500 of P-100 in 2026-12",
    ],
)  # fmt: skip
def test_what_means_nothing_is_told_all_at_once(text: str) -> None:
    with pytest.raises(TerminalError) as caught:
        read_additions([text, "quantity +500 of P-100 in 2026-12", text])
    assert len(caught.value.problems) == 2
    assert all("write" in problem.todo for problem in caught.value.problems)
