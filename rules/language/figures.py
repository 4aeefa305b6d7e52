"""Figures: what an agreement counts, as the measure to which a rate applies or the qualifier of the tier."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, NamedTuple, TypeAlias

from pydantic import BeforeValidator, Field, InstanceOf, WithJsonSchema

from rules.language.clauses import Filter  # noqa: TC001  # pydantic reads it at run time
from rules.language.fields import Digits, Positive, Text, WhenMissing, mistake  # … and these
from rules.language.forms import Words
from rules.language.reading import Block, suggest
from rules.language.yaml_text import written

MeasureName: TypeAlias = Literal["revenue", "quantity", "orders", "transactions", "products"]
FigureName: TypeAlias = Literal["revenue", "quantity", "orders", "transactions", "products", "visits", "visit_score",
                                "constant"]  # fmt: skip
FigureKind: TypeAlias = Literal["plain", "growth_amount", "growth_percent", "target_percent", "share_percent"]
MissingPolicy: TypeAlias = Literal["skip", "zero", "value"]

MEASURES = Words(called={"sales": "revenue", "amount": "revenue", "units": "quantity", "rows": "transactions"})
PERCENTAGES = ("growth_percent", "target_percent", "share_percent")
"""The kinds of figure that are not amounts: they cannot be prorated, and no rate is a share of them."""

ONE_OF = {
    "orders": "order", "transactions": "transaction", "products": "product", "visits": "visit", "visit_score": "point",
}  # fmt: skip
"""The name of one unit of a figure, as in "0.50 per order"; for a quantity it is its unit."""

GROWTH = ("growth_amount", "growth_percent")
EXPRESSIONS = ("of", "growth_amount", "growth_percent", "target_percent", "share_percent", "visit_score", "visits",
               "constant")  # fmt: skip
"""The keys that state what is counted: exactly one of them is given."""

_BASELINES = ("previous_year", "previous_period", "dataset")
_SYNONYMS = {"last_year": "previous_year", "last_period": "previous_period", "data_set": "dataset"}
# Five years of months.
_MOST_PERIODS = 60


class Baseline(NamedTuple):
    """What growth is measured against; `periods` is the number of earlier periods of an average, otherwise 1."""

    kind: Literal["previous_year", "previous_period", "dataset", "average"]
    periods: int = 1


def _baseline(value: object) -> Baseline:
    """Return the baseline that a value means."""
    if isinstance(value, dict) and list(value) == ["average"]:
        return Baseline("average", _periods(value["average"]))
    if isinstance(value, dict | list):
        raise mistake(value, "write previous_year, previous_period, dataset or {average: {periods: 3}}")
    text = written(value)
    if text in _SYNONYMS:
        raise mistake(value, f"write {_SYNONYMS[text]!r} for it")
    if text not in _BASELINES:
        raise mistake(value, suggest(text, (*_BASELINES, "{average: {periods: 3}}")))
    return Baseline(text)  # type: ignore[arg-type]


def _periods(value: object) -> int:
    """Return the number of periods of an average."""
    periods = value.get("periods") if isinstance(value, dict) and list(value) == ["periods"] else None
    if isinstance(periods, bool) or not isinstance(periods, int) or not 1 <= periods <= _MOST_PERIODS:
        raise mistake(value, f"write {{average: {{periods: 3}}}}: a number of earlier periods, 1 to {_MOST_PERIODS}")
    return periods


BaselineText = Annotated[
    InstanceOf[Baseline],
    BeforeValidator(_baseline),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(_BASELINES)},
                {
                    "type": "object",
                    "properties": {
                        "average": {
                            "type": "object",
                            "properties": {"periods": {"type": "integer", "minimum": 1, "maximum": _MOST_PERIODS}},
                            "required": ["periods"],
                            "additionalProperties": False,
                        }
                    },
                    "required": ["average"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class Measure(Block):
    """What a rate is multiplied by: something counted, its growth, or its part of something larger."""

    shorthand: ClassVar[str | None] = "of"

    of: Annotated[MeasureName, MEASURES] | None = Field(None, description="the sum or count itself")
    growth_amount: Annotated[MeasureName, MEASURES] | None = Field(None, description="a figure less its baseline")
    growth_percent: Annotated[MeasureName, MEASURES] | None = Field(
        None, description="growth of a figure over its baseline, in percent"
    )
    target_percent: Annotated[MeasureName, MEASURES] | None = Field(
        None, description="a figure in percent of the member's target, from the targets data set"
    )
    share_percent: Annotated[MeasureName, MEASURES] | None = Field(
        None, description="a figure over these products, in percent of the same figure over those of `within`"
    )
    visit_score: Text | None = Field(
        None, description="mean attainment of a visit indicator, in percent of its target, over completed visits"
    )
    visits: Literal["completed"] | None = Field(None, description="the number of visits completed")
    constant: Positive | None = Field(None, description="the same figure for every member and period: a fixed fee")
    within: Filter | None = Field(None, description="share_percent: the products the share is taken of")
    baseline: BaselineText | None = Field(None, description="what growth is measured against")
    when_missing: WhenMissing | None = Field(
        None,
        description="what a missing, zero or negative baseline, target or whole means, or no visit with a score: skip, "
        "zero or {value: x}",
    )
    products: Filter | None = Field(None, description="the products that are counted, if not those of the rebate")
    unit: Text | None = Field(None, description="the unit quantities are counted in, if not that of the rebate")

    @property
    def kind(self) -> FigureKind:
        """Return whether the figure itself counts, its growth, or its percentage of a target or a whole."""
        kinds: tuple[FigureKind, ...] = ("growth_amount", "growth_percent", "target_percent", "share_percent")
        return next((kind for kind in kinds if getattr(self, kind)), "plain")

    @property
    def counted(self) -> FigureName:
        """Return what is summed or counted."""
        for special in ("visit_score", "visits", "constant"):
            if getattr(self, special) is not None:
                return special
        name = self.of or self.growth_amount or self.growth_percent or self.target_percent or self.share_percent
        assert name  # noqa: S101  # the loader refuses a figure without
        return name

    @property
    def missing_policy(self) -> MissingPolicy | None:
        """Return what is done without a baseline, target, whole or score; None for a figure that needs none."""
        if isinstance(self.when_missing, Decimal):
            return "value"
        return self.when_missing if self.when_missing in {"skip", "zero"} else None  # type: ignore[return-value]

    @property
    def missing_value(self) -> Decimal | None:
        """Return the figure to use where there is none, for the policy "value"."""
        return self.when_missing if isinstance(self.when_missing, Decimal) else None

    @property
    def is_money(self) -> bool:
        """Return whether the figure is an amount of money, so that a rate may be a share of it."""
        return self.counted == "revenue" and self.kind not in PERCENTAGES


class Qualifier(Measure):
    """What selects the tier: the measure, unless another figure is given."""

    round: Digits | None = Field(None, description="decimals the qualifier is rounded to before the tier is chosen")
