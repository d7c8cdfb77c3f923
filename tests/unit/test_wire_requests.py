"""The body of generate contains every option and no defaults."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.image_api.sansio import generate_body
from core.models.image_request import Fallback, Request, Size, Source

DOCUMENTED = {
    "size", "prompt", "filesUrl", "maskUrl", "nVariants", "isEnhance", "uploadCn", "enableFallback", "fallbackModel",
    "callBackUrl",
}  # fmt: skip
LINKS = [f"https://files.example/{number}.png" for number in range(5)]
MASK = "https://files.example/mask.png"
BACK = "https://bot.example/callbacks/token"


@pytest.mark.parametrize(
    ("request_", "files", "mask", "callback", "body"),
    [
        (Request("a fox"), [], None, None, {"size": "1:1", "prompt": "a fox"}),
        (Request("a fox", Size.PORTRAIT), [], None, BACK, {"size": "2:3", "prompt": "a fox", "callBackUrl": BACK}),
        (Request("", Size.LANDSCAPE), LINKS[:1], None, None, {"size": "3:2", "filesUrl": LINKS[:1]}),
        (
            Request("x", variants=4),
            LINKS,
            None,
            None,
            {"size": "1:1", "prompt": "x", "filesUrl": LINKS, "nVariants": 4},
        ),
        (
            Request("x", enhance=True, china=True),
            [],
            None,
            None,
            {"size": "1:1", "prompt": "x", "isEnhance": True, "uploadCn": True},
        ),
        (Request("x", fallback=Fallback.FLUX), [], None, None, {"size": "1:1", "prompt": "x", "enableFallback": True}),
        (
            Request("x", fallback=Fallback.GPT),
            [],
            None,
            None,
            {"size": "1:1", "prompt": "x", "enableFallback": True, "fallbackModel": "GPT_IMAGE_1"},
        ),
        (
            Request("x", mask=Source("m", "m")),
            LINKS[:1],
            MASK,
            None,
            {"size": "1:1", "prompt": "x", "filesUrl": LINKS[:1], "maskUrl": MASK},
        ),
    ],
)
def test_every_setting_reaches_the_service(
    request_: Request, files: list[str], mask: str | None, callback: str | None, body: dict[str, object]
) -> None:
    """Each option is written as documented, and defaults are left out."""
    assert generate_body(request_, files, mask, callback) == body


@pytest.mark.parametrize("count", [0, 2, 5])
def test_a_mask_goes_with_one_picture_only(count: int) -> None:
    """A mask is sent only with exactly one picture, because the image API ignores it otherwise."""
    assert "maskUrl" not in generate_body(Request("x"), LINKS[:count], MASK, None)


@given(
    st.builds(
        Request,
        prompt=st.text(max_size=50),
        size=st.sampled_from([None, *Size]),
        variants=st.sampled_from([1, 2, 4]),
        enhance=st.booleans(),
        fallback=st.sampled_from([None, *Fallback]),
        china=st.booleans(),
    ),
    st.integers(0, 5),
    st.sampled_from([None, BACK]),
)
def test_no_order_makes_an_undocumented_body(request_: Request, files: int, callback: str | None) -> None:
    """The body always has a size, and no unknown or empty keys."""
    body = generate_body(request_, LINKS[:files], None, callback)
    assert body["size"] in {"1:1", "3:2", "2:3"}
    assert set(body) <= DOCUMENTED
    assert all(body.values())
    assert body.get("nVariants") in {None, 2, 4}
