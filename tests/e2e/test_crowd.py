"""Many users at once."""

import pytest

from tests.e2e.kit import GROUP, Mode, Studio


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
