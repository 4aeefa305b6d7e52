"""How the fields of models are read from a file: their keys, and the form of each value; worked out once a model."""

from __future__ import annotations

from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping


class Words:
    """Metadata of a field of words: their synonyms elsewhere."""

    def __init__(self, *, called: Mapping[str, str] | None = None) -> None:
        """Record the synonyms, each with the word to write instead."""
        self.called = dict(called or {})


def is_model(annotation: Any) -> bool:  # noqa: ANN401  # annotations are any object
    """Return whether an annotation is a model."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


@cache
def keys_of(model: type[BaseModel]) -> Mapping[str, str]:
    """Return the fields of a model by the key that is written for each."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


@cache
def _type_of(model: type[BaseModel], name: str) -> tuple[Any, tuple[Any, ...]]:
    """Return a field's type and metadata, without `| None`: that means the key is optional, not that it may be null."""
    field = model.model_fields[name]
    annotation, metadata = field.annotation, tuple(field.metadata)
    if get_origin(annotation) in {Union, UnionType}:
        rest = [argument for argument in get_args(annotation) if argument is not NoneType]
        annotation = rest[0] if len(rest) == 1 else annotation
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        metadata = (*more, *metadata)
    return annotation, metadata


@cache
def form_of(model: type[BaseModel], name: str) -> tuple[str, Any]:
    """Return how a field is read, and what is needed for it; cached, since every value of every file asks."""
    annotation, metadata = _type_of(model, name)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if is_model(annotation):
        return "block", annotation
    if origin is tuple and is_model(arguments[0]):
        return "list", arguments[0]
    if origin is dict and is_model(arguments[1]):
        return "mapping", arguments
    if origin is Literal:
        return "words", (next((item for item in metadata if isinstance(item, Words)), Words()), arguments)
    return "leaf", _adapter(model, name)


@cache
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    """Return the validator of one field; cached, since making one takes longer than using it."""
    annotation, metadata = _type_of(model, name)
    return adapter_of(Annotated[annotation, *metadata] if metadata else annotation)


@cache
def adapter_of(annotation: Any) -> TypeAdapter[Any]:  # noqa: ANN401  # annotations are any object
    """Return the validator of a type."""
    return TypeAdapter(annotation)
