"""The marks of the drawing of a ladder: a tick for each tier, with its bound and what it pays where there is room.

On a phone there is room for its number alone, which the list below the drawing explains.
"""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

ROWS = 2
"""The most rows of texts, one below the other."""

WHOLE = 1000
"""Units of the drawing's width."""

# A character takes so many units where the drawing is narrowest on a desk, and between two texts so many stay free.
_CHARACTER = 14
_GAP = 20
_TOP, _LINE, _ROW = 38, 14, 34
# Numbers of ticks that lie nearer to each other on a phone are one, such as "2 to 3".
_NEAR = 70
_TICK = Markup('<rect class="tick" x="{}" width="4" height="24"/>')
_TEXTS = Markup(
    '<text x="{x}" y="{y}" text-anchor="{at}">{bound}</text>'
    '<text class="pays" x="{x}" y="{below}" text-anchor="{at}">{pays}</text>'
)


_NUMBER = Markup('<text class="n" x="{x}" y="36" text-anchor="{at}">{number}</text>')


# Thousands of members stand on the same ladder.
@lru_cache(maxsize=16384)
def ticks_svg(ticks: tuple[int, ...]) -> Markup:
    """Return the ticks as parts of a drawing of WHOLE units."""
    return Markup("").join(_TICK.format(tick) for tick in ticks)


@lru_cache(maxsize=16384)
def texts_svg(ticks: tuple[int, ...], texts: tuple[tuple[str, str], ...]) -> tuple[Markup, int]:
    """Return the texts under the ticks, each a bound and what is paid from there on, and the height of the drawing.

    A text that meets another in every row is left out: the table below the drawing has all of them.
    """
    ends, made = [-_GAP] * ROWS, []
    for tick, (bound, pays) in zip(ticks, texts, strict=True):
        width = max(len(bound), len(pays)) * _CHARACTER
        start = min(max(tick - width // 2, 0), WHOLE - width)
        row = next((n for n, end in enumerate(ends) if start >= end + _GAP), None)
        if row is None or start < 0:
            continue
        ends[row] = start + width
        at, x = ("start", 0) if start == 0 else ("end", WHOLE) if start + width == WHOLE else ("middle", tick)
        top = _TOP + row * _ROW
        made.append(_TEXTS.format(x=f"{x / 10:g}%", y=top, below=top + _LINE, at=at, bound=bound, pays=pays))
    rows = sum(end >= 0 for end in ends)
    return Markup("").join(made), _TOP - _LINE + rows * _ROW


@lru_cache(maxsize=16384)
def numbers_svg(ticks: tuple[int, ...]) -> Markup:
    """Return the numbers of the tiers under the ticks, for a narrow screen; those of ticks that nearly meet are one."""
    groups: list[list[int]] = []
    for number, tick in enumerate(ticks, start=1):
        if groups and tick - ticks[groups[-1][-1] - 1] < _NEAR:
            groups[-1].append(number)
        else:
            groups.append([number])
    return Markup("").join(_number(group, ticks) for group in groups)


def _number(group: list[int], ticks: tuple[int, ...]) -> Markup:
    first, last = group[0], group[-1]
    place = (ticks[first - 1] + ticks[last - 1]) / 2
    at = "start" if place < _NEAR / 2 else "end" if place > WHOLE - _NEAR / 2 else "middle"
    number = str(first) if first == last else f"{first}\N{EN DASH}{last}"
    return _NUMBER.format(x=f"{place / 10:g}%", at=at, number=number)
