"""The demo page as a newcomer uses it."""

import io
import re

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="session")]


def photo(colour: str) -> FilePayload:
    """Return a photo to upload."""
    out = io.BytesIO()
    Image.new("RGB", (900, 600), colour).save(out, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


async def send(page: Page, words: str, *files: FilePayload) -> None:
    """Type, attach and send as a person would, once the composer is visible."""
    await expect(page.get_by_test_id("composer")).to_be_visible()
    if files:
        await page.set_input_files("[data-testid=attach-input]", list(files))
    await page.fill("[data-testid=composer]", words)
    await page.press("[data-testid=composer]", "Enter")


async def test_imagine_shows_a_placeholder_that_becomes_the_picture(page: Page, demo: str) -> None:
    """The bot answers a command at once, and that message becomes the picture with the prompt as its caption."""
    await page.request.post(f"{demo}/control/faults", data={"wire": "image", "match": "task", "kind": "hold"})
    await send(page, "/imagine a red fox under the moon")
    said = page.locator("[data-testid=message]")
    await expect(said.last).to_contain_text(re.compile("🕓|🎨"))  # "Painting…" may follow before the page is looked at
    number = await said.last.get_attribute("data-message-id")
    await page.request.delete(f"{demo}/control/faults")
    bubbles = said.filter(has_text="a red fox under the moon")
    became = bubbles.filter(has=page.get_by_test_id("photo"))
    await expect(became.get_by_test_id("photo")).to_be_visible()
    await expect(became.get_by_test_id("message-text")).to_contain_text("a red fox under the moon")
    await expect(bubbles).to_have_count(2)
    assert await became.get_attribute("data-message-id") == number
    await became.get_by_test_id("photo").click()
    await expect(page.locator("[data-testid=lightbox]")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-testid=lightbox]")).to_be_hidden()


async def test_an_album_of_two_is_one_order(page: Page, demo: str) -> None:
    """Two photos sent as an album go to the image API in one task."""
    await send(page, "put both into one frame", photo("orange"), photo("navy"))
    told = page.locator("[data-testid=message]", has_text="put both into one frame")
    await expect(told.nth(1).locator("[data-testid=photo]").first).to_be_visible()
    await expect(told).to_have_count(2)
    tasks = (await (await page.request.get(f"{demo}/control/tasks")).json())["tasks"]
    ordered = [task["body"] for task in tasks if task["body"].get("prompt") == "put both into one frame"]
    assert [len(body["filesUrl"]) for body in ordered] == [2]


async def test_an_example_button_orders_a_picture(page: Page) -> None:
    """A press on an example below /start orders its picture."""
    await send(page, "/start")
    await page.locator("[data-testid=inline-button]", has_text="A poster").click()
    told = page.locator("[data-testid=message]", has_text="a poster for a small café")
    await expect(told.get_by_test_id("photo")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_works_on_a_phone(page: Page, scheme: str) -> None:
    """At phone width nothing is wider than the screen, in light and dark."""
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.reload()
    item, composer = page.get_by_test_id("chat-item").first, page.get_by_test_id("composer")
    await expect(item.or_(composer).locator("visible=true").first).to_be_visible()
    if await item.is_visible():
        await item.click()
    await expect(page.locator("[data-testid=composer]")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
