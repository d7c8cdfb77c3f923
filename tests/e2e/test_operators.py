"""Operators: what they can do, that it survives a crash and a replay, and that nobody else can do any of it."""

import io
import json
import re
from typing import Any

import pytest
from PIL import Image

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, GROUP, NAME, Message, Studio, until, words_of

COMMANDS = (
    "/stats", "/credits", "/grant 1002 5", "/ban 1002", "/unban 1002", "/allow 1002", "/invite 5", "/broadcast hi",
    "/broadcast stop", "/pause", "/resume",
)  # fmt: skip


@pytest.fixture
async def office(idle: Studio) -> Studio:
    """A bot that Ada runs, and that others may use."""
    idle.world.limits.enabled = False
    await idle.start(admins=[ADA], admin_chat_id=ADA)
    return idle


async def _ask(studio: Studio, words: str, says: str = "", person: int = ADA) -> Message:
    return await studio.answer(await studio.say(words, person), says)


async def _press(studio: Studio, message: Message, verb: str, person: int = ADA) -> dict[str, Any]:
    now = studio.world.chats[message["chat"]["id"]].find(message["message_id"])
    assert now
    rows = now.now["reply_markup"]["inline_keyboard"]
    data = next(key["callback_data"] for row in rows for key in row if f":{verb}:" in key["callback_data"])
    return await studio.world.press(message["chat"]["id"], message["message_id"], person, data)


def _now(studio: Studio, message: Message) -> str:
    entry = studio.world.chats[message["chat"]["id"]].find(message["message_id"])
    return words_of(entry.now) if entry else ""


async def _becomes(studio: Studio, message: Message, words: str) -> None:
    await until(lambda: words in _now(studio, message))


def _heard(studio: Studio, words: str) -> list[int]:
    """In which chats the bot said exactly this."""
    chats = studio.world.chats
    return [chat for chat in chats for message in studio.from_bot(chat) if words_of(message) == words]


async def _again(studio: Studio) -> None:
    """Let the bot handle everything once more that it heard, as after a crash before it noted that it did."""
    await studio.heard_everything()
    await studio.crash()
    studio.rewrite("UPDATE inbox SET done_at = NULL")
    await studio.start()
    await studio.heard_everything()


# --- who is one ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
async def test_nobody_else_has_these_commands(office: Studio, command: str) -> None:
    """For everybody but operators they are unknown commands, and do nothing."""
    answer = await _ask(office, command, person=BEN)
    assert "I don't know" in words_of(answer)
    assert not office.rows("access")
    assert not office.rows("grants")
    assert not office.rows("invites")
    assert not office.rows("broadcasts")
    assert not office.rows("kept WHERE name LIKE 'note %'")


@pytest.mark.parametrize("command", COMMANDS)
async def test_operators_have_them_in_private_only(office: Studio, command: str) -> None:
    """In a group an operator is like everybody else."""
    name, _, rest = command.partition(" ")
    (asked,) = await office.world.say(GROUP, ADA, f"{name}@{NAME} {rest}")
    assert "I don't know" in words_of(await office.answer(asked))
    assert not office.rows("access")
    assert not office.rows("kept WHERE name LIKE 'note %'")


@pytest.mark.parametrize("more", ["forward_origin", "sender_chat", "via_bot", "from"])
async def test_only_an_operators_own_words_count(office: Studio, more: str) -> None:
    """Forwarded commands, those in a channel's name, those by way of a bot, and those of bots decide nothing."""
    stranger = {"id": 7, "is_bot": True, "first_name": "Robot"}
    extra: dict[str, Any] = {
        "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Ada"},
        "sender_chat": {"id": -1_000_000_000_777, "type": "channel", "title": "News"},
        "via_bot": stranger,
        "from": {"id": ADA, "is_bot": True, "first_name": "Ada"},
    }[more]
    entity = {"type": "bot_command", "offset": 0, "length": 6}
    office.world.say_raw(ADA, ADA, {"text": "/pause", "entities": [entity], more: extra})
    await office.heard_everything()
    assert not office.rows("kept WHERE name LIKE 'note %'")


async def test_only_operators_press_their_buttons(office: Studio) -> None:
    """Whoever makes up what a button of a broadcast says is told off, and nothing is sent."""
    await _ask(office, "/broadcast hello", "Send this")
    (broadcast,) = office.rows("broadcasts")
    data = f"broadcast:send:{broadcast['id']}"
    mine = await _ask(office, "/help", person=BEN)
    office.world.updates.add(
        "callback_query",
        {"id": "991", "from": office.world.people[BEN], "message": mine, "data": data, "chat_instance": "1"},
        BEN,
    )
    await office.heard_everything()
    assert office.rows("broadcasts")[0]["state"] == "asked"


# --- bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "/ban", "/ban @ben", "/ban ben", "/ban 0", "/ban 1002 1003", "/ban 99999999999999999999", "/ban ١٢٣",
        "/unban", "/unban x", "/allow", "/allow 1.5", "/allow 9007199254740993",
        "/grant", "/grant 1002", "/grant 1002 0", "/grant 1002 many", "/grant 1002 1000001", "/grant 1002 -1000001",
        "/grant 1002 9999999999999999999999", "/grant 0 5", "/grant 1002 5 5", "/grant 1002 1e3",
        "/invite", "/invite -1", "/invite 5 0", "/invite 5 366", "/invite 5 5 0", "/invite 5 5 1001", "/invite 5 5 5 5",
        "/stats 0", "/stats 61", "/stats -1", "/stats week", "/broadcast",
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_answered_with_the_usage(office: Studio, command: str) -> None:
    """Names, huge and missing numbers, and too many of them: the answer shows how it goes, and nothing happens."""
    answer = await _ask(office, command)
    assert command.split(maxsplit=1)[0] in words_of(answer)
    assert "went wrong" not in words_of(answer)
    for table in ("access", "grants", "invites", "broadcasts"):
        assert not office.rows(table)


async def test_an_operator_cannot_be_banned(office: Studio) -> None:
    """Nobody locks themselves out."""
    await _ask(office, f"/ban {ADA}", "can't be banned")
    assert not office.rows("access")


# --- people ----------------------------------------------------------------------------------------------------


async def test_banned_people_are_refused_until_they_are_unbanned(office: Studio) -> None:
    """A ban holds in private and in groups, and ends when it is lifted."""
    await _ask(office, f"/ban {BEN}", "is banned")
    await _ask(office, "a fox", "shut you out", BEN)
    (there,) = await office.world.say(GROUP, BEN, "/imagine a fox")
    await office.answer(there, "shut you out")
    assert not office.images.generated
    await _ask(office, f"/unban {BEN}", "no longer banned")
    await office.picture(await office.say("a fox", BEN))


async def test_an_allowlist_grows_by_allow(office: Studio) -> None:
    """Strangers are told their number, which an operator allows; operators themselves need no list."""
    await office.crash()
    await office.start(access="allowlist")
    refusal = words_of(await _ask(office, "a fox", "not open to everybody", BEN))
    number = re.findall(r"\d+", refusal)[-1]
    await _ask(office, f"/allow {number}", "may use the bot")
    await office.picture(await office.say("a fox", BEN))
    await office.picture(await office.say("a fox"))


async def test_an_allowed_group_is_open_to_its_members(office: Studio) -> None:
    """A group on the list of the settings paints for whoever is in it."""
    await office.crash()
    await office.start(access="allowlist", allowed_ids=[GROUP])
    (there,) = await office.world.say(GROUP, BEN, "/imagine a fox")
    await office.picture(there)
    await _ask(office, "a fox", "not open to everybody", BEN)


async def test_an_invitation_opens_the_door_once(office: Studio) -> None:
    """The link lets one person in with credits on top; the next one is told that it is used up."""
    await office.crash()
    await office.start(access="invite", daily_credits_per_person=0)
    await _ask(office, "a fox", "invited people", BEN)
    code = _code(await _ask(office, "/invite 6", "t.me"))
    await _ask(office, f"/start {code}", "brings 6 credits", BEN)
    await office.picture(await office.say("a fox", BEN))
    await _ask(office, f"/start {code}", "used this invitation already", BEN)
    guest = office.person()
    await _ask(office, f"/start {code}", "as many people", guest)
    await _ask(office, f"/start {code}x", "don't know this invitation", guest)
    await _ask(office, "a fox", "invited people", guest)
    assert office.rows("grants")[0]["scope_id"] == BEN


async def test_an_expired_invitation_is_told(office: Studio) -> None:
    """After its days an invitation is only good for an explanation."""
    code = _code(await _ask(office, "/invite 6 1 5", "5 people"))
    office.rewrite("UPDATE invites SET expires_at = 1")
    await _ask(office, f"/start {code}", "expired", BEN)
    assert not office.rows("grants")


def _code(message: Message) -> str:
    link = re.search(r"https://t\.me/(\w+)\?start=([\w-]+)", words_of(message))
    assert link
    assert link[1] == NAME
    return link[2]


async def test_grants_are_given_and_taken(office: Studio) -> None:
    """What is granted can be used where the day's allowance can't, and more than there is can't be taken."""
    await office.crash()
    await office.start(daily_credits_per_person=0)
    await _ask(office, f"/grant {BEN} 8", "now has 8 extra credits")
    await office.picture(await office.say("a fox", BEN))
    await _ask(office, f"/grant {BEN} -50", "now has 0 extra credits")
    await _ask(office, f"/grant {GROUP} 12", "now has 12 extra credits")


async def test_a_replay_decides_nothing_twice(office: Studio) -> None:
    """Handled again after a crash, grants, invitations, redemptions and broadcasts are what they were."""
    await _ask(office, f"/grant {BEN} 8", "8 extra")
    code = _code(await _ask(office, "/invite 6", "t.me"))
    await _ask(office, f"/start {code}", "brings 6 credits", BEN)
    question = await _ask(office, "/broadcast hello all", "Send this")
    await _press(office, question, "send")
    await _becomes(office, question, "Sent")
    before = {table: office.rows(table) for table in ("grants", "invites", "redemptions", "recipients")}
    await _again(office)
    assert {table: office.rows(table) for table in before} == before
    assert len(office.rows("broadcasts")) == 1
    assert len(_heard(office, "hello all")) == len(set(_heard(office, "hello all"))) == 2


# --- the bot as a whole ----------------------------------------------------------------------------------------


async def test_stats_come_with_a_picture(office: Studio) -> None:
    """The caption says the sums, and the picture is one that a telephone shows well."""
    office.faults.add(Fault("image", "generate", "code", "400:no"))
    await office.answer(await office.say("a bad fox", BEN), "⚠")
    await office.picture(await office.say("a fox", BEN))
    (shown,) = [await _ask(office, "/stats 7", "1 failed")]
    assert "Last 7 days · 2 orders · 1 failed · 6 credits · 1 person · 1 chat" in words_of(shown)
    photo = max(shown["photo"], key=lambda size: int(size["width"]))
    with Image.open(io.BytesIO(office.world.files.read(photo["file_id"]))) as image:
        assert image.width == 1080
    assert "Last 14 days" in words_of(await _ask(office, "/stats"))
    assert not list((office.directory / "arriving").glob("*"))


async def test_credits_of_the_account(office: Studio) -> None:
    """What the image API says is left, with what was spent; where it does not answer, that is said."""
    office.images.credits = 5916.25
    await office.picture(await office.say("a fox", BEN))
    said = words_of(await _ask(office, "/credits"))
    assert "5,910.25" in said
    assert "6 were spent today" in said
    office.faults.add(Fault("image", "credit", "html"))
    await _ask(office, "/credits", "did not tell")


async def test_a_pause_holds_orders_back_over_a_restart(office: Studio) -> None:
    """Paused, orders are taken but not given to the service, by the next process neither, until it is resumed."""
    await _ask(office, "/pause", "Paused")
    await _ask(office, "/pause", "already")
    asked = await office.say("a fox", BEN)
    await office.in_state("queued")
    await office.restart()
    await office.heard_everything()
    await _ask(office, "/help")
    assert not office.images.generated
    await _ask(office, "/resume", "Orders go")
    await _ask(office, "/resume", "isn't paused")
    await office.picture(asked)


async def test_low_credits_are_told_once(idle: Studio) -> None:
    """The admin chat hears that the account runs low, and not again with every start."""
    idle.images.credits = 40
    await idle.start(admins=[ADA], admin_chat_id=ADA, low_credits=50)
    await idle.world.wait_for(ADA, lambda message: "runs low: 40 credits" in words_of(message))
    await until(lambda: idle.rows("kept WHERE name LIKE 'note %'"))
    await idle.restart()
    await _ask(idle, "/credits", "40 credits")
    assert sum("runs low" in words_of(message) for message in idle.from_bot(ADA)) == 1


# --- broadcasts ------------------------------------------------------------------------------------------------


async def _crowd(studio: Studio, count: int) -> list[int]:
    """People the bot knows, beside Ada."""
    people = [studio.person() for _ in range(count)]
    for person in people:
        await studio.say("/help", person)
    await studio.heard_everything()
    return people


async def test_a_broadcast_reaches_every_chat_once(office: Studio) -> None:
    """Asked about first; then people and groups get it, word for word, and the operator's message says how it ended."""
    people = await _crowd(office, 3)
    (there,) = await office.world.say(GROUP, BEN, f"/help@{NAME}")
    await office.answer(there)
    question = await _ask(office, "/broadcast Tonight <b>we</b> rest.", "Send this to 5 chats")
    assert not _heard(office, "Tonight <b>we</b> rest.")
    await _press(office, question, "send")
    await _becomes(office, question, "Sent: 5 of 5")
    assert sorted(_heard(office, "Tonight <b>we</b> rest.")) == sorted([ADA, GROUP, *people])
    assert "reply_markup" not in office.world.chats[ADA].find(question["message_id"]).now  # type: ignore[union-attr]


async def test_a_broadcast_can_be_dropped(office: Studio) -> None:
    """What the operator does not want after all is sent to nobody."""
    await _crowd(office, 2)
    question = await _ask(office, "/broadcast hello all", "Send this")
    await _press(office, question, "drop")
    await _becomes(office, question, "Not sent")
    assert not _heard(office, "hello all")


async def test_chats_that_are_gone_are_skipped_and_marked(office: Studio) -> None:
    """Who blocked the bot gets nothing, is counted, and is not asked again by the next broadcast."""
    gone, there = await _crowd(office, 2)
    office.world.block(gone)
    await office.heard_everything()
    office.rewrite("UPDATE chats SET gone_at = NULL")
    question = await _ask(office, "/broadcast hello all", "Send this to 3 chats")
    await _press(office, question, "send")
    await _becomes(office, question, "Sent: 2 of 3")
    assert "1 is gone" in _now(office, question)
    assert sorted(_heard(office, "hello all")) == [ADA, there]
    await _ask(office, "/broadcast hello again", "Send this to 2 chats")


@pytest.mark.parametrize("how", ["button", "command"])
async def test_a_broadcast_can_be_stopped(office: Studio, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Stopped in the middle, nobody else gets it, not after a restart either."""
    monkeypatch.setattr("bot.delivery.budget.BULK_PER_SECOND", 2)
    await _crowd(office, 12)
    question = await _ask(office, "/broadcast hello all", "Send this to 13 chats")
    await _press(office, question, "send")
    await until(lambda: _heard(office, "hello all"))
    if how == "button":
        await _press(office, question, "stop")
    else:
        await _ask(office, "/broadcast stop", "1 broadcast was stopped")
    await _becomes(office, question, "Stopped")
    reached = len(_heard(office, "hello all"))
    assert reached < 13
    await office.restart()
    await _ask(office, "/broadcast stop", "No broadcast is under way")
    assert len(_heard(office, "hello all")) == reached


async def test_a_broadcast_goes_on_after_a_crash(office: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed again and again in the middle, it reaches everybody at most once, and misses only whom it tells of."""
    monkeypatch.setattr("bot.delivery.budget.BULK_PER_SECOND", 6)
    people = await _crowd(office, 16)
    question = await _ask(office, "/broadcast hello all", "Send this to 17 chats")
    await _press(office, question, "send")
    for reached in (3, 7, 11):
        await until(lambda reached=reached: len(_heard(office, "hello all")) >= reached)
        await office.restart()
    await _becomes(office, question, "Sent: ")
    heard = _heard(office, "hello all")
    assert len(heard) == len(set(heard))
    unsure = {row["chat_id"] for row in office.rows("recipients WHERE fate = 'unsure'")}
    assert set(heard) | unsure == {ADA, *people}


async def test_people_go_before_a_broadcast(office: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a broadcast crawls, an order is painted and shown as ever."""
    monkeypatch.setattr("bot.delivery.budget.BULK_PER_SECOND", 1)
    await _crowd(office, 12)
    question = await _ask(office, "/broadcast hello all", "Send this")
    await _press(office, question, "send")
    await office.picture(await office.say("a fox", BEN))
    assert json.dumps(office.rows("broadcasts")[0]["state"]) == '"running"'
