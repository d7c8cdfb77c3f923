"""Styles to tap: their names in callback data, their titles, and the words that ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.text import Text, text


@dataclass(frozen=True, slots=True)
class Style:
    """A style; `words` is the prompt of an edit, in English, which the image API understands best."""

    title: Text
    words: str


STYLES: Mapping[str, Style] = {
    "water": Style(text("💧 Watercolor"), "turn it into a loose watercolor painting on textured paper"),
    "oil": Style(text("🖼 Oil painting"), "turn it into an oil painting with visible brush strokes"),
    "pencil": Style(text("✏️ Pencil"), "turn it into a detailed pencil sketch on white paper"),
    "anime": Style(text("🌸 Anime"), "turn it into an anime scene with clean lines and soft colors"),
    "comic": Style(text("💥 Comic"), "turn it into a comic book panel with bold ink lines and halftone dots"),
    "pixel": Style(text("👾 Pixel art"), "turn it into 16-bit pixel art"),
    "clay": Style(text("🧸 Clay"), "turn it into a clay figure scene, soft studio light"),
    "neon": Style(text("🌃 Neon"), "turn it into a night scene lit by neon lights"),
    "vintage": Style(text("📷 Old photo"), "turn it into a faded photograph from the 1970s"),
    "sticker": Style(text("🏷 Sticker"), "turn it into a die-cut sticker with a white border on a plain background"),
}
"""By the name in callback data: at most 8 lower-case letters. Buttons in old chats carry the names, so they stay."""
