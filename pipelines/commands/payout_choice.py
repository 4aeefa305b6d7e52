"""The options by which payouts are chosen: the same list for every command that takes them."""

from __future__ import annotations

import inspect
import re
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

# 14 digits and 4 decimals: what a DECIMAL(18, 4) of the warehouse can hold.
_AMOUNT = re.compile(r"[0-9]{1,14}(\.[0-9]{1,4})?")


def _amount(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        message = "write an amount such as 100 or 99.50"
        raise typer.BadParameter(message)
    return Decimal(text)


_IDS = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Payouts, adjustments (ADJ-…), write-offs.")]
OfProgram = Annotated[str | None, typer.Option("--program", metavar="NAME", help="Payouts that hold this program.")]
OfPayee = Annotated[str | None, typer.Option("--payee", metavar="ID", help="Payouts of this payee.")]
_OPTIONS: dict[str, Any] = {
    "program": OfProgram,
    "payee": OfPayee,
    "status": Annotated[
        str | None,
        typer.Option("--status", metavar="STATUS", help="draft, in_review, approved, exported, paid, rejected, …"),
    ],
    "period": Annotated[str | None, typer.Option("--period", metavar="PERIOD", help="Of this payout period: 2026-11.")],
    "at_least": Annotated[
        Decimal | None, typer.Option("--min", parser=_amount, metavar="AMOUNT", help="Of this amount or more.")
    ],
    "at_most": Annotated[
        Decimal | None, typer.Option("--max", parser=_amount, metavar="AMOUNT", help="Of this amount or less.")
    ],
}
_ALL = Annotated[bool, typer.Option("--all", help="Every payout that waits for it.")]


def by_status(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command(context, choice, …)` with ids and all options of a choice instead of `choice`."""
    return _with_options(command, {"ids": (_IDS, None), **{name: (kind, None) for name, kind in _OPTIONS.items()}})


def to_decide(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` as `by_status` does, with --all instead of --status: what waits for it is chosen."""
    options = {name: (kind, None) for name, kind in _OPTIONS.items() if name != "status"}
    return _with_options(command, {"ids": (_IDS, None), **options, "everything": (_ALL, False)})


def _with_options(command: Callable[..., None], chosen_by: dict[str, tuple[Any, Any]]) -> Callable[..., None]:
    @wraps(command)
    def chosen(context: typer.Context, **given: Any) -> None:  # noqa: ANN401 - the command names their types
        from pipelines.approval.approval_items import Choice

        asked = {name: given.pop(name) for name in chosen_by}
        command(context, Choice(**{**asked, "ids": tuple(asked["ids"] or ())}), **given)

    # Choice is loaded by the command that runs, not by --help: here its name is enough.
    hints = get_type_hints(command, localns={"Choice": object}, include_extras=True)
    own = [
        each.replace(annotation=hints[name])
        for name, each in inspect.signature(command).parameters.items()
        if name not in {"context", "choice"}
    ]
    keyword = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter(name, keyword, default=default, annotation=kind)
        for name, (kind, default) in chosen_by.items()
    ]
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    signature = inspect.Signature([context, *options, *own])
    # Typer reads both: the signature for the order and the defaults, the annotations for the types.
    chosen.__signature__ = signature  # type: ignore[attr-defined]
    chosen.__annotations__ = {name: each.annotation for name, each in signature.parameters.items()}
    return chosen
