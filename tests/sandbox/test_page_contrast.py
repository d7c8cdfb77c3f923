"""The page's texts have enough contrast, computed from its style sheets. WCAG 2 asks for 4.5 : 1."""

import re
from pathlib import Path

import pytest
from PIL import ImageColor

PAGE = Path(__file__).parents[2] / "sandbox" / "page"
STYLE = (PAGE / "style.css").read_text()
MESSAGE = (PAGE / "message.css").read_text()
ENOUGH = 4.5

Colour = tuple[float, ...]


def variable(name: str, scheme: str) -> str:
    """Return the value of a variable in the light or the dark theme."""
    found = re.search(rf"--{name}: (?:light-dark\((.+?), ([^,]+?(?:\([^)]*\))?)\)|([^;]+));", STYLE)
    assert found, name
    return found[3] or found[1 if scheme == "light" else 2]


def rgba(value: str) -> Colour:
    """Return red, green and blue from 0 to 255, and the opacity from 0 to 1."""
    if slashed := re.fullmatch(r"rgb\((\d+) (\d+) (\d+) / ([\d.]+)%\)", value):
        red, green, blue = (float(part) for part in slashed.groups()[:3])
        return red, green, blue, float(slashed[4]) / 100
    return *(float(part) for part in ImageColor.getrgb(value)[:3]), 1.0


def over(front: Colour, back: Colour) -> Colour:
    """Return a translucent color on an opaque one."""
    share = front[3]
    return *(a * share + b * (1 - share) for a, b in zip(front[:3], back[:3], strict=True)), 1.0


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two opaque colors (WCAG 2.2, relative luminance)."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [part / 255 / 12.92 if part <= 10.3 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_black_on_white_is_twenty_one() -> None:
    """The formula gives the largest contrast that there is."""
    assert contrast(rgba("#000"), rgba("#fff")) == pytest.approx(21)
    assert over(rgba("rgb(0 0 0 / 50%)"), rgba("#fff"))[:3] == (127.5, 127.5, 127.5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("wall", ["wall", "wall-2"])
def test_buttons_can_be_read(scheme: str, wall: str) -> None:
    """White words on an inline button stand out at both ends of the wallpaper, with the pointer on it and without."""
    assert re.search(r"\.inline-button \{[^}]*background: var\(--pill\); color: #fff;", MESSAGE)
    plain = over(rgba(variable("pill", scheme)), rgba(variable(wall, scheme)))
    pressed = over(rgba(variable("pressed", scheme)), plain)
    for ground in (plain, pressed):
        assert contrast(rgba("#fff"), ground) >= ENOUGH


def test_colored_buttons_can_be_read() -> None:
    """White words stand out on buttons with a style of the Bot API."""
    colours = re.findall(r"\.style-\w+ \{ background: (#\w+); \}", MESSAGE)
    assert len(colours) == 3
    assert all(contrast(rgba("#fff"), rgba(colour)) >= ENOUGH for colour in colours)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("own-quiet", "bubble-own"),
        ("quiet", "bubble"),
        ("quiet", "panel"),
        ("text", "bubble"),
        ("on-accent", "accent-strong"),
        ("on-chosen", "panel-chosen"),
    ],
)
def test_small_words_can_be_read(scheme: str, ink: str, ground: str) -> None:
    """The times of own and other messages, quiet words, badges and the chosen chat stand out."""
    assert re.search(r"\.own \.meta \{ color: var\(--own-quiet\); \}", MESSAGE)
    assert contrast(rgba(variable(ink, scheme)), rgba(variable(ground, scheme))) >= ENOUGH
