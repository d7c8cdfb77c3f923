"""A crowd: 500 orders of 50 people in 10 groups and 40 private chats, with every limit enforced by the sandbox."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.kit import GROUP, Mode, Studio
from tests.promises.hurry import Story, hurrying_studio, run_hurrying

Record = Callable[[str, object], None]
PEOPLE, GROUPS, PRIVATE = range(2001, 2051), 10, 40
BUSIEST, OTHERS, ALONE = 120, 20, 5  # orders in the busiest group, in each other group, in each private chat
ARRIVE_WITHIN_S = 60.0
SPEED = 30.0
PER_MINUTE = 20


@dataclass
class Outcome:
    """The measurements of the crowd."""

    asked: int
    floods: int
    refused_calls: int
    calls_in_10_s: int
    states: Counter[str]
    shown: Counter[int]
    """The number of pictures in each chat."""
    share: float
    """The part of the messages that Telegram permits which carried results, in the busiest group while it was busy."""
    minutes: float
    wall_s: float
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.asked} orders, {self.minutes:.1f} minutes in {self.wall_s:.0f} s: {dict(self.states)}, "
            f"{self.floods} flood errors, {self.refused_calls} refused calls, at most {self.calls_in_10_s} in 10 s; "
            f"the busiest group's budget went to results by {self.share:.1%}"
        )


async def crowd(directory: Path, patch: pytest.MonkeyPatch) -> Outcome:
    """Let all orders arrive within a minute, and wait until every one is served."""
    async with hurrying_studio(directory, patch) as story:
        groups = await _order(story.studio)
        await story.all_served()
    return _judge(story, groups[0])


async def _order(studio: Studio) -> list[int]:
    """Send all orders, and return the chat IDs of the groups, the busiest first."""
    for number in PEOPLE:
        studio.world.add_person(number, f"Guest {number}")
    groups = [studio.world.add_chat("supergroup", f"Group {n}", list(PEOPLE)).id for n in range(GROUPS)]
    wishes = [(chat, turn) for chat in groups for turn in range(BUSIEST if chat == groups[0] else OTHERS)]
    wishes += [(person, turn) for person in PEOPLE[:PRIVATE] for turn in range(ALONE)]
    wishes.sort(key=lambda wish: (wish[1] / (BUSIEST if wish[0] == groups[0] else 20), wish[0]))
    for number, (chat, turn) in enumerate(wishes):
        person = chat if chat > 0 else PEOPLE[number % len(PEOPLE)]
        await studio.world.say(chat, person, f"/imagine wish {turn}")
        await asyncio.sleep(ARRIVE_WITHIN_S / len(wishes))
    return groups


def _judge(story: Story, busiest: int) -> Outcome:
    studio = story.studio
    jobs = studio.rows("jobs")
    calls = sorted(call.at for call in studio.images.requests if call.method == "generate")
    shown = Counter({chat: len(_results(studio, chat)) for chat in studio.world.chats})
    return Outcome(
        asked=len(jobs),
        floods=studio.world.flood_errors,
        refused_calls=len(calls) - len(studio.images.tasks),
        calls_in_10_s=max(sum(start <= at < start + 10 for at in calls) for start in calls),
        states=Counter(job["failure"] or job["state"] for job in jobs),
        shown=shown,
        share=_share(studio, busiest),
        minutes=story.minutes,
        wall_s=story.wall_s,
        wrong=[f"{job['id']} in {job['chat_id']}" for job in jobs if not _served(studio, job["chat_id"], job)],
    )


def _results(studio: Studio, chat: int) -> list[float]:
    """Return when each picture in a chat was first shown."""
    entries = studio.world.chats[chat].entries.values()
    pictured = (next((version for version in entry.versions if "photo" in version), None) for entry in entries)
    return sorted(float(version.get("edit_date") or version["date"]) for version in pictured if version)


def _served(studio: Studio, chat: int, job: dict[str, object]) -> bool:
    """Return whether exactly one picture answers the order's message."""
    answers = [message for message in studio.from_bot(chat) if "photo" in message]
    return [message["reply_to_message"]["message_id"] for message in answers].count(job["reply_to"]) == 1


def _share(studio: Studio, chat: int) -> float:
    """Measure the share over the whole minutes of the longest time in which results were always waiting.

    The first minute doesn't count because the placeholders used part of the limit.
    """
    jobs = sorted(studio.rows(f"jobs WHERE chat_id = {chat}"), key=lambda job: int(job["settled_at"]))
    busy = [(0, 0)]
    for job in jobs:
        since, until = busy[-1]
        if job["settled_at"] > until:  # nothing was waiting before this job
            busy.append((job["settled_at"], job["delivered_at"]))
        else:
            busy[-1] = since, max(until, job["delivered_at"])
    since, until = max(busy, key=lambda time: time[1] - time[0])
    began = since / 1000 + 60
    whole = int((until / 1000 - began) // 60)
    assert whole >= 2
    return sum(began < at <= began + 60 * whole for at in _results(studio, chat)) / (PER_MINUTE * whole)


@pytest.mark.alone("its clock runs 30 times faster, so work that takes longer beside others looks like waiting")
@pytest.mark.timeout(120)
def test_a_crowd_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record) -> None:
    """No limit is ever exceeded, every order gets one picture, and a busy group's message limit goes to its results."""
    outcome = run_hurrying(crowd(tmp_path, monkeypatch), SPEED)
    record_property("figures", str(outcome))
    assert outcome.asked == BUSIEST + (GROUPS - 1) * OTHERS + PRIVATE * ALONE == 500
    assert outcome.floods == 0
    assert outcome.refused_calls == 0
    assert outcome.calls_in_10_s <= 20
    assert outcome.states == {"delivered": 500}
    assert not outcome.wrong
    assert outcome.share >= 0.9


@pytest.mark.parametrize("mode", [Mode.WEBHOOK, Mode.POLLING], ids=["webhook", "polling"])
async def test_twenty_orders_at_once_all_arrive_each_in_its_own_chat(studio: Studio) -> None:
    """Twenty people who order at the same moment get one picture each."""
    people = [studio.person() for _ in range(20)]
    orders = [await studio.say(f"a fox with the number {person}", person) for person in people]
    for person, asked in zip(people, orders, strict=True):
        assert (await studio.picture(asked))["caption"] == f"a fox with the number {person}"
        assert len(studio.from_bot(person)) == 1
    assert len(studio.images.tasks) == 20
    assert studio.images.total_charged == 120


async def test_orders_of_one_chat_are_each_answered(studio: Studio) -> None:
    """In a group, each picture replies to its own order."""
    orders = [(await studio.world.say(GROUP, 1001, f"/imagine fox {number}"))[0] for number in range(2)]
    for number, asked in enumerate(orders):
        assert (await studio.picture(asked))["caption"] == f"fox {number}"


async def test_nobody_waits_for_somebody_elses_broken_order(studio: Studio) -> None:
    """A task that never ends delays no other job."""
    studio.images.duration_s = 60
    await studio.answer(await studio.say("a slow fox"))
    await studio.in_state("generating")
    studio.images.duration_s = 0.05
    await studio.picture(await studio.say("a quick fox", studio.person()))
