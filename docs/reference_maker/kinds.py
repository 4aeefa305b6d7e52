"""What a key may be, in words: from the type and the bounds that its model gives it."""

from __future__ import annotations

from decimal import Decimal
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from reference_maker.markdown import code, codes
from schemas.config_types import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_PLAIN = {str: "a text", bool: "true or false"}


def kind_of(field: FieldInfo) -> str:
    """Return what may be written for a key.

    Raises:
        LookupError: its type has no words yet: give it Written("…") beside its definition.
    """
    return _words(field.annotation, field.metadata)


def default_of(field: FieldInfo) -> str:
    """Return what holds where a key is left out."""
    if field.is_required():
        return "*required*"
    value = field.get_default(call_default_factory=True)
    if value in (None, (), {}) or isinstance(value, BaseModel):
        return "optional"
    if isinstance(value, bool):
        return f"default {code(str(value).lower())}"
    if isinstance(value, tuple):
        return f"default {codes([str(each) for each in value])}"
    return f"default {code(f'{value:.0%}' if isinstance(value, Decimal) else str(value))}"


def models_within(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401  # annotations are any object
    """Find the models in an annotation, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_within(argument)


def _words(annotation: Any, metadata: Sequence[object] = ()) -> str:  # noqa: ANN401  # annotations are any object
    said = next((item.words for item in metadata if isinstance(item, Written)), None)
    if said:
        return said
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(arguments[0], list(_flat(arguments[1:])))
    if origin in {Union, UnionType}:
        [inner] = [argument for argument in arguments if argument is not NoneType]
        return _words(inner, metadata)
    if origin in _OF_PARTS:
        return _OF_PARTS[origin](*arguments)
    return _whole(metadata) if annotation is int else _PLAIN.get(annotation) or _link(annotation)


_OF_PARTS: dict[object, Callable[..., str]] = {
    Literal: lambda *words: codes(words),
    tuple: lambda each, _: f"a list, each {_words(each)}",
    dict: lambda name, value: f"a mapping: {_words(name)}, each with {_words(value)}",
}


def _flat(metadata: Sequence[object]) -> Iterator[object]:
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else [item]


def _whole(metadata: Sequence[object]) -> str:
    least = next(item.ge for item in metadata if hasattr(item, "ge"))
    most = next((f"to {item.le}" for item in metadata if hasattr(item, "le")), "or more")
    return f"a whole number, {least} {most}"


def _link(annotation: Any) -> str:  # noqa: ANN401  # annotations are any object
    if not list(models_within(annotation)):
        message = f"{annotation} has no words: give it Written(…) where it is defined"
        raise LookupError(message)
    return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
