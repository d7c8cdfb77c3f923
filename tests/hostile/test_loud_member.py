"""A member who sends many commands delays neither other members nor their own jobs."""

import pytest

from handlers.replies import SEEN_BEFORE
from tests.e2e.kit import ADA, BEN, GROUP, NAME, Studio, until


@pytest.mark.parametrize(
    ("words", "orderer"),
    [
        (f"/help@{NAME}", ADA),
        (f"/help@{NAME}", BEN),
        (f"/edit@{NAME} night", BEN),
        (f"/history@{NAME}", ADA),
        (f"/settings@{NAME}", ADA),
        ("/{n}@" + NAME, ADA),
    ],
)
async def test_sixty_commands_hold_no_order_back(studio: Studio, words: str, orderer: int) -> None:
    """A job is stored, generated and shown however much of the group's rate limit is used up."""
    for number in range(60):
        await studio.world.say(GROUP, BEN, words.replace("{n}", f"n{number}"))
    (asked,) = await studio.world.say(GROUP, orderer, f"/imagine@{NAME} a red fox")
    await studio.picture(asked)


async def test_orders_are_stored_while_others_wait_to_be_answered(studio: Studio) -> None:
    """Jobs are stored at once, even while earlier answers wait for room in a private chat."""
    orders = [await studio.say(f"fox {number}") for number in range(12)]
    await until(lambda: len(studio.rows("jobs")) == len(orders))


async def test_the_same_again_is_no_message(studio: Studio) -> None:
    """A group gets the help text at most once a minute; a repeated request gets a reaction instead."""
    first, *more = [(await studio.world.say(GROUP, BEN, f"/help@{NAME}"))[0] for _ in range(3)]
    await studio.answer(first, "Commands")
    await studio.heard_everything()
    assert len(studio.from_bot(GROUP)) == 1
    found = [studio.world.chats[GROUP].find(message["message_id"]) for message in more]
    assert [entry.reactions for entry in found if entry] == [[SEEN_BEFORE]] * 2
