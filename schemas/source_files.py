"""Where the files of a source lie, and where in them the table and its columns are."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import unquote

from pydantic import AfterValidator, Field, field_validator, model_validator

from schemas.catalogue import BOOKKEEPING, DATA_SETS, RESERVED_PREFIX
from schemas.config_types import Encoding, Name, Part, Percentage, Text, Written, inside_workspace

PATH_COLUMN = re.compile(r"\{([^{}]*)\}")
"""A part of a path that stands for the values of a column."""

REFUSE, LAST = "refuse", "last"
"""What a source may say of repeated keys without naming a column."""

_MATCHED = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"  # what Spark and Hive write for an empty value
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _with_columns(path: str) -> str:
    named = PATH_COLUMN.findall(path)
    if any(_NAME.fullmatch(name) is None for name in named) or len(set(named)) < len(named):
        message = "write each name of a column in the path once, in small letters, such as {activity_date}"
        raise ValueError(message)
    if re.search(r"[{}]", PATH_COLUMN.sub("", path)):
        message = "close the braces: {activity_date} stands for the values of a column"
        raise ValueError(message)
    return inside_workspace(path)


SourcePath = Annotated[str, AfterValidator(_with_columns), Written("a path below the workspace, with forward slashes")]
LineCount = Annotated[int, Field(ge=1, le=1000, strict=True)]
Footer = Annotated[
    dict[Name, Text] | LineCount,
    Written("a mapping of a column to the text that marks such a line, or how many lines at the end"),
]
"""How the lines below the rows of a CSV file are told from rows."""


class SourceFiles(Part):
    """Where extracts of one data set lie, and how they are written."""

    data_set: Annotated[str, Written("a [data set](data-sets.md)")] = Field(
        description="what the files hold", examples=["transactions"]
    )
    source: Name = Field(
        default="main",
        description="its name, which tells it from another source of the same data set: ids are known within it",
        examples=["erp"],
    )
    path: SourcePath = Field(
        description="where the files lie; * stands for any part of a name, and {activity_date} for one that holds the "
        "values of a column, as folders of Spark do (sales/day={activity_date}/*.parquet)",
        examples=["extracts/sales-*.csv"],
    )
    format: Literal["csv", "parquet"] = Field(description="what they are", examples=["csv"])
    optional: bool | None = Field(
        default=None,
        description="whether it is fine that no file is there; if not stated: where a run can do without the data set",
        examples=[True],
    )
    delivery: Literal["additive", "snapshot"] = Field(
        default="additive",
        description="what a file is: some rows more (`additive`), or everything there is (`snapshot`): a row that is "
        "missing from the newest file then ends with it",
        examples=["snapshot"],
    )
    max_withdrawn: Percentage | None = Field(
        default=None,
        description="the workspace's `max_withdrawn`, where this source needs another",
        examples=["50%"],
    )
    encoding: Encoding = Field(default="utf-8", description="character set of CSV", examples=["cp932"])
    delimiter: Annotated[str, Written("one character, neither letter, digit nor quote")] = Field(
        default=",",
        pattern=r'^[^"\r\n\x00a-zA-Z0-9]$',
        description="what stands between the values of CSV",
        examples=[";"],
    )
    escape: Literal["backslash", "none"] = Field(
        default="none",
        description="what stands before a quote inside a quoted value of CSV, as Spark writes it; without it, such a "
        "quote is written twice",
        examples=["backslash"],
    )
    skip_lines: LineCount | None = Field(
        default=None, description="how many lines of CSV stand above the header, such as a title", examples=[2]
    )
    footer: Footer | None = Field(
        default=None,
        description="how lines below the rows of CSV are told from rows; the figures in them must be the sums",
        examples=[{"unit": "Total"}],
    )
    final_line_end: Literal["required", "optional"] = Field(
        default="required",
        description="whether the last line of CSV must have a line end: a file without one may have been cut off",
        examples=["optional"],
    )
    columns: dict[Name, str] = Field(
        default_factory=dict,
        description="our name of a column, and the extract's name of it, where they differ",
        examples=[{"member_id": "dealer_no"}],
    )
    ignore: tuple[str, ...] = Field(
        default=(),
        description="columns of the extract that are left out; others that are not ours are kept for rule filters",
        examples=[["Remark"]],
    )
    constants: dict[Name, Text] = Field(
        default_factory=dict,
        description="columns that the extract lacks, with the value that holds for every row",
        examples=[{"currency": "USD"}],
    )
    key: tuple[Name, ...] = Field(
        default=(),
        description="columns that name a row together, instead of those of the data set; an id that is lacking is made "
        "of them",
        examples=[["order_id", "line_no"]],
    )

    repeated_keys: Annotated[str, Written("`refuse`, `last`, or the name of a column")] = Field(
        default=REFUSE,
        min_length=1,
        description="what becomes of rows of one file that have one key and say different things: all are refused "
        "(`refuse`); the one received last counts, and of those of one day the one that stands last (`last`); or the "
        "one with the highest number or day in the column named",
        examples=["last"],
    )

    @property
    def is_optional(self) -> bool:
        """Return whether a run goes on when no file matches."""
        return not DATA_SETS[self.data_set].required if self.optional is None else self.optional

    @property
    def path_columns(self) -> list[str]:
        """Return the names of the columns whose values stand in the path."""
        return PATH_COLUMN.findall(self.path)

    @property
    def pattern(self) -> str:
        """Return the path as a pattern for files, in which * stands for any part of a name."""
        return PATH_COLUMN.sub("*", self.path)

    def path_values(self, path: str) -> dict[str, str]:
        """Return the values of the columns that stand in `path`, as texts; empty where Spark writes that there is none.

        `path` is that of a file that the pattern matches.
        """
        if not self.path_columns:
            return {}
        parts = re.split(r"(\{[^{}]*\}|\*\*/|[*?])", self.path)
        exact = "".join(
            _MATCHED.get(part, f"(?P<{part[1:-1]}>[^/]*)" if part[:1] == "{" else re.escape(part)) for part in parts
        )
        found = re.fullmatch(exact, path)
        texts = found.groupdict() if found else {}
        return {name: "" if text == _NO_VALUE else unquote(text) for name, text in texts.items()}

    @field_validator("data_set")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in DATA_SETS:
            message = f"write one of {', '.join(DATA_SETS)}"
            raise ValueError(message)
        return value

    @field_validator("columns", "constants")
    @classmethod
    def _leaves_ours_alone(cls, value: dict[str, str]) -> dict[str, str]:
        taken = [name for name in value if name in BOOKKEEPING or name.startswith(RESERVED_PREFIX)]
        if taken:
            message = f"give {', '.join(taken)} another name: Rebatch keeps its books under this one"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _names_columns_once(self) -> SourceFiles:
        twice = sorted(self.columns.keys() & self.constants.keys())
        if twice:
            message = f"name {', '.join(twice)} under columns or under constants, not both"
            raise ValueError(message)
        if self.format != "csv" and (self.skip_lines or self.footer):
            message = "skip_lines: and footer: are for CSV: Parquet has neither lines nor a footer of text"
            raise ValueError(message)
        if isinstance(self.footer, dict) and len(self.footer) != 1:
            message = "footer: names one column and the text in it, such as {unit: Total}, or a number of lines"
            raise ValueError(message)
        return self
