"""Templates of pages: they hold no words of their own, and print nothing that Jinja takes for a value of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reports

PAGES = sorted(Path(reports.__file__).parent.glob("templates/*.html.j2"))
SPOKEN = r'(?:aria-label|alt|title|placeholder)="([^"]*)"'


@pytest.mark.parametrize("template", PAGES, ids=lambda path: path.name)
def test_a_template_holds_no_words_of_its_own(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.findall(r"\{\{\s*(?:none|true|false)\b", text, flags=re.IGNORECASE)
    plain = re.sub(r"\{[{%#].*?[}%#]\}|<(style|script).*?</\1>", "", text, flags=re.DOTALL)
    said = [*re.findall(r">([^<]+)<", plain), *re.findall(SPOKEN, plain)]
    assert [each for each in said if re.search("[A-Za-z]{2}", each)] == []
