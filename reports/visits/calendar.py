"""Calendars: the visits of a rep as an iCalendar file (RFC 5545), with the time zones that its times are of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

if TYPE_CHECKING:
    from collections.abc import Sequence

_MONTH = timedelta(days=31)


@dataclass(frozen=True)
class Appointment:
    """A visit as a calendar shows it; `begins` and `ends` are times of the clock of its place.

    uid tells it from every other for ever: a later plan of the same visit replaces it.
    """

    uid: str
    begins: datetime
    ends: datetime
    time_zone: str | None
    summary: str
    location: str
    description: str
    latitude: float | None = None
    longitude: float | None = None


def calendar_file(name: str, language: str, appointments: Sequence[Appointment], made_on: date) -> bytes:
    """Return the iCalendar file of `appointments`, whose texts are in `language`, a tag.

    It has the same bytes for the same appointments and day.

    Every time zone is described within it: without that, some programs would shift the visits. A visit whose zone is
    not known stands at the time of the clock on the wall, wherever that is.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//Rebatch//Visits//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    for each in appointments:
        calendar.add_component(_event(each, datetime.combine(made_on, time(), UTC)))
    if appointments:
        days = [each.begins.date() for each in appointments]
        calendar.add_missing_timezones(min(days) - _MONTH, max(days) + _MONTH)
    return bytes(calendar.to_ical())


def _event(each: Appointment, stamp: datetime) -> Event:
    zone = ZoneInfo(each.time_zone) if each.time_zone else None
    event = Event()
    event.add("uid", each.uid)
    event.add("dtstamp", stamp)
    event.add("sequence", 0)
    event.add("dtstart", each.begins.replace(tzinfo=zone))
    event.add("dtend", each.ends.replace(tzinfo=zone))
    event.add("summary", each.summary)
    event.add("location", each.location)
    event.add("description", each.description)
    if each.latitude is not None and each.longitude is not None:
        event.add("geo", (each.latitude, each.longitude))
    return event
