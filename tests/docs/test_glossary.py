"""Glossary: some thirty words, a sentence each, in order, and each a name that the code uses."""

from __future__ import annotations

import io
import re
import tokenize

from tests.docs.documents import ROOT

ENTRY = re.compile(r"^- \*\*([a-z -]+)\*\*: (.+)$", re.MULTILINE)
ENTRIES = dict(ENTRY.findall((ROOT / "docs" / "explanation" / "glossary.md").read_text(encoding="utf-8")))


def _names() -> set[str]:
    """Return every name that the code gives, and every text in it that is one, such as the name of a column."""
    found = set()
    for folder in ("pipelines", "rules", "reports", "schemas"):
        for file in (ROOT / folder).rglob("*.py"):
            for token in tokenize.generate_tokens(io.StringIO(file.read_text(encoding="utf-8")).readline):
                text = token.string.strip("\"'")
                if token.type in (tokenize.NAME, tokenize.STRING) and re.fullmatch(r"\w+", text):
                    found.add(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower())
    return found


def test_it_is_about_thirty_words_in_order() -> None:
    assert 30 <= len(ENTRIES) <= 45
    assert list(ENTRIES) == sorted(ENTRIES)


def test_every_word_is_told_in_one_sentence() -> None:
    for word, meaning in ENTRIES.items():
        assert meaning.endswith("."), word
        assert ". " not in meaning, word


def test_every_word_is_a_name_in_the_code() -> None:
    names = {f"_{name.strip('_')}_" for name in _names()}
    for word in ENTRIES:
        name = re.sub("[ -]", "_", word)
        assert any(f"_{name}_" in other or f"_{name}s_" in other for other in names), word
