"""Failed jobs: the user is told what happened and what to do, never a traceback."""

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, Mode, Studio, picture, until, words_of

POLICY = "400:Your content was flagged by OpenAI as violating content policies"
BAD_PICTURE = "400:We couldn't process the provided image file (code=invalid_image_format)"

TOLD = [
    ("task", POLICY, "content policy"),
    ("task", "400:The image content in filesUrl violates content policy", "content policy"),
    ("task", BAD_PICTURE, "couldn't use that picture"),
    ("task", "400:Image size exceeds maximum of 26214400 bytes", "couldn't use that picture"),
    ("task", "500:GPT 4O failed to edit the picture", "Painting this one failed"),
    ("task", "500:Internal Error", "Painting this one failed"),
    ("task", "408", "wasn't finished in time"),
    ("generate", "400", "paint this as it is"),
    ("generate", POLICY, "content policy"),
    ("generate", "401", "not set up correctly"),
    ("generate", "402", "out of credits"),
    ("generate", "404", "not set up correctly"),
    ("generate", "422", "paint this as it is"),
    ("upload", "401", "not set up correctly"),
    ("upload", "402", "out of credits"),
]


@pytest.mark.parametrize(("endpoint", "code", "words"), TOLD, ids=lambda value: str(value)[:30])
async def test_a_failure_is_told_in_the_placeholder(studio: Studio, endpoint: str, code: str, words: str) -> None:
    """Every failure has its own text in the placeholder and costs nothing."""
    studio.faults.add(Fault("image", endpoint, "code", code, times=None))
    asked = await studio.say("make it night", files=[("a.png", picture(), False)])
    told = await studio.answer(asked, words)
    assert len(studio.from_bot(ADA)) == 1
    assert told["text"] == words_of(studio.world.history(ADA, told["message_id"])[-1])
    assert studio.images.total_charged == 0
    assert studio.asked_of_api("generate") <= 1


@pytest.mark.parametrize("mode", list(Mode), ids=lambda mode: mode.name.lower())
async def test_a_policy_failure_is_told_in_every_mode(studio: Studio) -> None:
    """A failure arrives in every mode, by notification or by polling."""
    await studio.answer(await studio.say("something nsfw"), "content policy")


BUSY = ["429", "455", "550", "400:Your call frequency is too high. Please try again later."]


@pytest.mark.parametrize(("mode", "code"), [*((Mode.WEBHOOK, code) for code in BUSY), (Mode.POLLING, "429")])
async def test_a_busy_service_is_asked_again(studio: Studio, code: str) -> None:
    """A job that the image API is too busy for is sent again and again, as its placeholder says, and is paid once."""
    studio.faults.add(Fault("image", "generate", "code", code, times=None))
    asked = await studio.say("a red fox")
    await studio.answer(asked, "busy")
    await until(lambda: studio.asked_of_api("generate") >= 3)
    studio.faults.clear()
    await studio.picture(asked)
    assert len(studio.images.tasks) == 1


async def test_a_service_that_stays_busy_is_given_up(idle: Studio) -> None:
    """At the deadline, a job that was never accepted ends, and the user is told."""
    await idle.start(job_deadline_s=1)
    idle.faults.add(Fault("image", "generate", "code", 455, times=None))
    await idle.answer(await idle.say("a red fox"), "too busy")
    assert not idle.images.tasks


@pytest.mark.parametrize("endpoint", ["generate", "task"])
async def test_a_picture_the_service_could_not_fetch_is_uploaded_again(studio: Studio, endpoint: str) -> None:
    """If the image API can't fetch a picture (451), it is uploaded again once, and the job continues."""
    studio.faults.add(Fault("image", endpoint, "code", 451))
    await studio.picture(await studio.say("make it night", files=[("a.png", picture(), False)]))
    assert studio.asked_of_api("upload") == 2
    assert len(studio.images.tasks) == (1 if endpoint == "generate" else 2)
    assert studio.images.total_charged == 6
    first, second = studio.images.files.uploads
    assert first != second
    assert studio.images.generated[-1]["filesUrl"] == [f"{studio.sandbox.url}/uploads/{second}"]


@pytest.mark.parametrize("endpoint", ["generate", "task"])
async def test_a_picture_that_stays_out_of_reach_is_told(studio: Studio, endpoint: str) -> None:
    """A second 451 ends the job."""
    studio.faults.add(Fault("image", endpoint, "code", 451, times=None))
    asked = await studio.say("make it night", files=[("a.png", picture(), False)])
    await studio.answer(asked, "picture didn't get through")
    assert studio.asked_of_api("generate") == 2
    assert studio.asked_of_api("upload") == 2
