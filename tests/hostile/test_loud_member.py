"""One member who asks for much holds up nobody else, nor their own orders."""

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
    """However much of the group's minute is used up, an order is stored, painted and shown."""
    for number in range(60):
        await studio.world.say(GROUP, BEN, words.replace("{n}", f"n{number}"))
    (asked,) = await studio.world.say(GROUP, orderer, f"/imagine@{NAME} a red fox")
    await studio.picture(asked)


async def test_orders_are_stored_while_others_wait_to_be_answered(studio: Studio) -> None:
    """What waits for room in a private chat is only said later; what comes next is done at once."""
    orders = [await studio.say(f"fox {number}") for number in range(12)]
    await until(lambda: len(studio.rows("jobs")) == len(orders))


async def test_the_same_again_is_no_message(studio: Studio) -> None:
    """A group is told what the bot can do once a minute; who asks again gets a reaction."""
    first, *more = [(await studio.world.say(GROUP, BEN, f"/help@{NAME}"))[0] for _ in range(3)]
    await studio.answer(first, "Commands")
    await studio.heard_everything()
    assert len(studio.from_bot(GROUP)) == 1
    found = [studio.world.chats[GROUP].find(message["message_id"]) for message in more]
    assert [entry.reactions for entry in found if entry] == [[SEEN_BEFORE]] * 2
