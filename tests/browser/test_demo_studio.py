"""The chat page's tools for editing pictures and for groups: Mini Apps, the pen, topics and roles.

The page shows a separate sandbox, with a Bot API client in the bot's place.
"""

import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, FilePayload, FrameLocator, Page, Route, expect

from sandbox.serve import Sandbox
from tests.browser.conftest import fresh_page
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="session")]

APP = "https://studio.example/painter"
LINK = "https://t.me/imagine_sandbox_bot/paint?startapp=job-5"
PAINTER = """<!doctype html><p id=user></p><p id=param></p><p id=ground></p><p id=heard></p>
<button>guard</button><button>close</button>
<script>
  const told = new URLSearchParams(location.hash.slice(1));
  const data = new URLSearchParams(told.get("tgWebAppData"));
  const paint = (theme) => (document.getElementById("ground").textContent = theme.bg_color);
  const ask = (eventType, eventData) => parent.postMessage(JSON.stringify({ eventType, eventData }), "*");
  document.getElementById("user").textContent = JSON.parse(data.get("user")).first_name;
  document.getElementById("param").textContent = data.get("start_param");
  paint(JSON.parse(told.get("tgWebAppThemeParams")));
  addEventListener("message", ({ data }) => {
    const { eventType, eventData } = JSON.parse(data);
    if (eventType === "theme_changed") paint(eventData.theme_params);
    if (eventType === "viewport_changed") document.getElementById("heard").textContent = "heard";
  });
  const [guard, close] = document.querySelectorAll("button");
  guard.onclick = () => {
    ask("web_app_setup_closing_behavior", { need_confirmation: true });
    ask("web_app_request_viewport");
  };
  close.onclick = () => ask("web_app_close");
  ask("web_app_ready");
</script>"""


@dataclass
class Stage:
    """A sandbox, a Bot API client in the bot's place, and the page."""

    sandbox: Sandbox
    api: Client
    page: Page

    async def show(self, chat: int, thread: int | None = None) -> None:
        """Open a chat, or one of its topics."""
        await self.page.goto(f"{self.sandbox.url}/#{chat}{f'/{thread}' if thread else ''}")
        await expect(self.page.get_by_test_id("composer")).to_be_visible()

    async def offer(self, chat: int, label: str, **action: Any) -> None:
        """Let the bot send a message with one button."""
        rows = {"inline_keyboard": [[{"text": label, **action}]]}
        await self.api("sendMessage", chat_id=chat, text="Here you are", reply_markup=rows)

    async def picture(self, chat: int) -> dict[str, Any]:
        """Let the bot send a white picture of 600 × 400 pixels."""
        sent: dict[str, Any] = await self.api("sendPhoto", {"photo": ("a.png", white())}, chat_id=chat)
        return sent

    async def guard(self) -> None:
        """Let the Mini App ask for a confirmation before it is closed, and wait until the page has handled that."""
        await self.app.get_by_text("guard").click()
        await expect(self.app.locator("#heard")).to_have_text("heard")

    @property
    def app(self) -> FrameLocator:
        """Return the page inside the Mini App's frame."""
        return self.page.frame_locator("[data-testid=miniapp-frame]")


def white() -> bytes:
    """Return a white picture as PNG."""
    out = io.BytesIO()
    Image.new("RGB", (600, 400), "white").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def size() -> tuple[int, int]:
    """Return the window size; a test that needs another one parametrizes `size`."""
    return 1280, 800


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser, size: tuple[int, int]) -> AsyncIterator[Stage]:
    """Run a sandbox for this test, and open the page on it."""
    width, height = size
    seen: dict[str, Any] = {"viewport": {"width": width, "height": height}, "has_touch": width < 500}
    async with Sandbox(mini_apps={"paint": APP}) as sandbox, fresh_page(browser, **seen) as page:
        sandbox.telegram.limits.enabled = False
        await page.route("https://studio.example/**", _painter)
        api = Client(sandbox.url, sandbox.token)
        async with api.session:
            yield Stage(sandbox, api, page)


async def _painter(route: Route) -> None:
    """Serve the Mini App without a network."""
    await route.fulfill(body=PAINTER, content_type="text/html")


async def drag(page: Page, *, touch: bool) -> None:
    """Draw a line across the middle of the canvas."""
    box = await page.get_by_test_id("pen-canvas").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    steps = [(box["x"] + box["width"] * part / 10, middle) for part in range(2, 9)]
    if not touch:
        await page.mouse.move(*steps[0])
        await page.mouse.down()
        for step in steps[1:]:
            await page.mouse.move(*step)
        await page.mouse.up()
        return
    finger = await page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(steps):
        kind = "touchMove" if number else "touchStart"
        await finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    await finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def inked(picture: Image.Image, x: float, y: float) -> bool:
    """Return whether a place of a white picture is drawn over in red."""
    pixel = picture.convert("RGB").getpixel((round(picture.width * x), round(picture.height * y)))
    assert isinstance(pixel, tuple)
    return pixel[0] > 180 and pixel[1] < 130


@pytest.mark.parametrize(("size", "full"), [((1280, 800), False), ((360, 640), True)])
async def test_a_button_opens_a_mini_app(stage: Stage, size: tuple[int, int], *, full: bool) -> None:
    """The Mini App gets the user's data, covers the chat (on a phone, the whole page), and can close itself."""
    await stage.show(ADA)
    await stage.offer(ADA, "Paint", web_app={"url": APP})
    await stage.page.get_by_test_id("inline-button").click()
    await expect(stage.app.locator("#user")).to_have_text("Ada")
    box = await stage.page.get_by_test_id("miniapp").bounding_box()
    assert box is not None
    assert (box["width"] == size[0]) is full
    assert (box["height"] == size[1]) is full
    await stage.app.get_by_text("close").click()
    await expect(stage.page.get_by_test_id("miniapp")).to_be_hidden()


async def test_a_mini_app_wears_the_colours_of_the_page(stage: Stage) -> None:
    """The Mini App gets the theme, and an event when the theme changes."""
    await stage.page.emulate_media(color_scheme="light")
    await stage.show(ADA)
    await stage.offer(ADA, "Paint", web_app={"url": APP})
    await stage.page.get_by_test_id("inline-button").click()
    await expect(stage.app.locator("#ground")).to_have_text("#ffffff")
    await stage.page.emulate_media(color_scheme="dark")
    await expect(stage.app.locator("#ground")).to_have_text("#17212b")


async def test_unsaved_work_is_asked_about(stage: Stage) -> None:
    """If the Mini App asks for it, closing needs a confirmation, and declining keeps everything as it is."""
    await stage.show(ADA)
    await stage.offer(ADA, "Paint", web_app={"url": APP})
    await stage.page.get_by_test_id("inline-button").click()
    await stage.guard()
    await stage.page.get_by_test_id("miniapp-close").click()
    await stage.page.get_by_test_id("answer-no").click()
    await expect(stage.app.locator("#user")).to_have_text("Ada")
    await stage.page.keyboard.press("Escape")
    await stage.page.get_by_test_id("answer-yes").click()
    await expect(stage.page.get_by_test_id("miniapp")).to_be_hidden()


async def test_only_the_open_frame_is_believed(stage: Stage) -> None:
    """A message from another window, or one that isn't valid, changes nothing."""
    await stage.show(ADA)
    await stage.offer(ADA, "Paint", web_app={"url": APP})
    await stage.page.get_by_test_id("inline-button").click()
    await expect(stage.app.locator("#user")).to_have_text("Ada")
    for words in (json.dumps({"eventType": "web_app_close"}), "web_app_close"):
        await stage.page.evaluate("(words) => window.postMessage(words, '*')", words)
    inside = stage.page.frames[-1]
    for words in ("nothing", json.dumps({"eventType": "constructor"}), "null"):
        await inside.evaluate("(words) => parent.postMessage(words, '*')", words)
    await stage.guard()
    await stage.page.get_by_test_id("miniapp-close").click()
    await expect(stage.page.get_by_test_id("answer-yes")).to_be_visible()


async def test_a_link_opens_the_app_in_a_group(stage: Stage) -> None:
    """A direct link opens the Mini App for the current member, with the start parameter."""
    await stage.show(GROUP)
    await stage.offer(GROUP, "Paint", url=LINK)
    await stage.page.locator(f"[data-person-id='{BEN}']").click()
    await stage.page.get_by_test_id("inline-button").click()
    await expect(stage.app.locator("#user")).to_have_text("Ben")
    await expect(stage.app.locator("#param")).to_have_text("job-5")


async def test_a_deep_link_leads_to_the_private_chat(stage: Stage) -> None:
    """A link with a start code opens the bot's private chat and starts the bot there."""
    await stage.show(GROUP)
    await stage.offer(GROUP, "In private", url="https://t.me/imagine_sandbox_bot?start=invite-7")
    await stage.page.get_by_test_id("inline-button").click()
    await expect(stage.page.get_by_test_id("message-text").get_by_text("/start invite-7")).to_be_visible()
    assert stage.sandbox.telegram.messages(ADA)[-1]["text"] == "/start invite-7"


@pytest.mark.parametrize("size", [(1280, 800), (360, 640)], ids=["mouse", "touch"])
async def test_drawing_on_a_picture_and_replying(stage: Stage, size: tuple[int, int]) -> None:
    """A drawing over a picture is sent as a photo that replies to the picture, with the text as its caption."""
    await stage.show(ADA)
    shown = await stage.picture(ADA)
    await stage.page.get_by_test_id("photo").click()
    await stage.page.get_by_test_id("draw-reply").click()
    await drag(stage.page, touch=size[0] < 500)
    await stage.page.get_by_test_id("pen-caption").fill("a hat here")
    await stage.page.get_by_test_id("pen-send").click()
    sent = await stage.sandbox.telegram.wait_for(ADA, lambda message: message.get("caption") == "a hat here")
    assert sent["reply_to_message"]["message_id"] == shown["message_id"]
    largest = sent["photo"][-1]
    assert (largest["width"], largest["height"]) == (600, 400)
    stored = stage.sandbox.telegram.files.get(largest["file_id"])
    assert stored is not None
    drawn = Image.open(io.BytesIO(stored.data))
    assert inked(drawn, 0.5, 0.5)
    assert not inked(drawn, 0.5, 0.2)
    assert drawn.format == "JPEG"


async def test_drawing_on_a_picture_before_it_is_sent(stage: Stage) -> None:
    """An attached picture can be drawn on, and an undone stroke isn't in it."""
    await stage.show(ADA)
    file: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": white()}
    await stage.page.set_input_files("[data-testid=attach-input]", [file])
    await stage.page.get_by_test_id("draw-attached").click()
    await drag(stage.page, touch=False)
    await stage.page.get_by_test_id("pen-undo").click()
    await expect(stage.page.get_by_test_id("pen-send")).to_be_disabled()
    await stage.page.locator("[data-testid=pen-size][data-name=thick]").click()
    await drag(stage.page, touch=False)
    await stage.page.get_by_test_id("pen-send").click()
    await expect(stage.page.get_by_test_id("pen")).to_be_hidden()
    await stage.page.get_by_test_id("send").click()
    sent = await stage.sandbox.telegram.wait_for(ADA, lambda message: "photo" in message)
    stored = stage.sandbox.telegram.files.get(sent["photo"][-1]["file_id"])
    assert stored is not None
    assert inked(Image.open(io.BytesIO(stored.data)), 0.5, 0.52)


async def test_a_group_has_topics_and_roles(stage: Stage) -> None:
    """Topics appear as tabs, messages stay in their topic, and owners and admins have a badge."""
    await stage.show(GROUP)
    tabs = stage.page.get_by_test_id("topic")
    await expect(tabs).to_have_text(["General", "Pictures", "Ideas"])
    await expect(stage.page.locator(f"[data-person-id='{ADA}'] [data-testid=role]")).to_have_text("owner")
    await expect(stage.page.locator(f"[data-person-id='{BEN}'] [data-testid=role]")).to_have_count(0)
    await stage.sandbox.telegram.say(GROUP, ADA, "in General")
    await stage.page.locator(f"[data-person-id='{BEN}']").click()
    await expect(stage.page.get_by_test_id("message").get_by_test_id("role")).to_have_text("owner")
    await tabs.nth(1).click()
    await stage.page.get_by_test_id("composer").fill("in Pictures")
    await stage.page.get_by_test_id("send").click()
    said = await stage.sandbox.telegram.wait_for(GROUP, lambda message: message.get("text") == "in Pictures")
    assert (said["message_thread_id"], said["from"]["id"]) == (2, BEN)
    await expect(stage.page.get_by_test_id("message-text").get_by_text("in General")).to_have_count(0)


async def test_what_changes_in_a_group_is_seen_at_once(stage: Stage) -> None:
    """A new topic, a promotion and a message in another topic appear without a reload."""
    await stage.show(GROUP)
    world = stage.sandbox.telegram
    thread = world.open_topic(GROUP, "Foxes")
    await expect(stage.page.get_by_test_id("topic").last).to_have_text("Foxes")
    world.promote(GROUP, BEN, anonymous=True)
    await expect(stage.page.locator(f"[data-person-id='{BEN}'] [data-testid=role]")).to_have_text("admin")
    await stage.api("sendMessage", chat_id=GROUP, text="painted", message_thread_id=thread)
    await expect(stage.page.get_by_test_id("topic").last.get_by_label("new messages")).to_be_visible()
    await stage.page.get_by_test_id("topic").last.click()
    await expect(stage.page.get_by_test_id("topics").get_by_label("new messages")).to_have_count(0)
    await stage.page.locator(f"[data-person-id='{BEN}']").click()
    await stage.page.get_by_test_id("composer").fill("who am I?")
    await stage.page.get_by_test_id("send").click()
    said = await world.wait_for(GROUP, lambda message: message.get("text") == "who am I?")
    assert said["sender_chat"]["id"] == GROUP
    await expect(stage.page.locator(".row.own").get_by_text("who am I?")).to_have_count(1)


async def test_what_one_person_alone_is_shown(stage: Stage) -> None:
    """An ephemeral message to Ben appears in its place with a note, and Ada doesn't see it."""
    await stage.page.request.post(f"{stage.sandbox.url}/control/settings", data={"admin": True})
    await stage.show(GROUP)
    await stage.page.locator(f"[data-person-id='{BEN}']").click()
    await stage.api("sendMessage", chat_id=GROUP, text="before")
    only = {"receiver_user_id": BEN}
    await stage.api("sendMessage", chat_id=GROUP, text="6 left", ephemeral_message_parameters=only)
    await stage.api("sendMessage", chat_id=GROUP, text="after")
    shown = stage.page.get_by_test_id("message")
    await expect(shown).to_have_count(3)
    await expect(shown.nth(1)).to_contain_text("6 left")
    await expect(shown.nth(1)).to_contain_text("only you see this")
    await expect(shown.nth(1).get_by_label("Reply")).to_have_count(0)
    await stage.page.locator(f"[data-person-id='{ADA}']").click()
    await expect(shown).to_have_text([re.compile("before"), re.compile("after")])


async def test_long_quotes_open_and_reactions_show(stage: Stage) -> None:
    """An expandable quote shows three lines until it is pressed, and the bot's reaction appears below a message."""
    await stage.show(ADA)
    words = "\n".join(f"line {number}" for number in range(9))
    text = f"<blockquote expandable>{words}</blockquote>"
    sent = await stage.api("sendMessage", chat_id=ADA, text=text, parse_mode="HTML")
    quote = stage.page.locator("blockquote")
    await expect(quote).to_have_attribute("aria-expanded", "false")
    closed = await quote.bounding_box()
    await quote.click()
    await expect(quote).to_have_attribute("aria-expanded", "true")
    opened = await quote.bounding_box()
    assert closed is not None
    assert opened is not None
    assert opened["height"] > closed["height"] + 60
    thumb = [{"type": "emoji", "emoji": "👍"}]
    await stage.api("setMessageReaction", chat_id=ADA, message_id=sent["message_id"], reaction=thumb)
    await expect(stage.page.get_by_test_id("reactions")).to_have_text("👍")


@pytest.mark.parametrize("size", [(360, 640)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_group_fits_a_phone(stage: Stage, scheme: str) -> None:
    """At phone width nothing in a group with topics and roles is wider than the screen, and neither is the pen."""
    await stage.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await stage.show(GROUP)
    await stage.picture(GROUP)
    await stage.page.get_by_test_id("photo").click()
    await stage.page.get_by_test_id("draw-reply").click()
    for name in ("pen-send", "pen-undo", "pen-canvas"):
        box = await stage.page.get_by_test_id(name).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["y"] + box["height"] <= 640
    assert await stage.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
