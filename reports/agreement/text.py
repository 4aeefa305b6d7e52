"""An agreement in plain sentences: who takes part, what counts, what is paid, when, and what else is agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.agreement.agreement import Document, Section
from reports.agreement.figures import FigureWords
from reports.agreement.payment import Payment
from reports.agreement.rebate import rebate_section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.agreement.agreement import Agreement
    from reports.page.language import Language


def agreement_document(agreement: Agreement, language: Language) -> Document:
    """Return everything `agreement` states as sentences, in the order in which a contract is read."""
    words = language.text
    figures = FigureWords(language, agreement.currency, agreement.names, agreement.vocabulary)
    first, last = (language.day(day) for day in agreement.effective)
    return Document(
        lang=language.tag,
        title=language.choose(agreement.titles, agreement.name),
        lead=[
            words("Contract: {reference}", reference=agreement.reference),
            words("In force from {first} to {last}, both days included.", first=first, last=last),
            words("Programme {name}, wording {version}", name=agreement.name, version=agreement.version),
        ],
        sections=[
            Section(words("Who takes part"), list(_partners(agreement, figures))),
            *(rebate_section(rebate, figures) for rebate in agreement.rebates),
            Section(words("Payment"), list(Payment(agreement, language).sentences())),
        ],
        signatures=[words("For the partner"), words("For the sponsor")],
    )


def _partners(agreement: Agreement, figures: FigureWords) -> Iterator[str]:
    words, members = figures.language.text, agreement.members
    yield (
        words("Partners take part if {conditions}.", conditions=figures.any_of(members.include))
        if members.include is not None
        else words("All partners take part.")
    )
    if members.exclude:
        yield words("Partners do not take part if {conditions}.", conditions=figures.any_of(members.exclude))
    if agreement.is_enrolled:
        yield words("They must have enrolled; what they buy outside of their enrolment does not count.")
    yield _accumulated(agreement.accumulate_at, figures.language)
    yield {
        "self": words("The partner itself is paid."),
        "parent": words("The partner's parent is paid."),
        "root": words("The head of the partner's hierarchy is paid."),
        "payee": words("The payee on record for the partner is paid."),
    }[agreement.pay_to]


def _accumulated(level: str, language: Language) -> str:
    words = language.text
    named = {
        "self": words("Each partner's purchases count for itself."),
        "parent": words("The purchases of all partners under the same parent are added together."),
        "root": words("The purchases of all partners under the same head of a hierarchy are added together."),
    }
    other = words(
        "The purchases of all partners under the same {level} are added together.", level=language.term("level", level)
    )
    return named.get(level, other)
