"""The HTTP routes of the mask painter: their access checks, their answers, and the masks that they accept."""

import asyncio
import io
import struct
import time
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession, FormData
from PIL import Image, ImageChops
from yarl import URL

from tests.e2e.kit import (
    ADA,
    BEN,
    EVERYWHERE,
    FAST,
    IN_GROUP,
    Message,
    Mode,
    Room,
    encoded,
    noon,
    opened,
    says,
    shows,
    until,
)
from tests.e2e.painter_kit import SHALL_I, SIDE, Page, mask_of, opened_by, room, session

__all__ = ["room", "session"]


@pytest.fixture
async def page(room: Room, shown: Message, session: ClientSession) -> Page:
    """Return the painter, opened by 🖌 below the picture."""
    return opened_by(room, shown, session)


def _header_only(width: int, height: int) -> bytes:
    """Return a PNG that claims a size but contains almost no data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")


def _nothing_came_of_it(room: Room) -> None:
    """Check that neither a draft, a preview, an order nor a file exists."""
    assert not room.studio.rows("drafts WHERE mask IS NOT NULL")
    assert not [one for one in room.studio.from_bot(room.chat_id) if says(SHALL_I)(one)]
    assert len(room.studio.images.generated) == 1
    assert not room.studio.leftovers()


# --- from the button to the picture -------------------------------------------------------------------------------


@EVERYWHERE
async def test_paint_and_go(room: Room, shown: Message, page: Page) -> None:
    """A painted mask leads to a preview in reply to the picture, and its confirmation changes only the painted area."""
    status, told = await page.open()
    assert status == 200
    assert (told["width"], told["height"]) == (SIDE, SIDE)
    status, data = await page.picture(told["picture"])
    assert (status, [data]) == (200, room.studio.outputs())
    assert await page.send(mask_of(), "a red door & <b>more</b>") == (200, {})
    preview = await room.come(says(SHALL_I), shown)
    assert "a red door & <b>more</b>" in preview["caption"]
    assert room.studio.answers(preview, shown)
    assert len(room.studio.images.generated) == 1
    await room.press(preview, "go")
    await room.come(lambda message: message.get("caption") == "a red door & <b>more</b>", preview)
    assert room.studio.inputs() == room.studio.outputs(0)
    mask = opened(room.studio.images.files.fetch(room.studio.images.generated[-1]["maskUrl"])).convert("L")
    assert mask.tobytes() == opened(mask_of()).tobytes()
    before, after = (opened(one).convert("RGB") for one in (*room.studio.inputs(), *room.studio.outputs()))
    changed = ImageChops.difference(before, after).convert("L").point(lambda level: 255 if level else 0)
    assert changed.getbbox()
    assert ImageChops.multiply(changed, mask).getbbox() is None
    jobs = room.studio.rows("jobs ORDER BY created_at")
    assert (jobs[1]["parent_id"], jobs[1]["asked_by"]) == (jobs[0]["id"], room.person)
    await until(lambda: not room.studio.leftovers())


@EVERYWHERE
async def test_mask_opens_the_painter_with_its_words(room: Room, shown: Message, session: ClientSession) -> None:
    """`/mask` with text in reply to a picture opens the painter with this text."""
    asked = await room.say("/mask a red door", reply_to=shown["message_id"])
    door = await room.studio.answer(asked, "Paint over")
    page = opened_by(room, door, session)
    status, told = await page.open()
    assert (status, told["prompt"]) == (200, "a red door")
    assert await page.send(mask_of(), told["prompt"]) == (200, {})
    await room.come(says(SHALL_I), door)


@EVERYWHERE
async def test_redo(room: Room, page: Page, session: ClientSession) -> None:
    """↺ opens the painter for the same change; the new mask counts, and the old preview loses its buttons."""
    await page.send(mask_of())
    first = await room.come(says(SHALL_I), 0)
    await room.studio.heard_everything()
    again = opened_by(room, first, session)
    assert (await again.open())[1]["prompt"] == "a red door"
    wider = encoded(Image.linear_gradient("L").point(lambda level: 0 if level < 100 else 255))
    assert await again.send(wider, "a green door") == (200, {})
    second = await room.come(says("a green door"), first)
    await until(lambda: not room.buttons(first))
    await room.press(second, "go")
    await room.come(shows("photo"), second)
    assert room.studio.images.generated[-1]["prompt"] == "a green door"
    sent = opened(room.studio.images.files.fetch(room.studio.images.generated[-1]["maskUrl"]))
    assert sent.convert("L").tobytes() == opened(wider).tobytes()
    assert len(room.studio.rows("jobs")) == 2


@EVERYWHERE
async def test_a_picture_of_ones_own(room: Room, session: ClientSession) -> None:
    """`/mask` in reply to a user's own photo opens the painter with it."""
    photo = await room.say(files=[("a.png", encoded(Image.linear_gradient("L").convert("RGB")), False)])
    door = await room.studio.answer(await room.say("/mask", reply_to=photo["message_id"]), "Paint over")
    page = opened_by(room, door, session)
    status, told = await page.open()
    assert (status, told["width"], told["height"], told["prompt"]) == (200, 256, 256, "")
    status, data = await page.picture(told["picture"])
    assert (status, opened(data).size) == (200, (256, 256))


@pytest.mark.parametrize("mode", [Mode.POLLING], ids=["no public address"])
async def test_without_a_public_address(room: Room, shown: Message, session: ClientSession) -> None:
    """Without a public URL, no button opens the painter, and its routes don't exist."""
    assert room.data(shown, "mask:")
    assert not [button for button in room.buttons(shown) if button.keys() & {"url", "web_app"}]
    told = await room.studio.answer(await room.say("/mask a red door", reply_to=shown["message_id"]))
    assert "transparent" in told["text"]
    async with session.get(f"{room.studio.url}/painter") as answer:
        assert answer.status == 404


@IN_GROUP
async def test_a_group_without_the_mini_app(room: Room) -> None:
    """Without MINI_APP_NAME, the button in a group explains the other ways."""
    await room.studio.crash()
    await room.studio.start(mini_app_name=None)
    shown = await room.paint("a house")
    await room.studio.in_state("delivered")
    await room.press(shown, "mask")
    assert "/mask" in (await room.come(says("only a part"), shown))["text"]


async def test_the_page(room: Room, session: ClientSession) -> None:
    """The page has a content security policy that forbids foreign sources."""
    async with session.get(f"{room.studio.url}/painter") as answer:
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"] or (
            "default-src 'self'" in answer.headers["Content-Security-Policy"]
        )
        assert "<html" in await answer.text()


async def test_nothing_else_is_served(room: Room, session: ClientSession) -> None:
    """Only the page's own files are served, however the path is spelled."""
    for path in ("../settings.py", "..%2fsettings.py", "%2e%2e/settings.py", "/etc/passwd", ""):
        async with session.get(URL(f"{room.studio.url}/painter/static/{path}", encoded=True)) as answer:
            assert answer.status in {403, 404}, path


# --- access -------------------------------------------------------------------------------------------------------


def _untrusted(room: Room, page: Page) -> list[str]:
    """Return init data that is forged, of another person, old, of another bot, empty, invalid or too long."""
    world = room.studio.world
    return [
        page.init_data[:-1] + ("0" if page.init_data[-1] != "0" else "1"),
        page.init_data.replace(str(room.person), "1003"),
        world.init_data(room.person, auth_date=int(noon()) - 3_700),
        world.init_data(room.person, token="777:OTHER"),
        "",
        "%00%ff&&==",
        page.init_data + "&x=" + "y" * 5_000,
    ]


@EVERYWHERE
async def test_init_data_that_proves_nothing(room: Room, page: Page) -> None:
    """Untrusted init data gets the same refusal everywhere, and nothing happens."""
    for init_data in _untrusted(room, page):
        for status, told in (await page.open(initData=init_data), await page.send(mask_of(), initData=init_data)):
            assert status == 403, init_data
            assert "open it again in the chat" in told["error"]
    _nothing_came_of_it(room)


@EVERYWHERE
async def test_another_persons_picture(room: Room, page: Page) -> None:
    """A user who is neither the requester nor in the group can neither see nor change the picture."""
    stranger = room.studio.person()
    init_data = room.studio.world.init_data(stranger, start_param=page.target)
    for status, told in (await page.open(initData=init_data), await page.send(mask_of(), initData=init_data)):
        assert status == 422
        assert ("no longer in the chat" if room.is_group else "another person") in told["error"]
    _nothing_came_of_it(room)


@IN_GROUP
async def test_every_member_of_the_group(room: Room, shown: Message, session: ClientSession) -> None:
    """Every member may paint on a member's picture, and the job belongs to who painted."""
    stranger = room.stranger()
    page = opened_by(room, shown, session, stranger)
    assert await page.send(mask_of()) == (200, {})
    preview = await room.come(says(SHALL_I), shown)
    assert "Only the person who made" in (await room.press(preview, "go", BEN))["text"]
    await room.press(preview, "go", stranger)
    await room.come(shows("photo"), preview)
    assert [job["asked_by"] for job in room.studio.rows("jobs ORDER BY created_at")] == [BEN, stranger]


@IN_GROUP
async def test_a_member_who_may_not_order(room: Room, shown: Message, session: ClientSession) -> None:
    """A member who may not order in the group can't paint there either."""
    await room.studio.rewrite(
        """INSERT INTO groups (chat_id, rules) VALUES (?, '{"who": "admins"}')"""
        " ON CONFLICT (chat_id) DO UPDATE SET rules = excluded.rules",
        room.chat_id,
    )
    status, told = await opened_by(room, shown, session, room.stranger()).send(mask_of())
    assert (status, "only for admins" in told["error"]) == (422, True)
    _nothing_came_of_it(room)


@IN_GROUP
async def test_an_admin_of_the_group(room: Room, shown: Message, session: ClientSession) -> None:
    """An admin of the group may paint on a member's picture, and the job belongs to the admin."""
    page = opened_by(room, shown, session, ADA)
    assert await page.send(mask_of()) == (200, {})
    preview = await room.come(says(SHALL_I), shown)
    await room.press(preview, "go", ADA)
    await room.come(shows("photo"), preview)
    assert [job["asked_by"] for job in room.studio.rows("jobs ORDER BY created_at")] == [BEN, ADA]


@IN_GROUP
async def test_somebody_banned_meanwhile(room: Room, shown: Message, session: ClientSession) -> None:
    """A user who was banned in the meantime can't send a mask, not even for an existing preview."""
    page = opened_by(room, shown, session, room.person)
    assert await page.send(mask_of()) == (200, {})
    preview = await room.come(says(SHALL_I), shown)
    again = opened_by(room, preview, session, room.person)
    await room.studio.rewrite("INSERT INTO access (id, banned_at) VALUES (?, 1)", room.person)
    for painter in (page, again):
        status, _ = await painter.send(mask_of())
        assert status == 422


async def test_targets_that_are_none(room: Room, page: Page) -> None:
    """An invalid target is answered as a deleted picture."""
    for target in ("", "x", "r0123456789ab-0", "d0123456789ab", "r0123456789ab", "d../../etc", "\x00"):
        for status, told in (await page.open(target=target), await page.send(mask_of(), target=target)):
            assert status == 422, target
            assert "deleted or is too old" in told["error"]
    _nothing_came_of_it(room)


async def test_a_deleted_picture(room: Room, page: Page) -> None:
    """A deleted picture is answered as such, and its link stops working when its file is deleted."""
    told = (await page.open())[1]
    await room.studio.rewrite("UPDATE pictures SET deleted_at = 1")
    assert (await page.open())[0] == (await page.send(mask_of()))[0] == 422
    await room.studio.lose_pictures()
    assert (await page.picture(told["picture"]))[0] == 410
    _nothing_came_of_it(room)


# --- links --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timing", [replace(FAST, picture_link_s=-2)])
async def test_an_expired_link(room: Room, page: Page) -> None:
    """A link to a picture expires."""
    told = (await page.open())[1]
    assert (await page.picture(told["picture"]))[0] == 410


async def test_forged_links(room: Room, page: Page) -> None:
    """A link works only for its own picture and time."""
    await room.paint("a secret")
    await room.studio.in_state("delivered", 2)
    other = room.studio.rows("pictures")[1]["sha256"]
    link = str((await page.open())[1]["picture"])
    name, until_s, seal = link.removeprefix("painter/picture/").split("-")
    later = str(int(until_s) + 600)
    forged = [
        f"{other}.png-{until_s}-{seal}",
        f"{name}-{later}-{seal}",
        f"{name}-{until_s}-{'0' * 64}",
        f"{name}-{until_s}",
        "..%2f..%2fbot.db",
        name,
    ]
    assert other not in name
    for attempt in forged:
        assert (await page.picture(f"painter/picture/{attempt}"))[0] == 404


async def test_a_link_outlives_a_restart(room: Room, page: Page) -> None:
    """Links and masks of a painter that was opened before a restart still work."""
    told = (await page.open())[1]
    await room.studio.heard_everything()
    await room.studio.restart()
    assert (await page.picture(told["picture"]))[0] == 200
    assert await page.send(mask_of()) == (200, {})


# --- masks --------------------------------------------------------------------------------------------------------


MASKS = [
    ("wrong size", mask_of((SIDE, SIDE - 1)), "different shapes"),
    ("turned", mask_of((SIDE * 2, SIDE)), "different shapes"),
    ("110 megapixels", _header_only(11_000, 10_000), "too large"),
    ("60 megapixels", _header_only(10_000, 6_000), "different shapes"),
    ("cut", _header_only(SIDE, SIDE), "couldn't use that picture"),
    ("all white", mask_of(fill=254), "Nothing is marked"),
    ("all black", mask_of(fill=0), "whole picture is marked"),
    ("a JPEG", mask_of(form="JPEG"), "isn't a mask"),
    ("words", b"this is no picture at all", "couldn't use that picture"),
    ("nothing", b"", "couldn't use that picture"),
]


async def test_masks_that_are_none(room: Room, page: Page) -> None:
    """A mask with wrong sizes, a bomb, a full or empty one, and a file that isn't a PNG are refused quickly."""
    started = time.monotonic()
    for name, mask, words in MASKS:
        status, told = await page.send(mask)
        assert (status, words in told["error"]) == (422, True), (name, told)
    assert time.monotonic() - started < 3 * len(MASKS)
    _nothing_came_of_it(room)


async def test_words_that_are_none(room: Room, page: Page) -> None:
    """A mask with a missing, wrong or too long prompt is refused with the reason."""
    for words, why in (("", "what should happen"), ("--n 3 a fox", "--n"), ("x" * 4001, "shorten")):
        status, told = await page.send(mask_of(), words)
        assert (status, why in told["error"]) == (422, True), told
    _nothing_came_of_it(room)


async def test_bodies_that_are_too_large(room: Room, page: Page) -> None:
    """A body that is too large is cut off, and nothing of it stays."""
    status, _ = await page.send(bytes(9_000_000))
    assert status in {400, 413}
    status, _ = await page.send(mask_of(), "x" * 40_000)
    assert status in {400, 413}
    _nothing_came_of_it(room)


BODIES = [
    ("application/json", b"{}"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"no such boundary"),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="mask"\r\n\r\ncut'),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n\xff\r\n--x--\r\n',
    ),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken header\r\n\r\nbody\r\n--x--\r\n"),
]


async def test_forms_that_are_none(room: Room, page: Page) -> None:
    """A body that isn't the painter's form is answered with 400."""
    for kind, body in BODIES:
        async with page.session.post(f"{page.root}/painter/mask", data=body, headers={"Content-Type": kind}) as answer:
            assert answer.status in {400, 403}, body  # 403: the mask of an unknown user isn't read
    _nothing_came_of_it(room)


@pytest.mark.parametrize(
    "names", [["initData"] * 2, ["prompt"] * 2, ["mask"] * 2, ["more"]], ids=lambda names: names[0]
)
async def test_parts_that_are_too_many(room: Room, page: Page, names: list[str]) -> None:
    """A form with a duplicate or unknown part is answered with 400."""
    form = FormData({"initData": page.init_data, "target": page.target})
    for name in names:
        form.add_field(name, io.BytesIO(mask_of()), filename="mask.png")
    async with page.session.post(f"{page.root}/painter/mask", data=form) as answer:
        assert answer.status == 400
    _nothing_came_of_it(room)


@pytest.mark.parametrize("before", ["", "initData", "prompt"])
async def test_a_mask_of_somebody_unknown_is_not_read(room: Room, page: Page, before: str) -> None:
    """The mask of an unknown user isn't read: the refusal comes although the mask never ends."""
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    head = (part.format(before, "nonsense") if before else "") + part.format("mask", "")
    refused = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield head.encode()
        yield bytes(100_000)
        await refused.wait()

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    url = f"{page.root}/painter/mask"
    async with asyncio.timeout(10), page.session.post(url, data=endless(), headers=headers) as answer:
        assert answer.status == 403
        refused.set()
    _nothing_came_of_it(room)


OPENINGS = [
    ("application/json", b""),
    ("application/json", b"[]"),
    ("application/json", b"null"),
    ("application/json", b'{"initData": 1}'),
    ("application/json", b"[" * 50_000),
    ("application/json", b"\xff\xfe"),
    ("application/json; charset=nonsense", b"{}"),
]


async def test_openings_that_are_none(page: Page) -> None:
    """A body that isn't the painter's JSON is answered with 400."""
    for kind, body in OPENINGS:
        async with page.session.post(f"{page.root}/painter/open", data=body, headers={"Content-Type": kind}) as answer:
            assert answer.status == 400, (kind, body)
