"""The model of an action plan template: who is visited how often, what is to be done there, and what is measured."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, PrivateAttr, WithJsonSchema

from rules.language.clauses import Effective, Filter, Title  # noqa: TC001  # pydantic reads them at run time
from rules.language.fields import Flag, Slug, Text, mistake
from rules.language.forms import Words
from rules.language.reading import Block
from rules.language.yaml_text import written
from rules.visits.formulas import Formula, read_formula

Context: TypeAlias = Literal["account", "product", "order", "plan", "asset"]
Kind: TypeAlias = Literal["number", "percent", "boolean", "date", "text"]
Direction: TypeAlias = Annotated[
    Literal["at_least", "at_most", "exactly"],
    Words(called={"higher": "at_least", "min": "at_least", "lower": "at_most", "max": "at_most", "equal": "exactly"}),
]
NUMBERS = ("number", "percent")
"""Kinds of indicators that are reckoned with."""

_LONGEST_VISIT = 12 * 60
_LONGEST_ROUND = 366
_MOST_PRODUCTS = 20


def _whole(value: object, most: int, what: str) -> int:
    # True is an int in Python.
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise mistake(value, f"write {what}, 1 to {most}")
    return value


def _target(value: object) -> str:
    """Return a target as text: a number, true or false, a day, or a formula."""
    if isinstance(value, dict | list) or value is None:
        raise mistake(value, "write a number, true, a day, or a formula such as quantity_30d * 0.5")
    return written(value).strip()


def _schema(most: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": 1, "maximum": most})


Minutes = Annotated[
    int, BeforeValidator(lambda value: _whole(value, _LONGEST_VISIT, "minutes")), _schema(_LONGEST_VISIT)
]
Days = Annotated[
    int, BeforeValidator(lambda value: _whole(value, _LONGEST_ROUND, "a number of days")), _schema(_LONGEST_ROUND)
]
Products = Annotated[
    int, BeforeValidator(lambda value: _whole(value, _MOST_PRODUCTS, "a number of products")), _schema(_MOST_PRODUCTS)
]
Target = Annotated[
    str, BeforeValidator(_target), WithJsonSchema({"type": ["string", "number", "boolean"], "minLength": 1})
]


class Cadence(Block):
    """How often members are visited: the first entry that a member matches counts."""

    shorthand: ClassVar[str | None] = "every"

    members: Filter | None = Field(None, description="which members, such as those of a rank; all, unless said")
    every: Days = Field(description="days from one visit to the next at most")


class TaskPlan(Block):
    """A task of the visit."""

    id: Slug = Field(alias="task", description="its id, unique in the template")
    title: Title = Field(description="what is to be done")
    required: Flag = Field(default=True, description="whether the visit is incomplete without it")
    context: Context = Field("account", description="what it is about: account, product, order, plan or asset")


class IndicatorPlan(Block):
    """What is measured at the visit, and what is aimed at."""

    id: Text = Field(alias="indicator", description="its name, as in the extract of indicators")
    title: Title = Field(description="what is asked")
    kind: Kind = Field(description="how it is written: number, percent, boolean, date or text")
    unit: Text | None = Field(None, description="what it is counted in")
    direction: Direction = Field("at_least", description="when it is met: at_least, at_most or exactly the target")
    target: Target | None = Field(
        None, description="what is aimed at: a number, true, a day, or a formula such as quantity_30d * 0.5"
    )
    top_products: Products | None = Field(
        None, description="measured for so many of the products that the member bought most of; figures are theirs"
    )
    stock: Flag = Field(default=False, description="true: a count of stock, compared with what was bought since")

    @property
    def formula(self) -> Formula | None:
        """Return its target as a formula; None where it is none, or not a number."""
        if self.target is None or self.kind not in NUMBERS:
            return None
        found = read_formula(self.target)
        return found if isinstance(found, Formula) else None


class Template(Block):
    """An action plan template: one file. Several files may have one id, for different days."""

    id: Slug = Field(alias="template", description="its id, which visits name as their visit_type")
    title: Title = Field(description="what people call it")
    effective: Effective = Field(description="the days it holds: {from: 2026-01-01, to: 2026-12-31}")
    members: Filter = Field(description="who is visited")
    skills: tuple[Text, ...] = Field((), description="what the rep must be able to do")
    duration: Minutes = Field(description="minutes a visit takes")
    frequency: tuple[Cadence, ...] = Field(description="how often, by kind of member; the first that fits counts")
    tasks: tuple[TaskPlan, ...] = Field((), description="the tasks, in order")
    indicators: tuple[IndicatorPlan, ...] = Field((), description="what is measured, in order")

    _file: str = PrivateAttr("")

    def read_from(self, file: str) -> Self:
        """Record the file from which it was read; returns the template itself."""
        self._file = file
        return self

    @property
    def file(self) -> str:
        """Return the file from which it was read."""
        return self._file
