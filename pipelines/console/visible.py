"""Text from outside, made visible: what a terminal would obey, or nobody could see, is written as its escape."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Control and format characters (escape sequences, turned direction, no width), lone surrogates, private use, ends."""
_LAST_OF_TWO, _LAST_OF_FOUR = 0xFF, 0xFFFF


class _Escapes(dict[int, str]):
    """The characters as they are shown, each looked up once."""

    def __init__(self, kept: str) -> None:
        super().__init__({ord(sign): sign for sign in kept})

    def __missing__(self, code: int) -> str:
        shown = escaped(chr(code)) if unicodedata.category(chr(code)) in _HIDDEN else chr(code)
        self[code] = shown
        return shown


def escaped(sign: str) -> str:
    """Return a character as its number: the escape that Python and, up to four digits, JSON read back."""
    code = ord(sign)
    if code <= _LAST_OF_TWO:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR else f"\\U{code:08x}"


_ON_ONE_LINE, _IN_LINES = _Escapes(""), _Escapes("\n")


def visible(text: str, *, in_lines: bool = False) -> str:
    r"""Return `text` with every hidden character as its escape, such as \x1b or \u202e; line ends too, unless asked."""
    return text if text.isascii() and text.isprintable() else text.translate(_IN_LINES if in_lines else _ON_ONE_LINE)


def is_visible(text: str) -> bool:
    """Return whether a text on one line holds nothing hidden."""
    return visible(text) == text


class _JsonEscapes(dict[int, str]):
    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        hidden = code > self._most or (unicodedata.category(sign) in _HIDDEN and sign != "\n")
        # JSON has escapes of four digits alone: what lies beyond is written as its two surrogates.
        units = sign.encode("utf-16-be", "surrogatepass")
        pairs = (units[n : n + 2].hex() for n in range(0, len(units), 2))
        shown = "".join(f"\\u{pair}" for pair in pairs) if hidden else sign
        self[code] = shown
        return shown


_IN_JSON, _IN_ASCII_JSON = _JsonEscapes(0x10FFFF), _JsonEscapes(0x7F)


def visible_json(text: str, encoding: str) -> str:
    """Return JSON that says exactly the same, its hidden characters and those `encoding` may lack as escapes."""
    if text.isascii() and "\x7f" not in text:
        return text
    return text.translate(_IN_JSON if encoding.lower().startswith("utf") else _IN_ASCII_JSON)
