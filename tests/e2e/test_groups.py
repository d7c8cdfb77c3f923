"""In groups, the bot acts on requests only, even without privacy mode."""

import pytest

from sandbox.telegram.chats import Chat
from tests.e2e.kit import ADA, BEN, GROUP, NAME, Studio, color_of, picture, until


@pytest.fixture
def hall(idle: Studio) -> Chat:
    """Return a group without privacy mode: the bot receives every message."""
    return idle.world.add_chat("supergroup", "Hall", [ADA, BEN], privacy=False)


async def _quiet(studio: Studio) -> None:
    """Wait until every update and every album is handled."""
    await studio.heard_everything()
    await until(lambda: not studio.rows("albums WHERE closed_at IS NULL"))


@pytest.mark.parametrize("command", ["/imagine", f"/imagine@{NAME}", f"/Imagine@{NAME.upper()}"])
async def test_a_command_is_answered(studio: Studio, command: str) -> None:
    """`/imagine`, with or without the bot's name, makes a picture in reply to the requester."""
    (asked,) = await studio.world.say(GROUP, BEN, f"{command} a red fox")
    assert (await studio.picture(asked))["caption"] == "a red fox"


@pytest.mark.parametrize(
    "words", ["/imagine@other_bot a fox", "a red fox", "look: /imagine a fox", "/paint a fox", "/weather"]
)
async def test_other_talk_is_ignored(hall: Chat, studio: Studio, words: str) -> None:
    """Commands for other bots and conversations get no answer and cost nothing."""
    await studio.world.say(hall.id, BEN, words)
    await _quiet(studio)
    assert not studio.from_bot(hall.id)
    assert not studio.images.generated


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("caption", ["", "our holidays", "/edit@other_bot make it night"])
async def test_photos_are_ignored(hall: Chat, studio: Studio, count: int, caption: str) -> None:
    """Pictures that members show each other, single or as an album, are ignored."""
    files = [(f"{number}.png", picture((20 + number, 20)), False) for number in range(count)]
    await studio.world.say(hall.id, BEN, caption, files=files)
    await _quiet(studio)
    assert not studio.from_bot(hall.id)
    assert not studio.images.generated


async def test_a_remark_under_a_picture_costs_nothing(studio: Studio) -> None:
    """Text in reply to the bot's picture isn't an edit in a group."""
    (asked,) = await studio.world.say(GROUP, ADA, "/imagine a red fox")
    shown = await studio.picture(asked)
    await studio.world.say(GROUP, BEN, "how beautiful", reply_to=shown["message_id"])
    await studio.heard_everything()
    assert len(studio.from_bot(GROUP)) == 1
    assert len(studio.images.generated) == 1


async def test_edit_under_the_bots_picture(studio: Studio) -> None:
    """`/edit` in reply to the bot's picture edits it."""
    (asked,) = await studio.world.say(GROUP, ADA, "/imagine a red fox")
    shown = await studio.picture(asked)
    (again,) = await studio.world.say(GROUP, BEN, "/edit make it night", reply_to=shown["message_id"])
    await studio.picture(again)
    assert len(studio.inputs()) == 1


async def test_the_answer_to_its_question_is_understood(studio: Studio) -> None:
    """A reply to the bot's question by the asked member is understood."""
    (photo,) = await studio.world.say(GROUP, ADA, "/edit", files=[("a.png", picture(color="red"), False)])
    question = await studio.answer(photo, "What should I do")
    (words,) = await studio.world.say(GROUP, ADA, "make it night", reply_to=question["message_id"])
    await studio.picture(words)
    assert studio.images.generated[0]["prompt"] == "make it night"
    assert [color_of(data) for data in studio.inputs()] == [(255, 0, 0)]


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


@pytest.mark.parametrize("thread", [7, None], ids=["topic", "general"])
@pytest.mark.parametrize("words", ["a fox", "two foxes --n 2"])
async def test_replies_stay_in_their_topic(studio: Studio, thread: int | None, words: str) -> None:
    """The placeholder, the picture and the album appear in the topic of the command."""
    forum = studio.world.add_chat("supergroup", "Forum", [ADA, BEN], topics={7: "Pictures", 9: "Talk"})
    (asked,) = await studio.world.say(forum.id, ADA, f"/imagine {words}", thread_id=thread)
    await studio.picture(asked)
    assert {message.get("message_thread_id") for message in studio.from_bot(forum.id)} == {thread}


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
