"""From marked YAML to a model: every field is read by itself, so that one mistake never hides another."""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from rules.language.forms import adapter_of, form_of, keys_of
from rules.language.yaml_text import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from pydantic import GetJsonSchemaHandler, TypeAdapter
    from pydantic_core import CoreSchema, ErrorDetails

    from rules.language.forms import Words
    from rules.language.yaml_text import Marked, Path
    from schemas.errors import Problem

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class Block(BaseModel):
    """A mapping in a file written by people: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    shorthand: ClassVar[str | None] = None
    """The key for which a bare value stands, where one may be written instead of the mapping."""

    @model_validator(mode="before")
    @classmethod
    def _mapping_of(cls, value: object) -> object:
        """Return the mapping for which a bare value stands; any other value as it is."""
        is_written_out = cls.shorthand is None or isinstance(value, dict | list | cls)
        return value if is_written_out else {cls.shorthand: value}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the schema, which allows the bare value too where one stands for the mapping."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        if cls.shorthand is None:
            return schema
        return {"anyOf": [schema["properties"][cls.shorthand], schema]}


def read_model(model: type[M], marked: Marked) -> tuple[M | None, list[Problem]]:
    """Read `marked` as a `model`; returns what could be read, and everything that is wrong.

    If there are problems, a field that could not be read is None whatever its type says: such a draft serves further
    checks only.
    """
    if marked.value is None:
        return None, list(marked.problems)
    if issubclass(model, Block) and not marked.problems and not _has_gaps(marked.value):
        # At once, which takes a third of the time: only what is refused is walked, to tell all that is wrong with it.
        with suppress(ValidationError):
            return model.model_validate(marked.value, by_alias=True, by_name=False), []
    return walked(model, marked)


def walked(model: type[M], marked: Marked) -> tuple[M | None, list[Problem]]:
    """Return what `read_model` does, every field by itself."""
    walk = _Walk(marked)
    return walk.block(model, marked.value, ()), walk.problems


def _has_gaps(value: object) -> bool:
    """Return whether any key or entry is without a value, which a model would take for one that is not given."""
    if isinstance(value, dict):
        return any(map(_has_gaps, value.values()))
    return any(map(_has_gaps, value)) if isinstance(value, list) else value is None


def known(value: T) -> T | None:
    """Return a field of a draft as what it may be: None where it could not be read."""
    return value


def suggest(word: str, known: Iterable[str]) -> str:
    """Return what an unknown word may have meant, or all known words."""
    options = sorted(known)
    # difflib's own default: lower ones suggest words that have little in common.
    close = get_close_matches(word, options, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"use one of: {', '.join(options)}" if options else "load rows that have it first: there is no value yet"


class _Walk:
    def __init__(self, marked: Marked) -> None:
        self._marked = marked
        self.problems: list[Problem] = list(marked.problems)

    def block(self, model: type[M], value: object, path: Path) -> M | None:
        shorthand: str | None = getattr(model, "shorthand", None)
        if shorthand and not isinstance(value, dict | list):
            value = {shorthand: value}
        known = keys_of(model)
        if not isinstance(value, dict):
            self._refuse(
                path, f"{self._label(path)} is {describe(value)}", f"write a mapping with the keys {', '.join(known)}"
            )
            return None
        self._refuse_unknown(value, known, path)
        values: dict[str, Any] = {}
        for key, name in known.items():
            field = model.model_fields[name]
            if key in value:
                values[name] = self._field(model, name, value[key], (*path, key))
            elif field.is_required():
                what = f": {field.description}" if field.description else ""
                self._refuse(path, f"{self._label(path)} has no {key!r}", f"add {key!r}{what}")
                values[name] = None
        # Not validated as a whole: a draft with missing fields is wanted, so that later checks still run.
        return model.model_construct(**values)

    def _refuse_unknown(self, value: dict[str, object], known: Mapping[str, str], path: Path) -> None:
        for key in value:
            if key in known:
                continue
            if key.isdigit():
                found, todo = f"{key!r} stands alone, as after a comma in a number", "write numbers without separators"
            else:
                found, todo = f"{self._label(path)} has no key {key!r}", suggest(key, known)
            self.problems.append(self._marked.problem_at((*path, key), found, todo, at_key=True))

    def _field(self, model: type[BaseModel], name: str, value: object, path: Path) -> object:
        if value is None:
            self._refuse(path, f"{self._label(path)} is empty", "give it a value, or remove the key")
            return None
        kind, inner = form_of(model, name)
        if kind == "block":
            return self.block(inner, value, path)
        if kind == "list":
            return self._list(inner, value, path)
        if kind == "mapping":
            return self._mapping(inner, value, path)
        if kind == "words":
            words, options = inner
            return self._word(words, options, value, path)
        return self._leaf(inner, value, path)

    def _list(self, model: type[M], value: object, path: Path) -> tuple[M | None, ...] | None:
        if not isinstance(value, list):
            self._refuse(
                path, f"{self._label(path)} is {describe(value)}", "write a list: a line with a dash for each entry"
            )
            return None
        return tuple(self.block(model, item, (*path, position)) for position, item in enumerate(value))

    def _mapping(self, arguments: tuple[Any, ...], value: object, path: Path) -> dict[str, object] | None:
        if not isinstance(value, dict):
            self._refuse(path, f"{self._label(path)} is {describe(value)}", "write a mapping: a name for each entry")
            return None
        for key in value:
            self._leaf(adapter_of(arguments[0]), key, (*path, key))
        return {key: self.block(arguments[1], item, (*path, key)) for key, item in value.items()}

    def _word(self, words: Words, options: tuple[str, ...], value: object, path: Path) -> object:
        if value in options and isinstance(value, str):
            return value
        text = "" if isinstance(value, dict | list) else written(value)
        if isinstance(value, dict | list):
            self._refuse(path, f"{self._label(path)} is {describe(value)}", f"write one of: {', '.join(options)}")
        elif text in words.called:
            self._refuse(path, f"{self._label(path)} is {text!r}", f"write {words.called[text]!r} for it")
        else:
            self._refuse(path, f"{self._label(path)} is {text!r}", suggest(text, options))
        return None

    def _leaf(self, adapter: TypeAdapter[Any], value: object, path: Path) -> object:
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                where = (*path, *detail["loc"])
                self._refuse(where, *_explain(self._label(where), detail))
            return None

    def _refuse(self, path: Path, found: str, todo: str) -> None:
        self.problems.append(self._marked.problem_at(path, found, todo))

    def _label(self, path: Path) -> str:
        """Return the name of what stands at `path`, by the nearest key that is really written there."""
        while path and path not in self._marked.values:
            path = path[:-1]
        if not path:
            return "the file"
        return f"entry {path[-1] + 1} of {self._label(path[:-1])}" if isinstance(path[-1], int) else path[-1]


def describe(value: object) -> str:
    """Return a value in words, for a message."""
    if isinstance(value, dict | list):
        kind = "mapping" if isinstance(value, dict) else "list"
        return f"a {kind}" if value else f"an empty {kind}"
    return "empty" if value is None else repr(written(value))


def plain(number: Decimal) -> str:
    """Return a number as people write it, with separators and without trailing zeros."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _explain(label: str, detail: ErrorDetails) -> tuple[str, str]:
    """Return what pydantic found, and what to do about it."""
    context = detail.get("ctx", {})
    found = f"{label} is {context.get('found') or describe(detail['input'])}"
    if "todo" in context:
        return found, str(context["todo"])
    return found, _TODO.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")


_TODO = {
    "tuple_type": "write a list: square brackets around it, or a line with a dash for each entry",
    "list_type": "write a list: square brackets around it, or a line with a dash for each entry",
    "dict_type": "write a mapping: names and values, such as {region: NA}",
}
