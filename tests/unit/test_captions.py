"""The captions of pictures fit into Telegram's limit, and name the differences from the wish."""

from dataclasses import replace

from bot.model_table import read_models
from bot.telegram.i18n import language, plain
from core.models.image_request import Request, Size
from core.models.job import Destination, Job, State
from core.services.placeholder import caption
from core.text import utf16_length

_LIMIT = 1_024
"""UTF-16 units (Bot API, sendPhoto)."""
MODELS = read_models()


def _job(request: Request) -> Job:
    return Job("0123456789ab", "message:1:1", Destination(1), 1, request, State.DELIVERED, created_at=0)


def _said(job: Job, arrived: int = 1) -> str:
    return plain(language("en").render(caption(job, arrived, MODELS)))


def test_every_note_at_once_fits() -> None:
    """A long prompt makes room for the notes, however many there are."""
    request = Request(
        prompt="🦊" * 2_000,
        size=Size("3:2"),
        wished="9999:9998",
        variants=4,
        unused="--seed 1" * 9,
        worded="--no text" * 9,
        model="gpt-fine",
        instead_of="banana-lite",
    )
    said = _said(replace(_job(request), parts=4, late=2), arrived=2)
    assert utf16_length(said) <= _LIMIT
    assert "Nano Banana 2 Lite couldn't take this one, so it's by GPT Image 2.5 Fine." in said
    assert said.endswith("🧠 GPT Image 2.5 Fine")
    assert said.startswith("🦊🦊🦊")


def test_the_default_model_is_not_named() -> None:
    """Pictures of the default model, and of releases without models, have their prompt alone."""
    assert _said(_job(Request(prompt="a fox"))) == "a fox"
    assert _said(_job(Request(prompt="a fox", model="4o"))) == "a fox"
    assert _said(_job(Request(prompt="a fox", model="banana"))) == "a fox\n\n🧠 Nano Banana 2"


def test_a_model_that_is_unknown_now() -> None:
    """A model that the table no longer has is named as it was written."""
    said = _said(_job(Request(prompt="a fox", model="4o", instead_of="dalle")))
    assert said == "a fox\n\nℹ️ dalle couldn't take this one, so it's by GPT-4o."
