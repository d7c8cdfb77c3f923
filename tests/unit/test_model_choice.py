"""The choice of a model: routing of edits and masks, and requests that fit the model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model_table import read_models
from core.errors import BadOption, NoModel, PromptTooLong, PromptTooShort, TooManyPictures, UnknownModel
from core.models.image_model import Tool
from core.models.image_request import Request, Size, Source

MODELS = read_models()
PICTURES = tuple(Source(f"f{number}", f"u{number}") for number in range(20))
MASK = Source("m", "m")
WRONG_NAMES = [("gptt", "gpt"), ("Bananna", "banana"), ("sea dream", "seedream"), ("🍌", None)]


def _chosen(request: Request, **settings: object) -> Request:
    return read_models(**settings).choose(request)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "settings", "model", "instead_of"),
    [
        (Request("x"), {}, "4o", ""),
        (Request("x"), {"default": "gpt"}, "gpt", ""),
        (Request("x", model="draft"), {}, "draft", ""),
        (Request("x", model="DRAFT"), {}, "draft", ""),
        (Request("x", model="draft", pictures=PICTURES[:1]), {}, "4o", "draft"),
        (Request("x", model="draft", pictures=PICTURES[:1]), {"default_edit": "banana"}, "banana", "draft"),
        (Request("x", pictures=PICTURES[:1]), {"default": "draft"}, "4o", ""),
        (Request("night", pictures=PICTURES[:1]), {"default": "gpt", "default_edit": "flux"}, "flux", ""),
        (Request("x", model="gpt", pictures=PICTURES[:1]), {"default_edit": "flux"}, "gpt", ""),
        (Request("x", model="gpt", pictures=PICTURES[:1], mask=MASK), {}, "4o", "gpt"),
        (Request("x", pictures=PICTURES[:1], mask=MASK), {"default_mask": "qwen"}, "qwen", ""),
        (Request("x", pictures=PICTURES[:1], mask=MASK), {"offered": ["gpt", "qwen"]}, "qwen", ""),
        (Request("x", model="4o"), {"offered": ["gpt", "qwen"]}, "gpt", "4o"),
    ],
)
def test_routing(request_: Request, settings: dict[str, object], model: str, instead_of: str) -> None:
    """A request gets the model that was asked for if it is offered and can, else one that can, and that is said."""
    chosen = _chosen(request_, **settings)
    assert (chosen.model, chosen.instead_of) == (model, instead_of)


def test_nothing_can_do_it() -> None:
    """Without a model that can, the request is refused."""
    with pytest.raises(NoModel):
        _chosen(Request("x", pictures=PICTURES[:1]), offered=["draft"])
    with pytest.raises(NoModel):
        _chosen(Request("x", pictures=PICTURES[:1], mask=MASK), offered=["gpt", "draft"])


@pytest.mark.parametrize(
    ("model", "asked", "size", "wished"),
    [
        ("4o", "16:9", "3:2", "16:9"),
        ("4o", "6:4", "3:2", None),
        ("gpt", "16:9", "16:9", None),
        ("gpt", "4:5", "3:4", "4:5"),
        ("banana", "4:5", "4:5", None),
        ("draft", "21:9", "16:9", "21:9"),
        ("qwen", "1:9999", "9:21", "1:9999"),
    ],
)
def test_the_nearest_ratio_is_said(model: str, asked: str, size: str, wished: str | None) -> None:
    """A ratio that the model lacks becomes its nearest one, and the caption tells the one that was asked for."""
    chosen = MODELS.choose(Request("a fox", model=model, size=Size(asked)))
    assert (chosen.size, chosen.wished) == (Size(size), wished)


def test_another_model_gets_the_ratio_that_was_wished() -> None:
    """A request that was fitted to one model keeps its wish for the next."""
    fitted = MODELS.choose(Request("a fox", size=Size("16:9")))
    again = MODELS.choose(Request("a fox", model="gpt", size=fitted.size, wished=fitted.wished))
    assert (again.size, again.wished) == (Size("16:9"), None)


@pytest.mark.parametrize(
    ("model", "asked", "resolution", "unused"),
    [
        ("gpt", "4K", "4K", ""),
        ("seedream", "4K", "2K", "--res 4K"),
        ("flux", "1.5K", "1K", "--res 1.5K"),
        ("draft", "2K", None, "--res 2K"),
        ("4o", "2K", None, "--res 2K"),
    ],
)
def test_resolutions_that_a_model_lacks(model: str, asked: str, resolution: str | None, unused: str) -> None:
    """The largest resolution up to the one that was asked for is taken, and that is said."""
    chosen = MODELS.choose(Request("a fox", model=model, resolution=asked))
    assert (chosen.resolution, chosen.unused) == (resolution, unused)


def test_too_many_pictures_name_the_models_that_take_them() -> None:
    """Eleven pictures are too many for most, and the refusal names one that takes them."""
    with pytest.raises(TooManyPictures) as refused:
        MODELS.choose(Request("x", pictures=PICTURES[:11]))
    assert refused.value.reply.params["others"] == "gpt, gpt-fine"
    with pytest.raises(TooManyPictures) as refused:
        MODELS.choose(Request("x", pictures=PICTURES[:17]))
    assert "others" not in refused.value.reply.params


def test_prompts_outside_the_bounds() -> None:
    """A prompt that is too long or too short for the model is refused with the bound."""
    with pytest.raises(PromptTooLong):
        MODELS.choose(Request("x" * 1001, model="draft"))
    with pytest.raises(PromptTooShort):
        MODELS.choose(Request("ox", model="seedream"))
    assert MODELS.choose(Request("x" * 1000, model="draft")).model == "draft"


@pytest.mark.parametrize(("word", "nearest"), WRONG_NAMES)
def test_unknown_names(word: str, nearest: str | None) -> None:
    """The nearest name is told, if there is one, and all names are."""
    with pytest.raises(BadOption) as refused:
        MODELS.named(word)
    assert refused.value.reply.params.get("nearest") == nearest
    assert "seedream" in str(refused.value.reply.params["names"])


def test_a_title_is_a_name() -> None:
    """People may type the title as it is shown."""
    assert MODELS.named(" nano banana PRO ").name == "banana-pro"


def test_a_model_that_is_gone() -> None:
    """It is offered no more, and requests that named it get another one."""
    models = read_models()
    assert models.drop("gpt")
    assert not models.drop("gpt")
    assert models.choose(Request("x", model="gpt")).model == "4o"
    with pytest.raises(UnknownModel):
        models.named("gpt")


def test_stand_ins() -> None:
    """The next model of the chain that can do the work and isn't dearer steps in; the chain has an end."""
    models = read_models(fallback=["banana", "seedream", "draft"])
    first = models.stand_in(models.choose(Request("a fox", model="gpt", size=Size("16:9"))), 600)
    assert first
    request, price = first
    assert (request.model, request.instead_of, request.size, price) == ("seedream", "gpt", Size("16:9"), 324)
    second = models.stand_in(request, price)
    assert second
    assert (second[0].model, second[0].instead_of) == ("draft", "gpt")
    assert models.stand_in(*second) is None
    edit = models.choose(Request("x", model="gpt", pictures=PICTURES[:1]))
    assert models.stand_in(edit, 100) is None


def test_tools() -> None:
    """A tool is chosen by its work and factor, and may be switched off."""
    enlarges = MODELS.tool(Tool.UPSCALE, 4)
    assert enlarges
    assert enlarges.name == "upscale"
    assert read_models(offered=["4o", "crisp"]).tool(Tool.UPSCALE, 4) == MODELS.known["crisp"]
    assert read_models(offered=["4o"]).tool(Tool.CUTOUT) is None


REQUESTS = st.builds(
    Request,
    prompt=st.text(min_size=1, max_size=40),
    model=st.sampled_from(["", *MODELS.known]),
    size=st.none() | st.builds(lambda w, h: Size(f"{w}:{h}"), st.integers(1, 99), st.integers(1, 99)),
    resolution=st.none() | st.sampled_from(["1K", "1.5K", "2K", "3K", "4K", "8K"]),
    variants=st.sampled_from([1, 2, 4]),
    enhance=st.booleans(),
    transparent=st.booleans(),
    china=st.booleans(),
    pictures=st.integers(0, 17).map(lambda count: PICTURES[:count]),
)


@given(REQUESTS)
def test_what_is_chosen_fits(request: Request) -> None:
    """A request that isn't refused is one that its model can take, and fitting it again changes nothing."""
    try:
        chosen = MODELS.choose(request)
    except (TooManyPictures, PromptTooShort, PromptTooLong, NoModel):
        return
    model = MODELS.known[chosen.model]
    assert not model.ratios or chosen.size is None or chosen.size in model.ratios
    assert chosen.resolution is None or chosen.resolution in model.resolutions
    assert len(chosen.pictures) <= model.max_pictures
    assert bool(model.edit_id if chosen.pictures else model.text_id)
    assert not chosen.enhance or model.enhance_field
    assert not chosen.transparent or (model.transparent and chosen.as_file)
    assert MODELS.price(chosen) in model.prices.values()
    again = MODELS.choose(chosen)
    assert (again.size, again.wished, again.resolution, again.unused) == (
        chosen.size,
        chosen.wished,
        chosen.resolution,
        chosen.unused,
    )
