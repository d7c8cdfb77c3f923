"""Operators' commands: their effects survive crashes and replays, and other users can't use them."""

import asyncio
import io
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from PIL import Image

from core.runtime.rate_limiter import SharedLimiter, SlidingWindowLimiter
from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, GROUP, NAME, Message, Studio, until, words_of
from tests.e2e.operator_kit import ask, becomes, heard, press

COMMANDS = (
    "/admin", "/stats", "/credits", "/grant 1002 5", "/ban 1002", "/unban 1002", "/allow 1002", "/invite 5",
    "/broadcast hi", "/broadcast stop", "/pause", "/resume",
)  # fmt: skip


pytestmark = pytest.mark.usefixtures("unforgetting")


async def _again(studio: Studio) -> None:
    """Let the bot handle every update again, as after a crash just before it was marked as handled."""
    await studio.heard_everything()
    await studio.crash()
    await studio.rewrite("UPDATE inbox SET done_at = NULL")
    await studio.start()
    await studio.heard_everything()


# --- who is an operator -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
async def test_nobody_else_has_these_commands(office: Studio, command: str) -> None:
    """For other users, and in groups, operators' commands do nothing, but `/allow` has its own meaning in groups."""
    assert "I don't know" in words_of(await ask(office, command, person=BEN))
    name, _, rest = command.partition(" ")
    (asked,) = await office.world.say(GROUP, ADA, f"{name}@{NAME} {rest}")
    answer = words_of(await office.answer(asked))
    assert "I don't know" in answer or (name == "/allow" and "Reply with" in answer)
    for table in ("access", "grants", "invites", "broadcasts", "kept WHERE name LIKE 'note %'"):
        assert not office.rows(table)


@pytest.mark.parametrize("more", ["forward_origin", "sender_chat", "via_bot", "from"])
async def test_only_an_operators_own_words_count(office: Studio, more: str) -> None:
    """Commands that are forwarded, sent as a channel, by inline bots or by bots do nothing."""
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
    """A forged press on an operator's button does nothing."""
    await ask(office, "/broadcast hello", "Send this")
    (broadcast,) = office.rows("broadcasts")
    data = f"broadcast:send:{broadcast['id']}"
    mine = await ask(office, "/help", person=BEN)
    office.world.updates.add(
        "callback_query",
        {"id": "991", "from": office.world.people[BEN], "message": mine, "data": data, "chat_instance": "1"},
        BEN,
    )
    await office.heard_everything()
    assert office.rows("broadcasts")[0]["state"] == "asked"


# --- bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "/ban", "/ban @b-en", "/ban @", "/ban ben", "/ban 0", "/ban 1002 1003", "/ban 99999999999999999999", "/ban ١٢٣",
        "/unban", "/unban x", "/allow", "/allow 1.5", "/allow 9007199254740993",
        "/grant", "/grant 1002", "/grant 1002 0", "/grant 1002 many", "/grant 1002 1000001", "/grant 1002 -1000001",
        "/grant 1002 9999999999999999999999", "/grant 0 5", "/grant 1002 5 5", "/grant 1002 1e3",
        "/invite", "/invite -1", "/invite 5 0", "/invite 5 366", "/invite 5 5 0", "/invite 5 5 1001", "/invite 5 5 5 5",
        "/stats 0", "/stats 61", "/stats -1", "/stats week", "/stats 7w", "/stats d", "/stats ٧d", "/stats 7 8",
        "/broadcast",
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_answered_with_the_usage(office: Studio, command: str) -> None:
    """Invalid arguments are answered with the usage, and nothing happens."""
    answer = await ask(office, command)
    assert command.split(maxsplit=1)[0] in words_of(answer)
    assert "went wrong" not in words_of(answer)
    for table in ("access", "grants", "invites", "broadcasts"):
        assert not office.rows(table)


async def test_an_operator_cannot_be_banned(office: Studio) -> None:
    """An operator can't be banned."""
    await ask(office, f"/ban {ADA}", "can't ban an operator")
    assert not office.rows("access")


# --- people -------------------------------------------------------------------------------------------------------


async def test_banned_people_are_refused_until_they_are_unbanned(office: Studio) -> None:
    """A ban applies in private and in groups, and ends with /unban."""
    await ask(office, f"/ban {BEN}", "is banned")
    await ask(office, "a fox", "shut you out", BEN)
    (there,) = await office.world.say(GROUP, BEN, "/imagine a fox")
    await office.answer(there, "shut you out")
    assert not office.images.generated
    await ask(office, f"/unban {BEN}", "no longer banned")
    await office.picture(await office.say("a fox", BEN))


async def test_an_allowlist_grows_by_allow(office: Studio) -> None:
    """A refused user is told their ID, which an operator can allow; operators need no permission."""
    await office.crash()
    await office.start(access="allowlist")
    refusal = words_of(await ask(office, "a fox", "not open to everybody", BEN))
    number = re.findall(r"\d+", refusal)[-1]
    await ask(office, f"/allow {number}", "may use the bot")
    await office.picture(await office.say("a fox", BEN))
    await office.picture(await office.say("a fox"))


async def test_an_allowed_group_is_open_to_its_members(office: Studio) -> None:
    """Every member of a group in ALLOWED_IDS may use the bot there."""
    await office.crash()
    await office.start(access="allowlist", allowed_ids=[GROUP])
    (there,) = await office.world.say(GROUP, BEN, "/imagine a fox")
    await office.picture(there)
    await ask(office, "a fox", "not open to everybody", BEN)


async def test_an_invitation_opens_the_door_once(office: Studio) -> None:
    """An invitation admits one person with credits, and the next one is told that it is used up."""
    await office.crash()
    await office.start(access="invite", daily_credits_per_person=0)
    await ask(office, "a fox", "invited people", BEN)
    code = _code(await ask(office, "/invite 6", "t.me"))
    await ask(office, f"/start {code}", "brings 1 picture", BEN)
    await office.picture(await office.say("a fox", BEN))
    await ask(office, f"/start {code}", "used this invitation already", BEN)
    guest = office.person()
    await ask(office, f"/start {code}", "as many people", guest)
    await ask(office, f"/start {code}x", "don't know this invitation", guest)
    await ask(office, "a fox", "invited people", guest)
    assert office.rows("grants")[0]["scope_id"] == BEN


async def test_an_invitations_budget_is_all_there_is(office: Studio) -> None:
    """Even without a daily limit, an invited user has only the invitation's credits, until an operator grants more."""
    await office.crash()
    await office.start(access="invite")
    code = _code(await ask(office, "/invite 6 7 2", "t.me"))
    await ask(office, f"/start {code}", "brings 1 picture", BEN)
    assert words_of(await ask(office, "/me", "1 picture left", BEN)) == "🎟 1 picture left."
    await office.picture(await office.say("a fox", BEN))
    await ask(office, "a hare", "operator can give you more", BEN)
    said = words_of(await ask(office, "/me", "0 pictures left", BEN))
    assert "New ones" not in said
    await ask(office, f"/grant {BEN} 6", "6 extra credits")
    await office.picture(await office.say("a hare", BEN))
    await ask(office, f"/allow {BEN}", "may use the bot")
    await office.picture(await office.say("an owl", BEN))
    await office.picture(await office.say("an owl"))  # the limit doesn't apply to operators


async def test_an_invitation_without_credits_only_lets_in(office: Studio) -> None:
    """An invitation without credits sets no limit, whatever other invitations brought."""
    await office.crash()
    await office.start(access="invite")
    for worth, says in ((6, "brings 1 picture"), (0, "You're in!")):
        code = _code(await ask(office, f"/invite {worth}", "t.me"))
        await ask(office, f"/start {code}", says, BEN)
    for words in ("a fox", "a hare"):
        await office.picture(await office.say(words, BEN))


def _code(message: Message) -> str:
    link = re.search(r"https://t\.me/(\w+)\?start=([\w-]+)", words_of(message))
    assert link
    assert link[1] == NAME
    return link[2]


async def test_grants_are_given_and_taken(office: Studio) -> None:
    """Granted credits can be used without an allowance, and no more than the rest can be taken away."""
    await office.crash()
    await office.start(daily_credits_per_person=0)
    await ask(office, f"/grant {BEN} 8", "now has 8 extra credits")
    await office.picture(await office.say("a fox", BEN))
    await ask(office, f"/grant {BEN} -50", "now has 0 extra credits")
    await ask(office, f"/grant {GROUP} 12", "now has 12 extra credits")


async def test_a_replay_decides_nothing_twice(office: Studio) -> None:
    """Replayed grants, invitations, redemptions and broadcasts change nothing."""
    await ask(office, f"/grant {BEN} 8", "8 extra")
    code = _code(await ask(office, "/invite 6", "t.me"))
    await ask(office, f"/start {code}", "brings 1 picture", BEN)
    question = await ask(office, "/broadcast hello all", "Send this")
    await press(office, question, "send")
    await becomes(office, question, "Sent")
    before = {table: office.rows(table) for table in ("grants", "invites", "redemptions", "recipients")}
    await _again(office)
    assert {table: office.rows(table) for table in before} == before
    assert len(office.rows("broadcasts")) == 1
    assert len(heard(office, "hello all")) == len(set(heard(office, "hello all"))) == 2


# --- the whole bot ------------------------------------------------------------------------------------------------


async def test_stats_come_with_a_picture(office: Studio) -> None:
    """/stats sends the sums as a caption of a chart."""
    office.faults.add(Fault("image", "generate", "code", "400:no"))
    await office.answer(await office.say("a bad fox", BEN), "⚠")
    await office.picture(await office.say("a fox", BEN))
    shown = await ask(office, "/stats 7", "1 failed")
    assert "Last 7 days · 2 requests · 1 failed · 6 credits · 1 person · 1 chat" in words_of(shown)
    photo = max(shown["photo"], key=lambda size: int(size["width"]))
    stored = office.world.files.get(photo["file_id"])
    assert stored
    with Image.open(io.BytesIO(stored.data)) as image:
        assert image.width > 720
    assert "Last 14 days" in words_of(await ask(office, "/stats"))
    assert not list((office.directory / "arriving").glob("*"))


async def test_credits_of_the_account(office: Studio) -> None:
    """/credits shows the account's credits and today's spending, or says that the image API doesn't answer."""
    office.images.credits = 5916.25
    await office.picture(await office.say("a fox", BEN))
    said = words_of(await ask(office, "/credits"))
    assert "5,910" in said
    assert "6 were spent today" in said
    office.faults.add(Fault("image", "credit", "html"))
    await ask(office, "/credits", "didn't answer")


def _held(turn: Callable[[Any], Awaitable[int]], waiting: list[str], gate: asyncio.Event) -> Callable[[Any], object]:
    async def held(limiter: Any) -> int:
        waiting.append("for its turn")
        await gate.wait()
        return await turn(limiter)

    return held


async def test_a_pause_holds_back_what_waits_for_its_turn(office: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that waits for its turn at the image API when a pause begins isn't submitted before the resume."""
    waiting, gate = list[str](), asyncio.Event()
    for limiter in (SlidingWindowLimiter, SharedLimiter):
        monkeypatch.setattr(limiter, "turn", _held(limiter.turn, waiting, gate))
    asked = await office.say("a red fox", BEN)
    await until(lambda: waiting)
    await ask(office, "/pause", "Paused")
    gate.set()
    await ask(office, "/pause", "already")
    assert office.asked_of_api("generate") == 0
    await ask(office, "/resume", "painting again")
    await office.picture(asked)
    assert office.asked_of_api("generate") == 1


async def test_a_pause_holds_orders_back_over_a_restart(office: Studio) -> None:
    """During a pause, orders are told that they wait, and aren't submitted, even after a restart, until a resume."""
    await ask(office, "/pause", "Paused")
    await ask(office, "/pause", "already")
    asked = await office.say("a fox", BEN)
    await office.answer(asked, "No pictures are painted just now")
    await office.in_state("queued")
    await office.restart()
    await office.heard_everything()
    await ask(office, "/help")
    assert not office.images.generated
    await ask(office, "/resume", "painting again")
    await ask(office, "/resume", "not paused")
    await office.picture(asked)


async def test_without_a_chat_for_it_every_operator_hears_of_trouble(idle: Studio) -> None:
    """Without ADMIN_CHAT_ID, every operator is told about trouble in private."""
    idle.images.credits = 40
    await idle.start(admins=[ADA, BEN], low_credits=50)
    for person in (ADA, BEN):
        await idle.world.wait_for(person, lambda message: "runs low: 40 credits" in words_of(message))
