"""The mask painter in a real browser: the sent mask equals the painted area, on every screen and after failures."""

import asyncio
import io
import itertools
import statistics
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from PIL import Image
from playwright.async_api import Browser, expect

from tests.browser.conftest import fresh_page
from tests.browser.painter_hand import INIT_DATA, SPEED, Hand, marks
from tests.browser.painter_host import ROOT, TEXTS, Host

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="session")]

DARK = {"bg_color": "#17212b", "text_color": "#f5f5f5", "button_color": "#5288c1"}
LIGHT = {"bg_color": "#ffffff", "text_color": "#000000", "button_color": "#40a7e3"}


@pytest_asyncio.fixture(loop_scope="session")
async def hand(browser: Browser) -> AsyncIterator[Hand]:
    """Open the painter on a phone, with a host that the test configures; errors about its refusals are allowed."""
    host = Host()
    phone = {"viewport": {"width": 360, "height": 640}, "has_touch": True}

    def planned(complaint: str) -> bool:
        return host.refused > 0 and "responded with a status" in complaint

    async with TestServer(host.app()) as server, fresh_page(browser, planned=planned, **phone) as page:
        yield await Hand.on(page, host, str(server.make_url("")).rstrip("/"))


async def test_a_stroke_of_the_mouse_is_the_mask(hand: Hand) -> None:
    """The mask is a PNG of the picture's size in pure black and white, black exactly where the mouse painted."""
    await hand.open()
    await hand.drag((0.2, 0.5), (0.8, 0.5))
    mask = await hand.send("  a red boat ")
    posted = hand.host.posted[0]
    assert posted.form == {"initData": INIT_DATA, "target": "job-1", "prompt": "a red boat"}
    assert (posted.kind, posted.mask.format, mask.size) == ("image/png", "PNG", (600, 400))
    assert {colour for _, colour in mask.getcolors() or []} == {(0, 0, 0), (255, 255, 255)}
    assert all(marks(mask, place) for place in [(0.2, 0.5), (0.5, 0.5), (0.8, 0.5)])
    assert not any(marks(mask, place) for place in [(0.1, 0.5), (0.9, 0.5), (0.5, 0.3), (0.5, 0.7)])
    assert posted.mask.convert("RGBA").getchannel("A").getextrema() == (255, 255)


async def test_a_finger_paints(hand: Hand) -> None:
    """A finger paints along its path, and a tap paints a dot."""
    await hand.open()
    await hand.stroke_by_finger((0.2, 0.2), (0.4, 0.2), (0.4, 0.8))
    await hand.stroke_by_finger((0.8, 0.8))
    mask = await hand.send()
    assert all(marks(mask, place) for place in [(0.3, 0.2), (0.4, 0.6), (0.8, 0.8)])
    assert not any(marks(mask, place) for place in [(0.3, 0.5), (0.6, 0.8), (0.9, 0.9)])


def _earlier(hand: Hand) -> Image.Image:
    """Return the mask that was sent before."""
    mask = Image.new("L", hand.host.size, 255)
    mask.paste(0, (60, 40, 180, 200))
    out = io.BytesIO()
    mask.save(out, "PNG")
    hand.host.earlier = out.getvalue()
    return mask


async def test_what_was_painted_before_is_there_again(hand: Hand) -> None:
    """An earlier mask is the starting point: sent again, it is the same."""
    mask = _earlier(hand)
    await hand.open()
    assert (await hand.send("a red boat")).convert("L").tobytes() == mask.tobytes()


async def test_what_was_painted_before_can_grow(hand: Hand) -> None:
    """More can be painted beside an earlier mask."""
    _earlier(hand)
    await hand.open()
    await hand.drag((0.6, 0.8), (0.9, 0.8))
    sent = await hand.send("a red boat")
    assert all(marks(sent, place) for place in [(0.2, 0.3), (0.7, 0.8)])
    assert not marks(sent, (0.6, 0.3))


async def test_lasso_rectangle_and_eraser(hand: Hand) -> None:
    """The lasso and the rectangle fill their inside, the eraser removes, and the mask equals the visible tint."""
    await hand.open()
    await hand.drag((0.1, 0.1), (0.4, 0.1), (0.1, 0.8), tool="lasso")
    await hand.drag((0.9, 0.9), (0.5, 0.2), tool="rectangle")
    await hand.drag((0.7, 0.1), (0.7, 0.95), tool="eraser")
    places = {
        (0.15, 0.2): 1,
        (0.38, 0.7): 0,
        (0.55, 0.3): 1,
        (0.85, 0.85): 1,
        (0.7, 0.5): 0,
        (0.95, 0.5): 0,
        (0.55, 0.1): 0,
    }
    seen = dict(zip(places, await hand.tinted(*places), strict=True))
    mask = await hand.send()
    assert seen == places == {place: marks(mask, place) for place in places}


async def test_a_wider_brush_and_a_swap(hand: Hand) -> None:
    """The slider widens the brush, and the swap button inverts the painted area."""
    await hand.open()
    assert await hand.widen(95), "nothing shows how wide the brush is now"
    await hand.drag((0.5, 0.5))
    assert await hand.tinted((0.5, 0.3), (0.5, 0.7)) == [True, True]
    await hand.page.click("#invert")
    mask = await hand.send()
    assert not marks(mask, (0.5, 0.3))
    assert all(marks(mask, place) for place in [(0.02, 0.02), (0.98, 0.98), (0.9, 0.5)])


async def test_undo_and_redo(hand: Hand) -> None:
    """Every step, including clear and swap, can be undone and redone, by button and by key, many steps back."""
    await hand.open()
    rows = [(number + 0.5) / 15 for number in range(15)]
    await hand.page.locator("#size").fill("0")
    starts, ends = await hand.spots(*((0.4, row) for row in rows)), await hand.spots(*((0.6, row) for row in rows))
    await hand.scribble(*zip(starts, ends, strict=True))
    await hand.page.click("#clear")
    await hand.page.click("#invert")
    assert await hand.tinted((0.1, 0.1)) == [True]
    for _ in range(2):
        await hand.page.keyboard.press("Control+z")
    assert await hand.tinted(*((0.5, row) for row in rows)) == [True] * 15
    await hand.page.click("#undo")
    for _ in range(13):
        await hand.page.keyboard.press("Control+z")
    assert await hand.tinted(*((0.5, row) for row in rows)) == [True] + [False] * 14
    await hand.page.click("#redo")
    await hand.page.keyboard.press("Control+Shift+Z")
    mask = await hand.send()
    assert [marks(mask, (0.5, row)) for row in rows] == [True] * 3 + [False] * 12


async def test_two_fingers_zoom_and_never_paint(hand: Hand) -> None:
    """A pinch zooms without painting, and the next stroke lands under the finger."""
    await hand.open()
    x, y = await hand.at((0.5, 0.5))
    before = await hand.page.locator("#picture").bounding_box()
    await hand.touch("touchStart", (x - 30, y))
    await hand.touch("touchMove", (x - 40, y))
    await hand.touch("touchStart", (x - 40, y), (x + 40, y))
    for apart in (60, 90, 120):
        await hand.touch("touchMove", (x - apart + 20, y - 10), (x + apart + 20, y - 10))
    await hand.touch("touchEnd", (x - 100, y - 10))
    await hand.touch("touchMove", (x - 60, y + 40))
    await hand.touch("touchEnd")
    await expect(hand.page.locator("#undo")).to_be_disabled()
    after = await hand.page.locator("#picture").bounding_box()
    assert before
    assert after
    assert after["width"] == pytest.approx(3 * before["width"], rel=0.02)
    assert await hand.at((0.5, 0.5)) == pytest.approx((x + 20, y - 10), abs=3)
    await hand.stroke_by_finger((0.45, 0.5), (0.55, 0.5))
    mask = await hand.send()
    assert marks(mask, (0.5, 0.5))
    assert not any(marks(mask, place) for place in [(0.5, 0.53), (0.5, 0.47), (0.4, 0.5), (0.6, 0.5)])


async def test_wheel_and_panning_by_mouse(hand: Hand) -> None:
    """The wheel zooms at the pointer, the middle button and the held space bar pan, and the fit button resets both."""
    await hand.open()
    page, spot = hand.page, await hand.at((0.25, 0.25))
    whole = await page.locator("#picture").bounding_box()
    await page.mouse.move(*spot)
    await page.mouse.wheel(0, -700)
    await expect(page.locator("#picture")).not_to_have_css("transform", "matrix(0.566667, 0, 0, 0.566667, 10, 96)")
    assert await hand.at((0.25, 0.25)) == pytest.approx(spot, abs=2)
    await hand.drag((0.25, 0.25), (0.35, 0.3), button="middle")
    await page.keyboard.down("Space")
    await hand.drag((0.25, 0.25), (0.3, 0.3))
    await page.keyboard.up("Space")
    await expect(page.locator("#undo")).to_be_disabled()
    moved = await hand.at((0.25, 0.25))
    assert moved[0] > spot[0] + 60
    await hand.drag((0.25, 0.25))
    await page.click("#fit")
    await page.wait_for_function(
        "(left) => document.getElementById('picture').getBoundingClientRect().x === left", arg=whole and whole["x"]
    )
    mask = await hand.send()
    assert marks(mask, (0.25, 0.25))
    assert not marks(mask, (0.35, 0.3))


async def test_another_window_size_moves_nothing(hand: Hand) -> None:
    """After the phone is turned, the painted area is at the same place of the picture."""
    await hand.open()
    await hand.drag((0.2, 0.2), (0.3, 0.2))
    await hand.resize(820, 420)
    assert await hand.tinted((0.25, 0.2), (0.25, 0.5)) == [True, False]
    await hand.drag((0.7, 0.8), (0.8, 0.8))
    mask = await hand.send()
    assert [marks(mask, place) for place in [(0.25, 0.2), (0.75, 0.8), (0.5, 0.5)]] == [True, True, False]


async def test_a_large_picture_has_a_mask_of_its_size(hand: Hand) -> None:
    """A picture larger than the page's canvas still gets a mask of exactly its size."""
    hand.host.size = (2400, 1801)
    await hand.open()
    await hand.drag((0.2, 0.5), (0.8, 0.5))
    mask = await hand.send()
    assert mask.size == (2400, 1801)
    assert marks(mask, (0.5, 0.5))
    assert not marks(mask, (0.5, 0.7))


async def test_what_is_missing_is_said_and_not_sent(hand: Hand) -> None:
    """If nothing or everything is painted, or the prompt is empty, the page says so and sends nothing."""
    await hand.open()
    notice = hand.page.locator("#notice")
    await hand.page.click("#send")
    await expect(notice).to_contain_text(TEXTS["empty_mask"])
    await hand.page.click("#invert")
    await hand.page.click("#send")
    await expect(notice).to_contain_text(TEXTS["no_prompt"])
    await hand.page.fill("#prompt", "a boat")
    await hand.page.click("#send")
    await expect(notice).to_contain_text(TEXTS["full_mask"])
    await hand.page.click("#invert")
    await hand.page.click("#send")
    await expect(notice).to_contain_text(TEXTS["empty_mask"])
    assert hand.host.posted == []


async def test_a_refusal_is_shown_and_the_painting_stays(hand: Hand) -> None:
    """A refusal appears in the server's words, the painting stays, and a failure without words offers a retry."""
    hand.host.refusals = [(422, "<b>No more</b> credits today."), (503, "")]
    await hand.open()
    await hand.drag((0.4, 0.5), (0.6, 0.5))
    await hand.page.fill("#prompt", "a boat")
    await hand.page.click("#send")
    notice = hand.page.locator("#notice")
    await expect(notice).to_contain_text("<b>No more</b> credits today.")
    await expect(notice.get_by_role("button")).to_be_hidden()
    await hand.page.click("#send")
    await expect(notice).to_contain_text(TEXTS["failed"])
    assert await hand.tinted((0.5, 0.5)) == [True]
    assert await hand.page.input_value("#prompt") == "a boat"
    await notice.get_by_role("button", name=TEXTS["retry"]).click()
    await expect(hand.page.locator("#cover")).to_contain_text(TEXTS["sent"])
    assert len(hand.host.posted) == 1


async def test_a_double_tap_sends_once(hand: Hand) -> None:
    """A double tap sends one request, and then the page asks Telegram to close it."""
    await hand.open()
    await hand.drag((0.4, 0.5), (0.6, 0.5))
    await hand.drag((0.4, 0.2), (0.6, 0.2))
    assert await hand.told("web_app_setup_closing_behavior") == [
        {"need_confirmation": False},
        {"need_confirmation": True},
    ]
    await hand.page.fill("#prompt", "a boat")
    hand.host.slowly = asyncio.Event()
    await hand.page.evaluate("for (let tap = 0; tap < 2; tap++) document.getElementById('send').click()")
    await hand.page.evaluate("document.getElementById('order').requestSubmit()")
    await expect(hand.page.locator("#send")).to_contain_text(TEXTS["sending"])
    hand.host.slowly.set()
    await hand.page.wait_for_function("() => told.some(([name]) => name === 'web_app_close')")
    assert hand.host.arrived == len(hand.host.posted) == 1
    assert (await hand.told("web_app_setup_closing_behavior"))[-1] == {"need_confirmation": False}


async def test_telegram_is_told_and_the_key_hidden(hand: Hand) -> None:
    """The start parameter names the picture, the URL loses the key, and swiping down doesn't close the page."""
    await hand.open(query="")
    assert hand.host.opened == [{"initData": INIT_DATA, "target": "from-start"}]
    assert await hand.page.evaluate("location.href") == f"{hand.address}{ROOT}/painter"
    assert await hand.told("web_app_ready") == await hand.told("web_app_expand") == [{}]
    assert await hand.told("web_app_setup_swipe_behavior") == [{"allow_vertical_swipe": False}]


async def test_trouble_at_the_door(hand: Hand) -> None:
    """If opening fails without words, the page offers a retry; after a refusal it shows only the server's words."""
    hand.host.open_refusals = [(502, ""), (403, "This link is too old.")]
    await hand.open(wait=False)
    cover = hand.page.locator("#cover")
    await expect(cover).to_have_attribute("data-state", "trouble")
    await cover.get_by_role("button").click()
    await expect(cover).to_contain_text("This link is too old.")
    await expect(cover.get_by_role("button")).to_be_hidden()


async def test_inside_a_frame(hand: Hand) -> None:
    """In a desktop frame, the page talks to its parent window and follows its theme at once."""
    await hand.page.add_init_script(
        "delete window.TelegramWebviewProxy;"
        "addEventListener('message', ({data}) => told.push(JSON.parse(data).eventType));"
    )
    await hand.page.goto(f"{hand.address}{ROOT}/frame?p=job-2")
    await hand.page.wait_for_function("() => told.includes('web_app_ready') && told.includes('web_app_expand')")
    inside = hand.page.frame_locator("#app")
    await expect(inside.locator("#prompt")).to_be_visible()
    event = {"eventType": "theme_changed", "eventData": {"theme_params": {"bg_color": "#102030", "text_color": "red"}}}
    await hand.page.evaluate("(event) => frames[0].postMessage(JSON.stringify(event), '*')", event)
    await expect(inside.locator("body")).to_have_css("background-color", "rgb(16, 32, 48)")
    await expect(inside.locator("body")).to_have_css("color", "rgb(242, 245, 248)")


@pytest.mark.parametrize(
    ("theme", "system", "ground"),
    [
        (DARK, "light", "rgb(23, 33, 43)"),
        (LIGHT, "dark", "rgb(255, 255, 255)"),
        (None, "dark", "rgb(23, 33, 43)"),
        (None, "light", "rgb(255, 255, 255)"),
    ],
)
async def test_telegrams_colours(hand: Hand, theme: dict[str, str] | None, system: str, ground: str) -> None:
    """Telegram's theme wins over the system's theme, which applies without one."""
    await hand.page.emulate_media(color_scheme="dark" if system == "dark" else "light")
    await hand.open(theme)
    await expect(hand.page.locator("body")).to_have_css("background-color", ground)
    if theme:
        red, green, blue = (int(theme["button_color"][at : at + 2], 16) for at in (1, 3, 5))
        await expect(hand.page.locator("#send")).to_have_css("background-color", f"rgb({red}, {green}, {blue})")


async def test_everything_is_within_reach(hand: Hand) -> None:
    """Every control has a name, is as large as a fingertip and stays on the screen, however long the prompt is."""
    hand.host.prompt = "a long prompt " * 40
    await hand.open()
    for width, height in [(360, 640), (640, 360), (1100, 720)]:
        await hand.resize(width, height)
        assert await hand.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        controls = await hand.controls()
        assert len(controls) == 14
        for name, left, top, right, bottom in controls:
            assert name
            assert min(right - left, bottom - top) >= 40, name
            assert 0 <= left < right <= width, name
            assert 0 <= top < bottom <= height, name


async def test_the_picture_has_the_most_room(hand: Hand) -> None:
    """The picture gets at least half of a phone's height, and most of the area on a wide screen."""
    await hand.open()
    for width, height, least in [(360, 640, 360 * 320), (640, 360, 320 * 360), (1100, 720, 700 * 720)]:
        await hand.resize(width, height)
        stage = await hand.page.locator("#stage").bounding_box()
        assert stage
        assert stage["height"] * stage["width"] >= least


async def test_with_the_keyboard_open(hand: Hand) -> None:
    """With a phone's keyboard over half of the screen, the prompt, the button and the picture stay usable."""
    await hand.open()
    await hand.page.focus("#prompt")
    await hand.resize(360, 320)
    await expect(hand.page.locator("#tools")).to_be_hidden()
    for name in ("#prompt", "#send", "#stage"):
        box = await hand.page.locator(name).bounding_box()
        assert box
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= 320
    await hand.drag((0.4, 0.5), (0.6, 0.5))
    await expect(hand.page.locator("#tools")).to_be_visible()
    places = {(0.4, 0.5): 1, (0.6, 0.5): 1, (0.5, 0.35): 0, (0.5, 0.65): 0, (0.25, 0.5): 0, (0.75, 0.5): 0}
    assert dict(zip(places, await hand.tinted(*places), strict=True)) == places


async def test_sixty_strokes_without_lag(hand: Hand) -> None:
    """After 60 strokes on a large picture, painting stays fast."""
    hand.host.size = (2400, 2400)
    await hand.open()
    left, top = await hand.at((0.05, 0.05))
    right, bottom = await hand.at((0.95, 0.95))
    zigzag = [(right if turn % 2 else left, (bottom - top) * turn / 40) for turn in range(20)]
    await hand.scribble(*([(x, top + y + 2 * number) for x, y in zigzag] for number in range(60)))
    await hand.page.evaluate(SPEED)
    await hand.page.mouse.move(left, top)
    await hand.page.mouse.down()
    sides = itertools.cycle((right, left))
    while await hand.page.evaluate("costs.length") <= 20:
        await hand.page.mouse.move(next(sides), bottom, steps=3)
    costs, gaps = await hand.page.evaluate("[costs, gaps]")
    await hand.page.mouse.up()
    assert statistics.median(costs) < 16
    assert statistics.median(gaps) < 100
