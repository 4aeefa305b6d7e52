"""The words of a dashboard, by the names under which its page and its script know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.page.language import Language


def words_of(language: Language) -> Mapping[str, str]:
    """Return all that the page says in the language of its readers; what stands in braces the script fills in."""
    return {**_page(language), **_columns(language), **_figures(language), **_charts(language)}


def _page(language: Language) -> dict[str, str]:
    words = language.text
    return {
        "rebates": words("Rebates"),
        "filters": words("Filters"),
        "currency": words("Currency"),
        "program": words("Program"),
        "region": words("Region"),
        "tier": words("Tier"),
        "month": words("Month"),
        "member": words("Partner"),
        "all": words("All"),
        "reset": words("Reset filters"),
        "key_figures": words("Key figures"),
        "no_script": words("This page draws its charts with a script that it holds itself: allow scripts to see it."),
        "empty": words("Nothing here for what is chosen."),
        "cut": words("The first {shown} of {count}."),
        "made_by": words("Made by"),
        "others": words("all others"),
        "none": words("none"),
        "no_tier": words("no tier"),
        "tier_n": words("tier {n}"),
        "quantity": words("{figure} {unit}"),
    }


def _columns(language: Language) -> dict[str, str]:
    words = language.text
    return {
        "rebate": words("Rebate"),
        "product": words("Product"),
        "period": words("Period"),
        "open_period": words("Open period"),
        "amount": words("Amount"),
        "share": words("Share"),
        "posted": words("Posted"),
        "earned": words("Earned"),
        "projected": words("Projected"),
        "low": words("At least"),
        "high": words("At most"),
        "between": words("Between"),
        "span": words("{first} to {last}"),
        "target": words("Target"),
        "actual": words("Actual"),
        "reached": words("Reached"),
        "budget": words("Budget"),
        "spent": words("Spent"),
        "used": words("Used"),
        "this_year": words("This year"),
        "last_year": words("Last year"),
        "change": words("Change"),
        "growth": words("Growth"),
        "visits": words("Visits"),
        "measure": words("Measure of visits"),
        "rep": words("Rep"),
        "made": words("Visits made"),
        "coverage": words("Coverage"),
        "completion": words("Completion"),
        "attainment": words("Attainment"),
        "open_reached": words("Open periods with a tier"),
        "visits_n": words("Visits: {n}, {figure}"),
        "until": words("Until"),
        "missing": words("Missing"),
        "of_the_way": words("Of the way"),
        "brings": words("Brings"),
        "one": words("One rebate"),
        "other": words("The other"),
        "of_both": words("Sales of both"),
        "twice": words("Paid twice, about"),
        "what": words("What"),
        "figure": words("Figure"),
    }


def _figures(language: Language) -> dict[str, str]:
    words = language.text
    return {
        "earned_open": words("Earned in open periods"),
        "projected_open": words("Open periods, projected"),
        "paid_for": words("Partners paid for"),
        "ten_largest": words("The ten largest"),
        "of_posted": words("of what was posted"),
        "at_stake": words("At stake near a tier"),
        "what_was_posted": words("What was posted"),
        "open_periods": words("Open periods"),
    }


def _charts(language: Language) -> dict[str, str]:
    words = language.text
    return {
        "by_program": words("Posted by program"),
        "by_rebate": words("Posted by rebate"),
        "by_tier": words("Posted by tier"),
        "by_region": words("Posted by region"),
        "by_month": words("Posted by month for which it was earned"),
        "projected_by_program": words("Open periods: projected by program"),
        "by_member": words("Concentration: posted by partner"),
        "product_sales": words("Product sales"),
        "sales_by_month": words("Sales by month"),
        "plan": words("Plan against actual"),
        "plan_note": words("Revenue counted so far, in percent of the targets agreed."),
        "burn": words("Budget burn"),
        "burn_note": words("What was posted of each program's budget."),
        "growth_chart": words("Growth: this year against the same days of last year"),
        "growth_note": words("Purchases. The partners whose purchases changed most."),
        "visits_growth": words("Visits against growth"),
        "visits_growth_note": words(
            "Completed visits of this year, and growth in percent of last year's same days; more than {most} is drawn "
            "there."
        ),
        "visits_targets": words("Visits against targets"),
        "visits_targets_note": words("Completed visits of this year, and revenue in percent of the targets agreed."),
        "beside": words("Visits against rebate attainment"),
        "beside_note": words("Visits made this year, and in how many of its open periods a partner reaches a tier."),
        "correlation": words("This is a correlation, which does not say what causes what."),
        "visits_by_rep": words("Visits by rep"),
        "visits_by_region": words("Visits by region"),
        "visits_by_month": words("Visits by month"),
        "visits_note": words(
            "Coverage: partners visited often enough at the end of the month that is chosen, or of the last. "
            "Completion: planned visits that were made. Attainment: indicators in percent of their targets."
        ),
        "near": words("Near a tier: the money at stake"),
        "overlaps": words("Programs that pay on the same sales"),
        "overlaps_note": words(
            "Sales on which both pay, and about what the cheaper of the two pays on them, at average rates."
        ),
    }
