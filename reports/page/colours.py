"""The brand's colour on a page: readable as text and as a background, whatever the colour is."""

from __future__ import annotations

import re
from dataclasses import dataclass

INK = "#17212b"
WHITE = "#ffffff"
READABLE = 4.5
"""The least contrast of text, by WCAG 2.2, success criterion 1.4.3."""

VISIBLE = 3.0
"""The least contrast of a graphic, by WCAG 2.2, success criterion 1.4.11."""


@dataclass(frozen=True)
class Palette:
    """The colours of a page derived from one, #rrggbb.

    Raises:
        ValueError: it is not a colour of that form, and so might be any text.
    """

    brand: str

    def __post_init__(self) -> None:
        """Refuse whatever might end the declaration in the style sheet and begin another."""
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.brand):
            message = f"not a colour: {self.brand!r}"
            raise ValueError(message)

    @property
    def colours(self) -> dict[str, str]:
        """Return the colours by what they are for: `brand`, and on white `text` and `mark`; `on_brand` on the brand."""
        on_white = contrast(self.brand, WHITE)
        return {
            "brand": self.brand,
            "on_brand": WHITE if on_white >= READABLE else INK,
            "text": self.brand if on_white >= READABLE else INK,
            "mark": self.brand if on_white >= VISIBLE else INK,
        }

    @property
    def declarations(self) -> str:
        """Return the colours as CSS variables."""
        of = self.colours
        return f"--brand:{of['brand']};--on-brand:{of['on_brand']};--brand-text:{of['text']};--mark:{of['mark']}"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG, from 1 to 21."""
    # Formula and constants of WCAG 2.2: contrast ratio and relative luminance of sRGB.
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    low = 0.04045
    return channel / 12.92 if channel <= low else ((channel + 0.055) / 1.055) ** 2.4
