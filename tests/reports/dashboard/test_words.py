"""The words of the dashboard: page and script name those that there are, and say nothing else."""

from __future__ import annotations

import re

from reports.dashboard.words import words_of
from reports.page.language import Language
from reports.page.page import read_resource

WORDS = words_of(Language("en", {}))
SCRIPT, PAGE = read_resource("dashboard.js"), read_resource("dashboard.html.j2")
OF_COLUMNS = re.compile(r'bars\([^"]*"\w+", "(\w+)", "(\w+)"')


def test_script_and_page_use_the_words_that_there_are() -> None:
    used = {*re.findall(r"words\.(\w+)", SCRIPT + PAGE), *re.findall(r'say\("(\w+)"', SCRIPT)}
    of_columns = {name for found in OF_COLUMNS.findall(SCRIPT) for name in found}
    also = {name for found in re.findall(r"also: \[([^]]+)\]", SCRIPT) for name in re.findall(r"\w+", found)}
    heads = set(re.findall(r'head: "(\w+)"', SCRIPT))
    assert used <= set(WORDS)
    assert (of_columns - {"what"}) | also | heads | {"share"} <= set(WORDS)
    assert set(WORDS) <= used | of_columns | also | heads | {"share"}


def test_they_hold_no_sentence_of_their_own() -> None:
    commands = re.sub(r"""["`]rebatch [^"`]*["`]|"(?:use strict|all others|both alone)"(?#)""", "", SCRIPT)
    assert not [text for text in re.findall(r'["`]([^"`$<>{}]*)["`]', commands) if re.fullmatch(r"\w+( \w+)+", text)]
    shown = re.sub(r"\{[{%].*?[}%]\}|<(style|script).*?</\1>", "", PAGE, flags=re.DOTALL)
    assert not [text for text in re.findall(r">([^<]+)<", shown) if re.search("[A-Za-z]", text)]
