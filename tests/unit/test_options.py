"""The options of `/imagine` are parsed as users and their phones type them."""

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadOption
from core.models.image_request import THREE_SIZES, Fallback, Request, Size
from core.models.prompt_options import names_number, parse

DASHES = ("--", "—", "–")
TOKENS = [
    "--",
    "—",
    "–",
    "--n",
    "—n",
    "--size",
    "–ar",
    "--enhance",
    "--fallback",
    "--cn",
    "--unknown",
    "=",
    "16:9",
    "2",
]

_WORD = st.text(st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"]), min_size=1, max_size=8).filter(
    lambda word: not word.startswith(DASHES) and not any(char.isspace() for char in word)
)
_PROMPTS = st.lists(_WORD.filter(lambda word: word.lower() not in {"flux", "gpt"}), min_size=1, max_size=8)
_ORDERS = st.builds(
    Request,
    prompt=_PROMPTS.map(" ".join),
    size=st.sampled_from([None, *THREE_SIZES]),
    variants=st.sampled_from([1, 2, 4]),
    enhance=st.booleans(),
    fallback=st.sampled_from([None, *Fallback]),
    china=st.booleans(),
)


@st.composite
def _typed(draw: st.DrawFn) -> tuple[str, Request]:
    """Draw a request, and one of the many ways to type it."""
    order = draw(_ORDERS)
    dash = st.sampled_from(DASHES)
    joint = st.sampled_from([" ", "=", "  "])
    options = []
    if order.size:
        name = draw(st.sampled_from(["size", "ar", "SIZE"]))
        shapes = {Size.SQUARE: "square", Size.LANDSCAPE: "Landscape", Size.PORTRAIT: "portrait"}
        options.append(name + draw(joint) + draw(st.sampled_from([order.size, shapes[order.size]])))
    if order.variants > 1 or draw(st.booleans()):
        options.append(f"n{draw(joint)}{order.variants}")
    if order.enhance:
        options.append("enhance")
    if order.china:
        options.append("cn")
    if order.fallback:
        options.append("fallback" + draw(joint) + {Fallback.FLUX: "flux", Fallback.GPT: "GPT"}[order.fallback])
    pieces: list[tuple[str, ...]] = [(word,) for word in order.prompt.split(" ")]
    for option in options:
        pieces.insert(draw(st.integers(0, len(pieces))), (draw(dash) + option,))
    return " ".join(chain.from_iterable(pieces)), order


@given(_typed())
@settings(max_examples=100, deadline=None)
def test_whatever_is_typed_is_what_is_read(typed: tuple[str, Request]) -> None:
    """A typed request is parsed to the same request, whatever the dash, case and place of its options."""
    words, order = typed
    assert parse(words) == order


@given(
    st.one_of(st.text(max_size=200), st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=6))).map(" ".join))
)
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_the_parser(words: str) -> None:
    """Any text is parsed or refused with BadOption; nothing is added to the prompt, and no option stays in it."""
    try:
        request = parse(words)
    except BadOption:
        return
    assert request.prompt == request.prompt.strip()
    assert "--enhance" not in request.prompt.lower().split()
    remains = iter(words)
    assert all(char in remains for char in request.prompt), "the prompt is what was typed, with pieces left out"


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("a fox --size 3:2 in the snow", Request("a fox in the snow", Size.LANDSCAPE)),
        ("--n 2 a fox", Request("a fox", variants=2)),
        ("a fox —n 4", Request("a fox", variants=4)),
        ("a fox –enhance", Request("a fox", enhance=True)),
        ("a fox --ar=2:3", Request("a fox", Size.PORTRAIT)),
        ("a fox --ar 6:4", Request("a fox", Size("6:4"))),
        ("a fox --size 2×3", Request("a fox", Size.PORTRAIT)),
        ("a fox --size 16:9", Request("a fox", Size("16:9"))),
        ("a fox --ar 9:16", Request("a fox", Size("9:16"))),
        ("a fox --model GPT", Request("a fox", model="gpt")),
        ("a fox -m banana-pro", Request("a fox", model="banana-pro")),
        ("—m draft a fox", Request("a fox", model="draft")),
        ("a fox --res 4k --transparent", Request("a fox", resolution="4K", transparent=True)),
        ("a fox --res=1.5K", Request("a fox", resolution="1.5K")),
        ("a fox --res 2", Request("a fox", resolution="2K")),
        ("a portrait of a queen", Request("a portrait of a queen")),
        ("a portrait of a queen --size landscape", Request("a portrait of a queen", Size.LANDSCAPE)),
        ("--fallback a fox", Request("a fox", fallback=Fallback.FLUX)),
        ("--fallback gpt a fox", Request("a fox", fallback=Fallback.GPT)),
        ("a fox --fallback", Request("a fox", fallback=Fallback.FLUX)),
        ("--size 1:1 --size 2:3 a fox", Request("a fox", Size.PORTRAIT)),
        ("--enhance", Request("", enhance=True)),
        ("", Request("")),
    ],
)
def test_what_the_help_promises(words: str, wanted: Request) -> None:
    """Every form that the help shows is accepted, and a later option wins over an earlier one."""
    assert parse(words) == wanted


@pytest.mark.parametrize(
    "prose",
    ["a fox —red as fire", "a fox — and a hare", "well-known --", "a -n 2 b", "a--n 2", "1–2 foxes", "-- 2", "a –b– c"],
)
def test_a_dash_in_prose_stays_prose(prose: str) -> None:
    """A dash that doesn't introduce an option stays in the prompt."""
    assert parse(prose) == Request(prose)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("a fox --unknown", "--{name}"),
        ("a fox --size", "--size"),
        ("a fox --size 0:1", "--size"),
        ("a fox --size big", "--size"),
        ("a fox --size=", "--size"),
        ("a fox --model", "--model"),
        ("a fox -m", "--model"),
        ("a fox --res 5K", "--res"),
        ("a fox --res huge", "--res"),
        ("a fox --res", "--res"),
        ("a fox --transparent=1", "--{name}"),
        ("a fox --n 3", "--n"),
        ("a fox --n", "--n"),
        ("a fox --n -1", "--n"),
        ("a fox --fallback=dalle", "--fallback"),
        ("a fox --enhance=yes", "--{name}"),
        ("a fox --cn=1", "--{name}"),
    ],
)
def test_a_wrong_option_is_refused_by_name(words: str, names: str) -> None:
    """An unknown option or one with an invalid value is refused by name."""
    with pytest.raises(BadOption) as refused:
        parse(words)
    assert names in refused.value.reply.source


def test_an_endless_unknown_option_is_cut() -> None:
    """The refusal quotes at most 30 characters of an unknown option."""
    with pytest.raises(BadOption) as refused:
        parse("--" + "x" * 4000)
    assert len(str(refused.value.reply.params["name"])) <= 30


@given(st.lists(st.sampled_from(["a fox", "", "in the snow", "  indented", "• a list"]), min_size=1, max_size=6))
def test_line_breaks_survive(lines: list[str]) -> None:
    """Line breaks in a prompt are kept, with and without an option behind it."""
    prompt = "\n".join(lines)
    assert parse(prompt).prompt == prompt.strip()
    assert parse(f"{prompt} --n 2").prompt == prompt.strip()


def test_an_option_in_the_middle_leaves_one_space() -> None:
    """Removing an option leaves no doubled space, but doubled spaces elsewhere stay."""
    assert parse("a  red --n 2 fox\n\nin --cn snow").prompt == "a  red fox\n\nin snow"


@pytest.mark.parametrize(
    ("words", "prompt", "worded"),
    [
        ("a cat --style anime", "a cat, anime style", "--style anime"),
        ("a cat —no text, watermark —ar 3:2", "a cat, without text, watermark", "—no text, watermark"),
        ("a cat --style=anime --no people", "a cat, anime style, without people", "--style=anime --no people"),
        ("--style anime a girl in the rain", "anime style, a girl in the rain", "--style anime"),
        ('a cat --STYLE "pixel art"  ', "a cat, pixel art style", '--STYLE "pixel art"'),
        ("кот --style аниме", "кот, аниме style", "--style аниме"),
    ],
)
def test_some_options_become_words(words: str, prompt: str, worded: str) -> None:
    """`--style` and `--no`, which people know from elsewhere, become words of the prompt."""
    request = parse(words)
    assert (request.prompt, request.worded, request.unused) == (prompt, worded, "")


@pytest.mark.parametrize(
    ("words", "unused"),
    [
        ("a cat --v 6.1 --seed 12 --hd --ar 3:2", "--v 6.1 --seed 12 --hd"),
        ("a cat —v 6 —q .5", "—v 6 —q .5"),
        ("a cat --niji --sref https://x.example/1.png https://x.example/2.png", None),
        ("a cat --style raw --stylize=250", "--style raw --stylize=250"),
        ("--chaos 20 a cat --tile", "--chaos 20 --tile"),
    ],
)
def test_options_of_other_services_are_left_out(words: str, unused: str | None) -> None:
    """An option that only other services have is left out with its value, and remembered as it was written."""
    request = parse(words)
    assert request.prompt == "a cat"
    assert request.unused == (unused or words.removeprefix("a cat "))


@pytest.mark.parametrize(
    ("words", "is_named"),
    [
        ("a fox", False),
        ("a fox --n 4", True),
        ("a fox —N 1 ", True),
        ("лиса --n=2", True),
        ("a fox --size 2:3", False),
        ("4 foxes n 4", False),
    ],
)
def test_whether_the_number_is_named(words: str, is_named: bool) -> None:
    """Only an option names the number of pictures, also one with a phone's dash or in capitals."""
    assert names_number(words) is is_named
