"""Suspect rows: those that the model of their data set may refuse, found by a query; only they are validated by it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipelines.warehouse.quoting import literal, quoted
from schemas.checks import BOOLEAN, DATE, NUMBER
from schemas.transactions import NEGATIVE_TYPES, POSITIVE_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandera as pa

    from schemas.catalogue import DataSet

_NEGATIVE, _POSITIVE = (", ".join(map(literal, types)) for types in (NEGATIVE_TYPES, POSITIVE_TYPES))
_SIGN = f'"type" IN ({_NEGATIVE}) AND {{0}} > 0 OR "type" IN ({_POSITIVE}) AND {{0}} < 0'
_FORMS = (("IN ('number', 'percent')", NUMBER), ("= 'boolean'", BOOLEAN), ("= 'date'", DATE))


def _of_another_kind(column: str) -> str:
    """Return the SQL condition that an indicator's `column` is not written as its kind says."""
    refused = (f"kind {kinds} AND NOT regexp_matches({column}, {literal(form)})" for kinds, form in _FORMS)
    return " OR ".join(refused)


_ROW_CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "future_date:activity_date": '"activity_date" > "received_on"',
        "sign:amount": _SIGN.format('"amount"'),
        "sign:quantity": _SIGN.format('"quantity"'),
        "dates_order:valid_to": '"valid_from" > "valid_to"',
        "dates_order:planned_end": '"planned_start" > "planned_end"',
        "dates_order:actual_end": '"actual_start" > "actual_end"',
        "kind:target": _of_another_kind("target"),
        "kind:actual": _of_another_kind("actual"),
    }
)
"""What a check of whole rows refuses, by its name in the model."""

_BOUNDS = MappingProxyType(
    {
        "greater_than": ("<=", "min_value"),
        "greater_than_or_equal_to": ("<", "min_value"),
        "less_than": (">=", "max_value"),
        "less_than_or_equal_to": (">", "max_value"),
    }
)


def is_suspect(data_set: DataSet) -> str:
    """Return the SQL condition for the rows of `data_set` that its model may refuse.

    A row for which it is false passes every check. One that is not known here makes every row suspect.
    """
    schema = data_set.model.to_schema()
    conditions = [_ROW_CHECKS.get(str(check.error), "true") for check in schema.checks]
    for name, column in schema.columns.items():
        conditions += [] if column.nullable else [f"{quoted(name)} IS NULL"]
        conditions += [_refused(name, check) for check in column.checks]
    # What is unknown because a value is missing is no fault: that a value is missing is one of its own.
    return f"COALESCE({' OR '.join(f'({condition})' for condition in conditions)}, false)" if conditions else "false"


def _refused(name: str, check: pa.Check) -> str:
    """Return the SQL condition that `check` refuses the value of a column, or may."""
    statistics: dict[str, Any] = check.statistics or {}
    if check.name is not None and check.name in _BOUNDS:
        sign, bound = _BOUNDS[check.name]
        return f"{quoted(name)} {sign} {_value(statistics[bound])}"
    if check.name == "isin":
        return f"{quoted(name)} NOT IN ({', '.join(map(_value, statistics['allowed_values']))})"
    if check.name == "str_matches":
        return f"NOT regexp_matches({quoted(name)}, {literal(statistics['pattern'])})"
    return "true"


def _value(value: object) -> str:
    if isinstance(value, date):
        return f"DATE {literal(value.isoformat())}"
    return str(value) if isinstance(value, int | Decimal) else literal(str(value))
