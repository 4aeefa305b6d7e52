"""The sheet of a rep's day: one page for a phone that works without a network and saves what was done as extracts."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from reports.page.page import json_inside, render_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.page.brand import Brand
    from reports.page.language import Language


def day_sheet(rep: str, data: Mapping[str, Any], brand: Brand, language: Language) -> bytes:
    """Return the page for the rep of this name: the same bytes for the same data.

    data: workspace, rep, date, visits, members, templates and columns, as sheet.js reads them. The content security
    policy allows this one script by its hash, no request, and no evaluation of text.
    """
    texts = _texts(language)
    packed = json.dumps({**data, "texts": texts}, ensure_ascii=False, sort_keys=True)
    day = language.day(date.fromisoformat(str(data["date"])))
    return render_page(
        "sheet.html.j2",
        ("sheet.css",),
        brand.colour,
        title=language.text("Visits of {rep} on {day}", rep=rep, day=day),
        lang=language.tag,
        brand=brand,
        texts=texts,
        data=json_inside(packed),
        script="sheet.js",
    )


def rebate_line(rebate: str, missing: str, brings: str, until: str, language: Language) -> str:
    """Return how far the next tier of a rebate is and what it brings, all written as people read it."""
    values = {"rebate": rebate, "missing": missing, "brings": brings, "day": until}
    return language.text("{rebate}: {missing} to the next tier by {day}, which brings {brings}", **values)


def _texts(language: Language) -> dict[str, str]:
    """Return what the page says, in the rep's language."""
    return {
        "start": language.text("Start"),
        "stop": language.text("Stop"),
        "undo": language.text("Undo"),
        "abandon": language.text("Abandon"),
        "reason": language.text("Why it is abandoned"),
        "remarks": language.text("Remarks"),
        "tasks": language.text("Tasks"),
        "optional": language.text("optional"),
        "indicators": language.text("Indicators"),
        "target": language.text("Target"),
        "no_target": language.text("no target"),
        "met": language.text("met"),
        "missed": language.text("missed"),
        "wrong": language.text("not a number"),
        "true": language.text("yes"),
        "false": language.text("no"),
        "route": language.text("Show the way"),
        "contact": language.text("Contact"),
        "rebates": language.text("Next tiers"),
        "orders": language.text("Last orders"),
        "earlier": language.text("Earlier visits"),
        "planned": language.text("planned"),
        "in_progress": language.text("begun"),
        "completed": language.text("done"),
        "abandoned": language.text("abandoned"),
        "unscheduled": language.text("Unscheduled visit"),
        "add": language.text("Add"),
        "unknown": language.text("Choose a partner from the list"),
        "save": language.text("Save as extracts"),
        "saved": language.text("Saved: hand these files over as extracts"),
        "saved_without": language.text("Saved without what is not a number"),
        "nothing": language.text("Nothing was started yet"),
        "noscript": language.text("This page needs a browser that runs its script."),
    }
