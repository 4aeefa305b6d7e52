"""Notes: what changed an entitlement, in words, one remark after the other."""

from __future__ import annotations

import polars as pl

from rules.money import round_decimal

_SHOWN_DECIMALS = 4  # as many as any currency has

GUARANTEED = "guaranteed {}"
LIMITED = "limited to {}"
REPLACED = "is paid instead of {}"
REDUCED = "reckoned on {} less"
BUDGETED = "the budget leaves {} of {}"
BELOW_MINIMUM = "below the minimum payout of {}"
CARRIED = "{} carried from the periods before"

AMOUNT_PHRASES = (GUARANTEED, LIMITED, REPLACED, REDUCED, BUDGETED, BELOW_MINIMUM)
"""The phrases of notes and reasons that state amounts; CARRIED states a figure in the unit of the measure.

In the books amounts stand as `in_words` writes them; who shows them to people adds what their currency asks for.
"""


def noted(is_so: pl.Expr, text: pl.Expr) -> pl.Expr:
    """Return the note with `text` appended where `is_so`, and unchanged elsewhere."""
    note = pl.col("note")
    more = pl.when(note == "").then(text).otherwise(pl.concat_str(note, text, separator="; "))
    return pl.when(is_so).then(more).otherwise(note)


def in_words(amount: pl.Expr) -> pl.Expr:
    """Return an amount as text for people, such as 33.3333 or 500: to four decimals, without trailing zeros."""
    shown = round_decimal(amount, _SHOWN_DECIMALS).cast(pl.Decimal(38, _SHOWN_DECIMALS)).cast(pl.String)
    return shown.str.strip_chars_end("0").str.strip_chars_end(".")
