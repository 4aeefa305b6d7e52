"""The documents of the repository, and what they are made of: shell blocks, links, headings, names in backticks."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(cli.__file__).parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

FENCE = re.compile(r"^(?P<fence>```+)(?P<language>[^\n`]*)\n(?P<body>.*?)^(?P=fence)[ ]*$", re.DOTALL | re.MULTILINE)
CONSOLE = re.compile(r"^```console\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)

_HEREDOC = re.compile(r"<<'?(\w+)'?")
_CODE = re.compile(r"``(.+?)``|`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+?) *$", re.MULTILINE)


def name(document: Path) -> str:
    """Return how the document is called in the repository."""
    return document.relative_to(ROOT).as_posix()


def commands(block: str) -> Iterator[str]:
    """Yield what is typed in a console block, each command with the lines of its here-document."""
    lines = iter(block.splitlines())
    for line in lines:
        if not line.startswith("$ "):
            continue
        typed = [line.removeprefix("$ ")]
        if heredoc := _HEREDOC.search(line):
            for more in lines:
                typed.append(more)
                if more == heredoc[1]:
                    break
        yield "\n".join(typed)


def prose(text: str) -> str:
    """Return the text without its fenced blocks."""
    return FENCE.sub("", text)


def in_backticks(text: str) -> list[str]:
    """Return what stands in backticks outside of fenced blocks."""
    return [double or single for double, single in _CODE.findall(prose(text))]


def links(text: str) -> list[str]:
    """Return the targets of all links outside of fenced blocks and code."""
    return _LINK.findall(_CODE.sub("", prose(text)))


def anchors(text: str) -> set[str]:
    """Return the anchors of all headings, as GitHub makes them."""
    seen: Counter[str] = Counter()
    result = set()
    for heading in _HEADING.findall(prose(text)):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        result.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return result
