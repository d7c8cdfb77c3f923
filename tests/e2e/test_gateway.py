"""A gateway in front of the image API that refuses or fails: the job ends with a true text."""

import pytest
import stamina

from sandbox.faults import Fault
from sandbox.ports import ReservedPort
from tests.e2e.kit import Mode, Studio, picture, until

TURNED_AWAY = "turned away before it was painted"
REFUSED = [
    ("generate", 302, TURNED_AWAY),
    ("generate", 400, TURNED_AWAY),
    ("generate", 404, TURNED_AWAY),
    ("generate", 405, TURNED_AWAY),
    ("generate", 407, TURNED_AWAY),
    ("generate", 413, "smaller picture or fewer words"),
    ("generate", 414, "smaller picture or fewer words"),
    ("generate", 415, TURNED_AWAY),
    ("generate", 511, TURNED_AWAY),
    ("upload", 400, TURNED_AWAY),
    ("upload", 404, TURNED_AWAY),
    ("upload", 413, "smaller picture or fewer words"),
    ("upload", 415, TURNED_AWAY),
]


@pytest.mark.parametrize(("endpoint", "status", "words"), REFUSED)
@pytest.mark.parametrize("kind", ["html", "http"])
async def test_a_gateways_refusal_is_told_at_once(
    studio: Studio, endpoint: str, status: int, words: str, kind: str
) -> None:
    """A refusal by a gateway surely didn't reach the image API: the user is told, and the call isn't repeated."""
    studio.faults.add(Fault("image", endpoint, kind, status, times=None))  # type: ignore[arg-type]
    told = await studio.answer(await studio.say("make it night", files=[("a.png", picture(), False)]), words)
    assert "Nothing was charged" in told["text"]
    assert studio.asked_of_api(endpoint) == 1
    await studio.in_state("delivered")


@pytest.mark.parametrize("status", [200, 408, 500, 502, 503, 504])
async def test_a_gateway_that_does_not_know_leaves_it_open(studio: Studio, status: int) -> None:
    """A gateway page that may hide an accepted task makes the job uncertain."""
    studio.faults.add(Fault("image", "generate", "html", status), Fault("callback", "*", "lose"))
    await studio.answer(await studio.say("a red fox"), "may or may not be painted")
    assert studio.asked_of_api("generate") == 1


@pytest.mark.parametrize("endpoint", ["image_api_url", "upload_api_url"])
async def test_a_service_out_of_reach_is_not_called_busy(idle: Studio, endpoint: str) -> None:
    """If nothing gets through until the deadline, the user is told so, and not that the image API was busy."""
    with ReservedPort() as nobody:
        await idle.start(job_deadline_s=1, **{endpoint: f"http://127.0.0.1:{nobody.number}"})
        with stamina.set_testing(True, attempts=1):
            asked = await idle.say("make it night", files=[("a.png", picture(), False)])
            told = await idle.answer(asked, "couldn't get a connection")
        assert "Nothing was charged" in told["text"]


@pytest.mark.parametrize("code", ["422:The record does not exist", "422:record is null", "404:record not found"])
@pytest.mark.parametrize("bare", [True, False], ids=["with data null", "with its task"])
async def test_a_failure_that_only_a_callback_knows_is_told_at_once(studio: Studio, code: str, bare: bool) -> None:
    """If record-info doesn't know a task, its notification's failure counts."""
    studio.images.caller.bare_failures = bare
    studio.faults.add(Fault("image", "record-info", "code", code, times=None))
    await studio.answer(await studio.say("something nsfw"), "content policy")


@pytest.mark.parametrize("mode", [Mode.POLLING])
async def test_a_task_that_is_not_known_yet(studio: Studio) -> None:
    """Without notifications, a task without a record is polled until it has one."""
    studio.faults.add(Fault("image", "record-info", "code", "422:The record does not exist", times=2))
    await studio.picture(await studio.say("a red fox"))
    await until(lambda: not len(studio.faults))
