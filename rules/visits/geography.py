"""Ways between places: as the crow flies, stretched to roads, at the speed of a car."""

from __future__ import annotations

from math import asin, ceil, cos, radians, sin, sqrt
from typing import NamedTuple

EARTH = 6371.0
"""The mean radius of the Earth, in kilometres."""

DETOUR = 1.3
"""How much longer roads are than the straight line, as a rule of thumb."""

SPEED = 50.0
"""Kilometres an hour, from door to door."""


class Point(NamedTuple):
    """A place on the Earth, in degrees north and east."""

    latitude: float
    longitude: float


def kilometres(one: Point, other: Point) -> float:
    """Return the length of the way between two points, by the haversine formula and DETOUR."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    half = sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, half))) * DETOUR


def minutes(one: Point, other: Point) -> int:
    """Return how long the way takes, in whole minutes, rounded up."""
    # Cut to metres first: the last bits of a sine may differ from one machine to another.
    return ceil(round(kilometres(one, other), 3) / SPEED * 60)
