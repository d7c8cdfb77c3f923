"""Submission is fair between requesters, keeps within the image API's rate limit, and pauses when it can't succeed."""

from dataclasses import asdict, replace

import pytest

from bot import workers
from core.models.timing import Intervals
from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, Mode, Studio, picture, until, words_of

OPERATOR = 9001


@pytest.fixture
def brisk(idle: Studio) -> None:
    """Run the regular tasks fifty times as often."""
    often = {name: seconds / 50 for name, seconds in asdict(idle.timing.intervals).items()}
    idle.timing = replace(idle.timing, intervals=Intervals(**often))


@pytest.fixture
def slow_pace(idle: Studio) -> None:
    """Limit the bot to five image API calls a second."""
    idle.images.limits = False
    idle.overrides["image_api_calls_per_10s"] = 5
    idle.timing = replace(idle.timing, generate_window_s=1.0, queue_shown_after_ms=0)


async def test_fifty_orders_do_not_hold_up_one(slow_pace: None, studio: Studio) -> None:
    """A requester with one job is served before most of another requester's fifty jobs."""
    groups = [studio.world.add_chat("supergroup", f"Group {number}", [ADA]).id for number in range(25)]
    for number in range(50):
        await studio.world.say(groups[number // 2], ADA, f"/imagine fox {number}")
    await until(lambda: len(studio.rows("jobs")) == 50, 30)
    await studio.picture(await studio.say("a hare", BEN))
    (own,) = studio.rows(f"jobs WHERE asked_by = {BEN}")
    since, submitted = own["created_at"], own["submitted_at"]
    before = studio.rows(f"jobs WHERE asked_by = {ADA} AND submitted_at > {since} AND submitted_at <= {submitted}")
    # Jobs that are already being prepared go first, and one more if none of these is left in the queue.
    assert len(before) <= workers.PREPARED_AT_ONCE + 1


async def test_the_place_in_the_queue_is_shown(brisk: None, slow_pace: None, studio: Studio) -> None:
    """A queued job's placeholder shows how many jobs are ahead, and the number only falls."""
    people = [studio.person() for _ in range(16)]
    for person in people:
        await studio.say("a red fox", person)
    asked = await studio.say("a hare", BEN)
    shown = await studio.picture(asked)
    said = [words_of(version) for version in studio.world.history(BEN, shown["message_id"])]
    places = [int(words.split("Got it. ")[1].split()[0]) for words in said if "before yours" in words]
    assert places
    assert places == sorted(set(places), reverse=True)
    assert places[0] <= 16


@pytest.mark.parametrize("mode", [Mode.WEBHOOK, Mode.POLLING], ids=lambda mode: mode.name.lower())
async def test_an_empty_account_pauses_and_is_told_once(brisk: None, idle: Studio) -> None:
    """An empty account fails one job and holds the others; the operator is told once, and a top-up ends the pause."""
    idle.world.add_person(OPERATOR, "Olga")
    await idle.start(admin_chat_id=OPERATOR)
    idle.images.credits = 3  # some credits, but fewer than a picture costs
    await idle.answer(await idle.say("a red fox"), "out of credits")
    asked = [await idle.say("a hare", idle.person()) for _ in range(3)]
    looks = idle.asked_of_api("credit")
    await until(lambda: idle.asked_of_api("credit") >= looks + 2)
    assert idle.asked_of_api("generate") == 1
    assert [words_of(message)[:2] for message in idle.from_bot(OPERATOR)] == ["💳 "]
    idle.images.credits = 1000
    for message in asked:
        await idle.picture(message)
    assert [words_of(message)[0] for message in idle.from_bot(OPERATOR)] == ["💳", "✅"]


@pytest.mark.parametrize("endpoint", ["generate", "upload"])
async def test_a_refused_key_pauses_and_is_told_once(brisk: None, idle: Studio, endpoint: str) -> None:
    """A refused key fails one job and holds the others until the key is accepted."""
    idle.world.add_person(OPERATOR, "Olga")
    await idle.start(admin_chat_id=OPERATOR)
    broken = [Fault("image", name, "code", 401, times=None) for name in (endpoint, "credit")]
    idle.faults.add(*broken)
    await idle.answer(await idle.say("make it night", files=[("a.png", picture(), False)]), "not set up correctly")
    asked = await idle.say("a hare", BEN)
    looks = idle.asked_of_api("credit")
    await until(lambda: idle.asked_of_api("credit") >= looks + 2)
    calls = idle.asked_of_api("generate")
    assert [words_of(message)[0] for message in idle.from_bot(OPERATOR)] == ["🔧"]
    idle.faults.clear()
    await idle.picture(asked)
    assert idle.asked_of_api("generate") == calls + 1
    assert [words_of(message)[0] for message in idle.from_bot(OPERATOR)] == ["🔧", "✅"]


async def test_orders_that_wait_for_their_turn_stay_when_the_brake_is_shut(slow_pace: None, idle: Studio) -> None:
    """An account that runs empty fails only the jobs in progress; queued jobs stay queued."""
    await idle.start()
    idle.images.credits = 5 * 6
    asked = [await idle.say("a hare", idle.person()) for _ in range(14)]
    await idle.in_state("delivered", 6)
    failed = idle.rows("jobs WHERE failure = 'out_of_credits'")
    assert 1 <= len(failed) <= 5
    assert len(idle.rows("jobs WHERE state = 'queued'")) == len(asked) - 5 - len(failed)
    assert idle.asked_of_api("generate") == 5 + len(failed)
