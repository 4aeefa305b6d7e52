"""The catalogue: every data set, in the order in which they are loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.baselines import Baselines
from schemas.enrolments import Enrolments
from schemas.fx_rates import FxRates
from schemas.hierarchy import Hierarchy
from schemas.locations import Locations
from schemas.members import Members
from schemas.payments import Payments
from schemas.products import Products
from schemas.reps import Reps
from schemas.targets import Targets
from schemas.transactions import Transactions
from schemas.unit_conversions import UnitConversions
from schemas.visit_evidence import VisitEvidence
from schemas.visit_kpis import VisitKpis
from schemas.visit_tasks import VisitTasks
from schemas.visits import Visits

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandera.polars as pa
    import polars as pl


@dataclass(frozen=True)
class Column:
    """One column of a data set, as its model declares it."""

    name: str
    dtype: pl.DataType
    nullable: bool
    description: str
    example: str
    """A value of it, as an extract may write it."""
    case: str | None
    """`lower` or `upper`: the case in which its text is stored."""
    empty_word: str | None
    """A word that says the same as an empty cell."""


def _instance(dtype: pl.DataType | type[pl.DataType]) -> pl.DataType:
    return dtype() if isinstance(dtype, type) else dtype


@dataclass(frozen=True)
class DataSet:
    """A kind of extract: its model, and what the model cannot state.

    `key`: the columns that identify a row within a source. `required`: a run needs a file of it, where there is a
    source of it. `ids`: text that is compared
    after the workspace's normalisation. `money`: the column whose sums prove that nothing was lost. `references`:
    column → data set in whose first key column its values must be found. `blocks`: whether a broken extract of it stops
    the run.
    """

    name: str
    model: type[pa.DataFrameModel]
    key: tuple[str, ...]
    required: bool = False
    ids: tuple[str, ...] = ()
    money: str | None = None
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    blocks: bool = True

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns of the model, in its order."""
        return tuple(
            Column(
                name=name,
                dtype=_instance(column.dtype.type),
                nullable=column.nullable,
                description=column.description or "",
                example=(column.metadata or {}).get("example", ""),
                case=(column.metadata or {}).get("case"),
                empty_word=(column.metadata or {}).get("empty_word"),
            )
            for name, column in self.model.to_schema().columns.items()
        )

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Return the data sets without which none of its rows can be loaded: those that every row refers to."""
        filled = {column.name for column in self.columns if not column.nullable}
        return tuple(dict.fromkeys(other for name, other in self.references.items() if name in filled))

    @property
    def has_receipt(self) -> bool:
        """Return whether its rows state when they became known, so that a superseded version has a day of its end."""
        return any(column.name == "received_on" for column in self.columns)


_MEMBER: Mapping[str, str] = MappingProxyType({"member_id": "members"})

_ALL = (
    # Load order: a data set comes after those it refers to, so that references are checked when it is loaded.
    DataSet(
        "members",
        Members,
        ("member_id", "valid_from"),
        required=True,
        ids=("member_id", "parent_id", "payee_id"),
        references=MappingProxyType({"parent_id": "members", "payee_id": "members"}),
    ),
    DataSet(
        "hierarchy",
        Hierarchy,
        ("member_id", "level", "valid_from"),
        ids=("member_id", "parent_id"),
        references=MappingProxyType({"member_id": "members", "parent_id": "members"}),
    ),
    DataSet("enrolments", Enrolments, ("program", "member_id", "valid_from"), ids=("member_id",), references=_MEMBER),
    DataSet("products", Products, ("product_id", "valid_from"), required=True, ids=("product_id",)),
    DataSet(
        "unit_conversions",
        UnitConversions,
        ("product_id", "from_unit", "to_unit"),
        ids=("product_id",),
        references=MappingProxyType({"product_id": "products"}),
    ),
    DataSet("fx_rates", FxRates, ("from_currency", "to_currency", "rate_date")),
    DataSet(
        "transactions",
        Transactions,
        ("transaction_id",),
        required=True,
        ids=("transaction_id", "member_id", "product_id", "order_id", "original_id"),
        money="amount",
        references=MappingProxyType({"member_id": "members", "product_id": "products"}),
    ),
    DataSet("targets", Targets, ("program", "rebate", "member_id", "period"), ids=("member_id",), references=_MEMBER),
    DataSet(
        "baselines", Baselines, ("program", "rebate", "member_id", "period"), ids=("member_id",), references=_MEMBER
    ),
    DataSet("reps", Reps, ("rep_id", "valid_from"), ids=("rep_id",), blocks=False),
    DataSet(
        "locations",
        Locations,
        ("location_id",),
        ids=("location_id", "member_id"),
        references=_MEMBER,
        blocks=False,
    ),
    # Its rep and place are not references: a visit counts, and may be paid for, before the lists of both are loaded.
    DataSet(
        "visits",
        Visits,
        ("visit_id",),
        ids=("visit_id", "member_id", "rep_id", "parent_visit_id", "location_id"),
        references=_MEMBER,
        blocks=False,
    ),
    DataSet(
        "visit_tasks",
        VisitTasks,
        ("visit_id", "task_id"),
        ids=("visit_id", "task_id", "context_id"),
        references=MappingProxyType({"visit_id": "visits"}),
        blocks=False,
    ),
    DataSet(
        "visit_kpis",
        VisitKpis,
        ("visit_id", "kpi", "product_id"),
        ids=("visit_id", "product_id"),
        references=MappingProxyType({"visit_id": "visits", "product_id": "products"}),
        blocks=False,
    ),
    DataSet(
        "visit_evidence",
        VisitEvidence,
        ("visit_id", "task_id", "file"),
        ids=("visit_id", "task_id"),
        references=MappingProxyType({"visit_id": "visits"}),
        blocks=False,
    ),
    DataSet("payments", Payments, ("payout_id", "reference"), ids=("payout_id",), money="amount"),
)

DATA_SETS: Mapping[str, DataSet] = MappingProxyType({data_set.name: data_set for data_set in _ALL})
"""Every data set by its name, in load order."""

ALWAYS_NEEDED = ("members",)
"""What every workspace has a source of: whom its programs are for."""

BOOKKEEPING = ("source", "row_key", "load_seq", "line", "superseded_seq", "superseded_on")
"""The columns that every table of a data set has besides its own (superseded_on: transactions only)."""

RESERVED_PREFIX = "rebatch_"
"""The prefix of the columns in a corrected rejects file that belong to Rebatch and not to the extract."""
