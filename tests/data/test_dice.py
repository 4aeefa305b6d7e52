"""Chance that never changes: the demo's numbers in Python, in Polars, and in the published algorithm."""

from __future__ import annotations

import polars as pl
import pytest
from demo_maker import dice
from hypothesis import given
from hypothesis import strategies as st

seeds = st.integers(0, 2**31)


def test_the_mixer_is_the_published_splitmix64() -> None:
    golden = 0x9E3779B97F4A7C15
    state, made = 1234567, []
    for _ in range(3):
        state = (state + golden) % 2**64
        made.append(dice._mix(state))
    assert made == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@given(seed=seeds, sides=st.integers(1, 2**32), first=st.integers(0, 2**40), stream=st.text(max_size=9))
def test_a_column_is_drawn_like_its_rows(seed: int, sides: int, first: int, stream: str) -> None:
    drawn = dice.draw(sides, pl.int_range(first, first + 5, eager=True), stream=stream, seed=seed)
    assert drawn.to_list() == [dice.roll(sides, first + n, stream=stream, seed=seed) for n in range(5)]
    assert drawn.is_between(0, sides - 1).all()


@given(seed=seeds)
def test_positions_without_weight_are_never_drawn(seed: int) -> None:
    drawn = dice.draw_weighted([0, 3, 0, 1, 0], pl.int_range(0, 400, eager=True), stream="w", seed=seed)
    assert set(drawn) == {1, 3}


def test_positions_are_drawn_as_often_as_they_weigh() -> None:
    drawn = dice.draw_weighted([1, 2, 7], pl.int_range(0, 100_000, eager=True), stream="w", seed=1)
    shares = [int((drawn == n).sum()) / 100_000 for n in range(3)]
    assert shares == pytest.approx([0.1, 0.2, 0.7], abs=0.01)
