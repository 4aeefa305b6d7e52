"""YAML nodes: a text as it is nested, without asking what its plain scalars may mean in YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tag import Tag

if TYPE_CHECKING:
    from collections.abc import Mapping

_NATURAL: Mapping[type[Node], Tag] = {
    kind: Tag(suffix=f"tag:yaml.org,2002:{name}")
    for kind, name in ((ScalarNode, "str"), (SequenceNode, "seq"), (MappingNode, "map"))
}
"""The tag of a node that is written without one."""


class _Untyped(VersionedResolver):
    """Takes every plain scalar for text: asking what else it may be takes longer than reading it."""

    def resolve(self, kind: type[Node], _value: object, _implicit: object) -> Tag:
        return _NATURAL[kind]

    def descend_resolver(self, _node: object, _index: object) -> None:
        """Do nothing: what a node is does not depend on where it stands."""

    def ascend_resolver(self) -> None:
        """Do nothing, as there."""


class _Reader(YAML):
    """Reads without plug-ins: looking for them in the package's folder takes longer than reading a rule file."""

    def official_plug_ins(self) -> list[str]:
        """Return none."""
        return []


def compose(text: str) -> Node | None:
    """Return the top node of a text; None if it is empty.

    Raises:
        YAMLError: it is not YAML.
    """
    reader = _Reader(typ="safe")
    reader.Resolver = _Untyped
    node: Node | None = reader.compose(text)
    return node


def is_untagged(node: Node) -> bool:
    """Return whether a node is written without a tag."""
    return node.ctag is _NATURAL[type(node)]
