"""Maps: the round of a rep's day as an SVG drawing, north up, with the stops in order and a scale."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, log10, radians
from typing import TYPE_CHECKING

from markupsafe import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE, EDGE, LEGEND = 480, 40, 16
"""Units of the drawing: the square map, its margin, and the height of a line below it."""
_KILOMETRES = 111.19
"""Kilometres of a degree of latitude."""
_LEAST = 0.01
"""Degrees that a map shows at least, so that a single stop has surroundings."""


@dataclass(frozen=True)
class MapPoint:
    """A stop of the round: where it is, in degrees, and what stands below the map of it."""

    latitude: float
    longitude: float
    label: str


def route_map(title: str, start: tuple[float, float], stops: Sequence[MapPoint], colour: str) -> bytes:
    """Return the drawing of a round from `start` over `stops` and back: the same bytes for the same round."""
    points = [start, *((stop.latitude, stop.longitude) for stop in stops)]
    middle = cos(radians(sum(latitude for latitude, _ in points) / len(points)))
    flat = [(longitude * middle, latitude) for latitude, longitude in points]
    west, south = (min(point[axis] for point in flat) for axis in (0, 1))
    east, north = (max(point[axis] for point in flat) for axis in (0, 1))
    width = max(east - west, north - south, _LEAST)
    unit = (SIZE - 2 * EDGE) / width
    placed = [
        (
            EDGE + (x - west) * unit + (width - (east - west)) * unit / 2,
            EDGE + (north - y) * unit + (width - (north - south)) * unit / 2,
        )
        for x, y in flat
    ]
    return _drawn(title, placed, stops, colour, unit / _KILOMETRES)


def _drawn(
    title: str, placed: Sequence[tuple[float, float]], stops: Sequence[MapPoint], colour: str, per_kilometre: float
) -> bytes:
    height = SIZE + LEGEND * (len(stops) + 1)
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*placed, placed[0]])
    (home_x, home_y), *rest = placed
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {height}" role="img" font-size="11">',
        "<style>text { font-family: sans-serif }</style>",
        f"<title>{escape(title)}</title>",
        f'<rect width="{SIZE}" height="{height}" fill="#fff"/>',
        f'<text x="{EDGE}" y="22" font-size="14" font-weight="bold">{escape(title)}</text>',
        f'<polyline points="{way}" fill="none" stroke="{escape(colour)}" stroke-width="2" stroke-dasharray="6 3"/>',
        f'<rect x="{home_x - 6:.1f}" y="{home_y - 6:.1f}" width="12" height="12" fill="#333"/>',
    ]
    for number, (x, y) in enumerate(rest, 1):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="10" fill="{escape(colour)}"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 4:.1f}" fill="#fff" text-anchor="middle">{number}</text>')
    for number, stop in enumerate(stops, 1):
        parts.append(f'<text x="{EDGE}" y="{SIZE + LEGEND * number}">{number}. {escape(stop.label)}</text>')
    return "\n".join([*parts, *_scale(per_kilometre), "</svg>", ""]).encode()


def _scale(per_kilometre: float) -> list[str]:
    """Return the scale: the largest of 1, 2, 5, 10 … kilometres that takes at most a third of the map."""
    most = SIZE / 3 / per_kilometre
    power = 10 ** int(log10(most)) if most >= 1 else 1
    length = max((factor * power for factor in (1, 2, 5, 10) if factor * power <= most), default=power)
    right = SIZE - EDGE
    left = right - length * per_kilometre
    y = SIZE - 14
    return [
        f'<path d="M{left:.1f},{y - 5}V{y}H{right:.1f}V{y - 5}" fill="none" stroke="#333"/>',
        f'<text x="{right:.1f}" y="{y - 8}" text-anchor="end">{length} km</text>',
    ]
