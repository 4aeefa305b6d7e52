"""Filters in normal form: their values written as the workspace writes the data they are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from rules.language.clauses import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rules.language.model import Program

    Normal = Callable[[str, str, str], str]
    """Data set, column and value, as an author writes it, to the value as the data has it."""

B = TypeVar("B", bound=BaseModel)

_DATA_SETS = {"members": "members", "products": "products", "within": "products", "transactions": "transactions"}
"""The data set that a filter is about, by the key it stands under."""


def with_normal_filters(program: Program, normal: Normal) -> Program:
    """Return `program` with every value of its filters in normal form; its text stays as it is."""
    return _within(program, normal)


def _within(block: B, normal: Normal) -> B:
    changed: dict[str, Any] = {}
    for key, value in block:
        if isinstance(value, Filter):
            changed[key] = _filter(value, _DATA_SETS[key], normal)
        elif isinstance(value, BaseModel):
            changed[key] = _within(value, normal)
        elif isinstance(value, dict):
            parts = value.items()
            changed[key] = {
                name: _within(part, normal) if isinstance(part, BaseModel) else part for name, part in parts
            }
        if key in changed and changed[key] is value:
            del changed[key]
    # Most blocks hold no filter: they stay the objects they are.
    return block.model_copy(update=changed) if changed else block


def _filter(condition: Filter, data_set: str, normal: Normal) -> Filter:
    def entries(written: tuple[Mapping[str, Any], ...] | None) -> Any:  # noqa: ANN401 - the type of an entry is pydantic's
        if written is None:
            return None
        return tuple(
            {column: tuple(normal(data_set, column, value) for value in values) for column, values in entry.items()}
            for entry in written
        )

    return condition.model_copy(update={"include": entries(condition.include), "exclude": entries(condition.exclude)})
