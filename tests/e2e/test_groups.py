"""In groups, the bot acts on requests only, even without privacy mode."""

import pytest

from sandbox.telegram.chats import Chat
from tests.e2e.kit import ADA, BEN, GROUP, NAME, Studio, picture


@pytest.fixture
def hall(idle: Studio) -> Chat:
    """Return a group without privacy mode: the bot receives every message."""
    return idle.world.add_chat("supergroup", "Hall", [ADA, BEN], privacy=False)


@pytest.mark.parametrize("command", ["/imagine", f"/imagine@{NAME}", f"/Imagine@{NAME.upper()}"])
async def test_a_command_is_answered(studio: Studio, command: str) -> None:
    """`/imagine`, with or without the bot's name, makes a picture in reply to the requester."""
    (asked,) = await studio.world.say(GROUP, BEN, f"{command} a red fox")
    assert (await studio.picture(asked))["caption"] == "a red fox"


@pytest.mark.parametrize("who", ["somebody else", "no reply", "a reply to something else"])
async def test_only_the_answer_to_its_question_is_understood(hall: Chat, studio: Studio, who: str) -> None:
    """Neither another member's reply nor other text of the asked member answers the question."""
    (talk,) = await studio.world.say(hall.id, BEN, "nice weather today")
    (photo,) = await studio.world.say(hall.id, ADA, "/edit", files=[("a.png", picture(), False)])
    question = await studio.answer(photo, "What should I do")
    await studio.heard_everything()
    speaker = BEN if who == "somebody else" else ADA
    replied = {"somebody else": question["message_id"], "no reply": None}.get(who, talk["message_id"])
    await studio.world.say(hall.id, speaker, "like at night", reply_to=replied)
    await studio.heard_everything()
    assert len(studio.from_bot(hall.id)) == 1
    assert not studio.images.generated


async def test_start_in_a_group_says_how_to_ask(studio: Studio) -> None:
    """/start in a group explains the commands without example buttons."""
    (asked,) = await studio.world.say(GROUP, ADA, f"/start@{NAME}")
    welcome = await studio.answer(asked, "/imagine")
    assert "reply_markup" not in welcome


async def test_an_unknown_command_for_the_bot_is_answered(studio: Studio) -> None:
    """An unknown command in a group is answered only if it names the bot."""
    await studio.world.say(GROUP, ADA, "/weather")
    (asked,) = await studio.world.say(GROUP, ADA, f"/foo@{NAME} bar")
    await studio.answer(asked, "/imagine")
    assert len(studio.from_bot(GROUP)) == 1


async def test_a_topic_is_kept_when_there_is_nothing_to_reply_to(studio: Studio) -> None:
    """The album appears in the topic even if the order's message was deleted."""
    studio.images.duration_s = 0.2
    forum = studio.world.add_chat("supergroup", "Forum", [ADA, BEN], topics={7: "Pictures"})
    (asked,) = await studio.world.say(forum.id, ADA, "/imagine two foxes --n 2", thread_id=7)
    await studio.answer(asked)
    studio.world.erase(forum.id, asked["message_id"])
    await studio.world.wait_for(forum.id, lambda message: "photo" in message)
    assert {message.get("message_thread_id") for message in studio.from_bot(forum.id)} == {7}


async def test_a_reply_in_a_supergroup_is_no_topic(studio: Studio) -> None:
    """A reply thread in a group without topics isn't taken for a topic."""
    (talk,) = await studio.world.say(GROUP, BEN, "who can paint?")
    (asked,) = await studio.world.say(GROUP, ADA, "/imagine a fox", reply_to=talk["message_id"])
    assert "is_topic_message" not in await studio.picture(asked)
