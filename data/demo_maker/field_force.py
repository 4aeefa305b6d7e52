"""The field force of Rayler Parts: its reps, and the places of the partners they visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from demo_maker.dice import roll

if TYPE_CHECKING:
    from collections.abc import Iterable

    from demo_maker.partners import Partner
    from demo_maker.records import Table


class _City(NamedTuple):
    """Where a country's partners lie: a town, its place in ten-thousandths of a degree, and its clocks."""

    name: str
    north: int
    east: int
    time_zone: str


_CITIES = {
    "US": _City("Chicago", 418_781, -876_298, "America/Chicago"),
    "CA": _City("Montreal", 455_019, -735_674, "America/Toronto"),
    "DE": _City("Köln", 509_375, 69_603, "Europe/Berlin"),
    "ES": _City("Madrid", 404_168, -37_038, "Europe/Madrid"),
    "SE": _City("Stockholm", 593_293, 180_686, "Europe/Stockholm"),
    "JP": _City("東京", 356_762, 1_396_503, "Asia/Tokyo"),
    "SG": _City("Singapore", 13_521, 1_038_198, "Asia/Singapore"),
}
_STREETS = ("Lake Street", "Station Road", "Harbour Way", "Mill Lane", "Market Square")
_HOURS = ("mon-fri 09:00-17:00", "mon-fri 08:00-12:00, 13:00-18:00; sat 09:00-12:00", "tue-sat 10:00-18:00")
_REPS = (
    ("R-01", "Dana Whitfield", "en", "NA", "US", "mon-fri 08:30-17:30", "5", "training; audit"),
    ("R-02", "Miguel Torres", "en", "NA", "US", "mon-fri 09:00-18:00", "4", "audit"),
    ("R-03", "Jana Krüger", "de", "EU", "DE", "mon-fri 08:00-17:00", "5", "training; audit"),
    ("R-04", "佐藤 美咲", "ja", "APAC", "JP", "mon-fri 09:00-18:00", "5", "training; audit"),
    ("R-05", "Wei Ling Tan", "en", "APAC", "SG", "mon-fri 09:00-18:00", "4", "training; audit"),
    ("R-06", "Élise Gagnon", "en", "NA", "CA", "mon-thu 09:00-17:30", "4", "training; audit"),
    ("R-07", "Lucía Ferrer", "en", "EU", "ES", "mon-fri 09:30-18:30", "4", "training; audit"),
    ("R-08", "Oskar Lindqvist", "en", "EU", "SE", "mon-fri 08:30-16:30", "4", "audit"),
)
_WIDTH = 4000
"""Ten-thousandths of a degree that places spread around their town, to either side."""


def reps() -> Table:
    """Return the extract reps."""
    header = (
        "rep_id", "name", "email", "language", "region", "start_latitude", "start_longitude", "working_hours",
        "max_visits_per_day", "skills", "from", "to",
    )  # fmt: skip
    rows = [
        (
            rep_id, name, f"{rep_id.lower()}@rayler.example", language, region, _degrees(_CITIES[country].north),
            _degrees(_CITIES[country].east), hours, most, skills, "2025-01-01", "",
        )
        for rep_id, name, language, region, country, hours, most, skills in _REPS
    ]  # fmt: skip
    return header, rows


def locations(partners: Iterable[Partner], *, seed: int) -> Table:
    """Return the extract locations: a place for each of `partners`."""
    header = ("location_id", "member_id", "address", "latitude", "longitude", "time_zone", "opening_hours")
    rows = []
    for p in partners:
        city = _CITIES[p.country]
        address = f"{1 + p.number * 7 % 90} {_STREETS[p.number % len(_STREETS)]}, {city.name}"
        hours = _HOURS[p.number % len(_HOURS)]
        rows.append((location_id(p), p.member_id, address, *place_of(p, seed=seed), city.time_zone, hours))
    return header, rows


def location_id(partner: Partner) -> str:
    """Return the id of a partner's place."""
    return f"L-{partner.number:04}"


def place_of(partner: Partner, *, seed: int) -> tuple[str, str]:
    """Return where a partner lies: latitude and longitude in degrees."""
    city = _CITIES[partner.country]
    north, east = (
        roll(2 * _WIDTH, partner.number, stream=f"place {axis}", seed=seed) - _WIDTH for axis in ("north", "east")
    )
    return _degrees(city.north + north), _degrees(city.east + east)


def rep_of(partner: Partner) -> str:
    """Return who visits a partner."""
    near = [rep_id for rep_id, _, _, _, country, *_ in _REPS if country == partner.country]
    return near[partner.number % len(near)]


def _degrees(ten_thousandths: int) -> str:
    whole, rest = divmod(abs(ten_thousandths), 10_000)
    return f"{'-' if ten_thousandths < 0 else ''}{whole}.{rest:04}"
