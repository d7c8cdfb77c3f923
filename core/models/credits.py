"""Credits, counted in hundredths: prices such as 3.24 credits stay exact in whole numbers."""

import re

from core.text import Credits, Renderable, plural, text

HUNDREDTHS = 100
"""Hundredths in a credit."""
_TYPED = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,16})(?:[.,](?P<part>[0-9]{1,2}))?")


def typed(word: str) -> int | None:
    """Return the hundredths in a number of credits as people type it ("60", "3.24", "-0,8"); None for other words."""
    match = _TYPED.fullmatch(word)
    if not match:
        return None
    hundredths = int(match["whole"]) * HUNDREDTHS + int((match["part"] or "").ljust(2, "0"))
    return -hundredths if match["sign"] == "-" else hundredths


def shown(hundredths: int) -> str:
    """Return hundredths as credits, for logs and reports: "6", "3.24", "0.8"."""
    sign, (whole, part) = "-" if hundredths < 0 else "", divmod(abs(hundredths), HUNDREDTHS)
    return f"{sign}{whole}" + (f".{part:02}".rstrip("0") if part else "")


def in_words(hundredths: int) -> Renderable:
    """Return hundredths as credits in words: "1 credit", "3.24 credits"."""
    if hundredths % HUNDREDTHS:
        return text("{credits} credits", credits=Credits(hundredths))
    return plural("{count} credit", "{count} credits", hundredths // HUNDREDTHS)
