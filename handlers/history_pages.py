"""A page of /history: the place it begins at, the buttons that turn it, and the words below the sheet.

Callback data, where `<person>` is the id of the requester:

- `past:<person>:all` and `past:<person>:fav`: the first page of all pictures, or of the favorites
- `past:<person>:<turn>:<time>:<job>:<position>:<first>`: the page beside a result. `<turn>` is `o` for the older or `n`
  for the newer one, with an `f` for favorites; `<time>` is the time of the result's order in hexadecimal, `<first>` the
  number of the page's first picture
- `history:<person>:<offset>`: buttons of earlier releases. The offset counts pictures from the newest
"""

import re
from dataclasses import dataclass

from core.models.callback_data import Action, CallbackData
from core.models.history import NEWEST, HistoryPlace
from core.models.job import PictureId
from core.models.keyboard import Button, Keyboard
from core.models.media import Result
from core.text import Date, Joined, Renderable, Verbatim, clip, text

PAGE = 6
_PROMPT_UNITS = 80
"""Six prompts of this length, with numbers and dates, fit into a caption (Bot API, sendPhoto: 1,024 units)."""
_BUTTONS_IN_ROW = 3
_MOST = 999_999
_PERSON = r"(?P<person>-?\d{1,19})"
_TURN = re.compile(
    rf"past:{_PERSON}:(?P<turn>[on])(?P<favorites>f?):(?P<at>[0-9a-f]{{1,12}}):(?P<job>[0-9a-f]{{12}})"
    r":(?P<position>\d):(?P<first>\d{1,6})"
)
_START = re.compile(rf"past:{_PERSON}:(?P<shown>all|fav)")
_OFFSET = re.compile(rf"history:{_PERSON}:(?P<offset>\d{{1,6}})")
PATTERN = re.compile(r"^(past|history):-?\d{1,19}:")
"""How the data of all these buttons begins."""

ONLY_FAVORITES = text("⭐ Favorites")
ALL = text("🗂 All")
_WORDLESS = text("without words")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page that a requester wants: the place that it begins at, or an offset, and the number of its first picture."""

    person: int
    place: HistoryPlace = NEWEST
    first: int = 1
    favorites: bool = False
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The results of a page with the number of the first, and whether there are newer and older ones."""

    results: list[Result]
    first: int
    has_newer: bool
    has_older: bool


def read_page_request(data: str) -> PageRequest | None:
    """Parse the data of a button; return None if it doesn't follow the grammar."""
    if match := _TURN.fullmatch(data):
        picture = PictureId(match["job"], int(match["position"]))
        place = HistoryPlace(int(match["at"], 16), picture, is_newer=match["turn"] == "n")
        return PageRequest(int(match["person"]), place, max(int(match["first"]), 1), bool(match["favorites"]))
    if match := _START.fullmatch(data):
        return PageRequest(int(match["person"]), favorites=match["shown"] == "fav")
    if match := _OFFSET.fullmatch(data):
        offset = int(match["offset"])
        return PageRequest(int(match["person"]), first=offset + 1, offset=offset)
    return None


def keyboard(page: Page, wanted: PageRequest, *, has_favorites: bool) -> Keyboard:
    """Return a button for each picture, and below them those that turn the page and choose all or favorites."""
    numbers = [
        Button(Verbatim(str(number)), CallbackData(Action.SHOW, result.id).data)
        for number, result in enumerate(page.results, start=page.first)
    ]
    rows = [tuple(numbers[start : start + _BUTTONS_IN_ROW]) for start in range(0, len(numbers), _BUTTONS_IN_ROW)]
    last = []
    if page.has_newer:
        last.append(_turn("◀", wanted, page.results[0], page.first - PAGE, is_newer=True))
    if page.has_older:
        last.append(_turn("▶", wanted, page.results[-1], page.first + len(page.results), is_newer=False))
    if wanted.favorites:
        last.append(Button(ALL, f"past:{wanted.person}:all"))
    elif has_favorites:
        last.append(Button(ONLY_FAVORITES, f"past:{wanted.person}:fav"))
    return (*rows, tuple(last)) if last else tuple(rows)


def _turn(label: str, wanted: PageRequest, beside: Result, first: int, *, is_newer: bool) -> Button:
    turn = ("n" if is_newer else "o") + ("f" if wanted.favorites else "")
    where = f"{beside.job.created_at:x}:{beside.job.id}:{beside.position}"
    return Button(Verbatim(label), f"past:{wanted.person}:{turn}:{where}:{min(max(first, 1), _MOST)}")


def words(page: Page, wanted: PageRequest) -> Renderable:
    """Return the caption: the prompt and date of each picture, numbered as on the sheet."""
    last = page.first + len(page.results) - 1
    title = (
        text("⭐ Your favorites, {first}–{last}. Tap a number to go on from one.", first=page.first, last=last)
        if wanted.favorites
        else text("🗂 Your pictures, {first}–{last}. Tap a number to go on from one.", first=page.first, last=last)
    )
    lines = [_line(number, result) for number, result in enumerate(page.results, start=page.first)]
    return Joined((title, Joined(tuple(lines))), "\n\n")


def _line(number: int, result: Result) -> Renderable:
    prompt = clip(" ".join(result.job.request.prompt.split()), _PROMPT_UNITS)
    return Joined(
        (
            Verbatim(f"{number}."),
            Verbatim(prompt) if prompt else _WORDLESS,
            text("· {day}", day=Date(result.job.created_at)),
        ),
        " ",
    )
