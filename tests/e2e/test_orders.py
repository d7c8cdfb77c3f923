"""From the prompt to the picture, in every mode."""

import asyncio
from typing import Any

import pytest

from tests.e2e.kit import ADA, BEN, EVERYWHERE, IN_GROUP, Message, Mode, Room, Studio, shows, until, words_of

EVERY_MODE = pytest.mark.parametrize("mode", list(Mode), ids=lambda mode: mode.name.lower())


@EVERY_MODE
async def test_words_become_a_picture(studio: Studio) -> None:
    """`/imagine` leads to a picture with the prompt as its caption, in every mode."""
    asked = await studio.say("/imagine a red fox in the snow")
    shown = await studio.picture(asked)
    assert shown["caption"] == "a red fox in the snow"
    assert len(studio.images.generated) == 1


@EVERY_MODE
async def test_the_callback_address_is_given_where_the_world_reaches_the_bot(studio: Studio) -> None:
    """An order has its own webhook address exactly if PUBLIC_URL is set."""
    asked = [await studio.say("a fox", person) for person in (studio.person(), studio.person())]
    for message in asked:
        await studio.picture(message)
    addresses = [body.get("callBackUrl") for body in studio.images.generated]
    if studio.mode.public:
        assert all(address.startswith(f"{studio.url}/callbacks/") for address in addresses)
        assert len(set(addresses)) == 2
    else:
        assert addresses == [None, None]


FOX: dict[str, Any] = {"prompt": "a fox"}
WORDS: list[tuple[str, dict[str, Any]]] = [
    ("/imagine a fox", FOX | {"size": "1:1"}),
    ("a fox", FOX | {"size": "1:1"}),
    ("/imagine@imagine_sandbox_bot a fox", FOX | {"size": "1:1"}),
    ("/imagine a fox --size 3:2", FOX | {"size": "3:2"}),
    ("a fox --size 2:3", FOX | {"size": "2:3"}),
    ("--ar landscape a fox", FOX | {"size": "3:2"}),
    ("/imagine --size portrait a fox", FOX | {"size": "2:3"}),
    ("/imagine a fox --ar=square", FOX | {"size": "1:1"}),
    ("/imagine a fox —size 3:2 —n 2", FOX | {"size": "3:2", "nVariants": 2}),
    ("/imagine a fox --n 1", FOX | {"size": "1:1"}),
    ("/imagine a fox --n 4", FOX | {"size": "1:1", "nVariants": 4}),
    ("/imagine a fox --enhance", FOX | {"size": "1:1", "isEnhance": True}),
    ("/imagine a fox --cn", FOX | {"size": "1:1", "uploadCn": True}),
    ("/imagine a fox --fallback", FOX | {"size": "1:1", "enableFallback": True}),
    ("/imagine a fox --fallback flux", FOX | {"size": "1:1", "enableFallback": True}),
    (
        "/imagine a fox --fallback gpt",
        FOX | {"size": "1:1", "enableFallback": True, "fallbackModel": "GPT_IMAGE_1"},
    ),
    (
        "/imagine --cn --n 2 a fox --enhance --fallback gpt --size 2:3",
        FOX
        | {"size": "2:3", "nVariants": 2, "isEnhance": True, "uploadCn": True}
        | {"enableFallback": True, "fallbackModel": "GPT_IMAGE_1"},
    ),
    ("/imagine a portrait of a queen", {"size": "1:1", "prompt": "a portrait of a queen"}),
]


def by_prompt(body: dict[str, Any]) -> str:
    """Return the prompt as a sort key; all prompts differ."""
    return str(body["prompt"])


async def test_every_option_reaches_the_service_exactly(studio: Studio) -> None:
    """The body of generate contains exactly the requested options, without defaults."""
    expected = []
    for number, (words, body) in enumerate(WORDS):
        prompt = body["prompt"].replace("a ", f"a {number}th ", 1)
        await studio.say(words.replace(body["prompt"], prompt), studio.person())
        expected.append(body | {"prompt": prompt})
    await until(lambda: len(studio.images.generated) == len(WORDS))
    sent = [{key: value for key, value in body.items() if key != "callBackUrl"} for body in studio.images.generated]
    assert sorted(sent, key=by_prompt) == sorted(expected, key=by_prompt)


@pytest.mark.parametrize(("wished", "near"), [("16:9", "3:2"), ("9:16", "2:3")])
async def test_a_ratio_the_service_lacks_is_mapped_and_said(studio: Studio, wished: str, near: str) -> None:
    """16:9 and 9:16 become the nearest size, and the caption says so."""
    asked = await studio.say(f"/imagine a fox --ar {wished}")
    shown = await studio.picture(asked)
    assert studio.images.generated[0]["size"] == near
    assert wished in shown["caption"]
    assert near in shown["caption"]


@pytest.mark.parametrize("words", ["/imagine", "/imagine --n 2", "/imagine@imagine_sandbox_bot   ", "--n 2"])
async def test_no_prompt_gets_help_with_an_example(studio: Studio, words: str) -> None:
    """A command without a prompt is answered with an example and costs nothing."""
    answer = await studio.answer(await studio.say(words))
    assert "/imagine a red fox in the snow" in answer["text"]
    assert not studio.images.generated


@pytest.mark.parametrize(
    ("words", "legal"),
    [
        ("a fox --n 3", "1, 2 or 4"),
        ("a fox --n", "1, 2 or 4"),
        ("a fox --size 7", "1:1, 3:2, 16:9"),
        ("a fox --size 0:0", "1:1, 3:2, 16:9"),
        ("a fox --fallback=dalle", "flux or gpt"),
        ("a fox --enhance=yes", "--enhance"),
        ("a fox --seed 5", "--seed"),
    ],
)
async def test_a_bad_option_is_refused_with_what_is_legal(studio: Studio, words: str, legal: str) -> None:
    """A wrong option is answered with the valid values and costs nothing."""
    answer = await studio.answer(await studio.say(f"/imagine {words}"))
    assert legal in answer["text"]
    assert not studio.images.generated


async def test_start_and_help_say_what_there_is(studio: Studio) -> None:
    """/start welcomes, /help names every option, and both offer examples."""
    welcome = await studio.answer(await studio.say("/start"))
    helping = await studio.answer(await studio.say("/help"))
    assert "/help" in welcome["text"]
    assert all(option in helping["text"] for option in ("--size", "--n", "--enhance", "--fallback", "--cn", "/edit"))
    for message in (welcome, helping):
        assert len(message["reply_markup"]["inline_keyboard"]) >= 2


async def test_the_commands_are_registered(studio: Studio) -> None:
    """The commands are registered with Telegram."""
    await studio.answer(await studio.say("/start"))
    names = {command["command"] for commands in studio.world.commands.values() for command in commands}
    assert {"imagine", "edit", "help"} <= names


async def test_an_unknown_command_is_answered(studio: Studio) -> None:
    """An unknown command is answered with the known ones, and nothing is ordered."""
    answer = await studio.answer(await studio.say("/foo bar"))
    assert "/foo" in answer["text"]
    assert "/imagine" in words_of(answer)
    assert not studio.images.generated


# --- example buttons --------------------------------------------------------------------------------------------------


ON_ITS_WAY = "On its way"


@pytest.fixture
async def offered(room: Room) -> Message:
    """Return a message with examples that an earlier process offered."""
    message = await room.studio.answer(await room.say("/imagine"), "for example")
    await room.studio.heard_everything()
    await room.studio.restart()
    return message


async def _tap(room: Room, offered: Message, number: int = 0, person: int | None = None) -> str:
    """Press an example, and return the answer."""
    data = f"example:{number}"
    answer = await room.studio.world.press(room.chat_id, offered["message_id"], person or room.person, data)
    return str(answer["text"])


@EVERYWHERE
async def test_a_tap_is_an_order(room: Room, offered: Message) -> None:
    """A press on an example orders its picture, even if an earlier process offered it."""
    assert await _tap(room, offered) == ON_ITS_WAY
    shown = await room.come(shows("photo"), offered)
    assert shown["caption"] == room.studio.images.generated[0]["prompt"]
    assert [job["asked_by"] for job in room.studio.rows("jobs")] == [room.person]


async def test_a_double_tap_is_one_order(room: Room, offered: Message) -> None:
    """Two presses on an example make one job, and another example makes another job."""
    room.studio.images.duration_s = 0.3
    assert list(await asyncio.gather(_tap(room, offered), _tap(room, offered))) == [ON_ITS_WAY] * 2
    await _tap(room, offered, 1)
    await room.studio.in_state("delivered", 2)
    assert len(room.studio.rows("jobs")) == len({order["prompt"] for order in room.studio.images.generated}) == 2


@IN_GROUP
async def test_two_people_who_tap_the_same(room: Room, offered: Message) -> None:
    """Two people who press the same example get a job each."""
    await asyncio.gather(_tap(room, offered, person=ADA), _tap(room, offered, person=BEN))
    await room.studio.in_state("delivered", 2)
    assert sorted(job["asked_by"] for job in room.studio.rows("jobs")) == [ADA, BEN]


async def test_an_example_is_tapped_again_later(room: Room, offered: Message) -> None:
    """An example can be pressed again some time after its picture was shown."""
    await _tap(room, offered)
    await room.studio.in_state("delivered")
    await room.studio.rewrite("UPDATE jobs SET created_at = created_at - 60000")
    await _tap(room, offered)
    await room.studio.in_state("delivered", 2)
