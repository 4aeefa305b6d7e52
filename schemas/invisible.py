"""Characters that nobody sees: two texts that differ in them alone look the same on paper and on a screen."""

from __future__ import annotations

INVISIBLE = (
    r"[\p{Cf}\x{034F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180D}\x{180F}"
    r"\x{2800}\x{3164}\x{FE00}-\x{FE0F}\x{FFA0}]"
)
"""One of them, as a pattern of DuckDB and Polars alike.

Format characters (zero-width, direction marks, soft hyphen), and of other categories what Unicode draws as nothing: the
joiner U+034F, Hangul fillers, Khmer inherent vowels, variation selectors, the blank of Braille. Source: Unicode,
Default_Ignorable_Code_Point.
"""
