"""What a newcomer does on the demo page."""

import io

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="session")]


def photo(colour: str) -> FilePayload:
    """A photo to send."""
    out = io.BytesIO()
    Image.new("RGB", (900, 600), colour).save(out, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


async def send(page: Page, words: str, *files: FilePayload) -> None:
    """Type, attach and send, as a person would."""
    if files:
        await page.set_input_files("[data-testid=attach-input]", list(files))
    await page.fill("[data-testid=composer]", words)
    await page.press("[data-testid=composer]", "Enter")


async def test_imagine_shows_a_placeholder_that_becomes_the_picture(page: Page) -> None:
    """A command is answered at once, and that very message becomes the picture with the prompt as its caption."""
    await send(page, "/imagine a red fox under the moon")
    bubbles = page.locator("[data-testid=message]", has_text="a red fox under the moon")
    answer = page.locator("[data-testid=message]").last
    await expect(answer).to_contain_text("🕓")
    number = await answer.get_attribute("data-message-id")
    became = page.locator(f"[data-testid=message][data-message-id='{number}']")
    await expect(became.locator("[data-testid=photo]")).to_be_visible()
    await expect(became).to_contain_text("a red fox under the moon")
    assert await bubbles.count() >= 2
    await became.locator("[data-testid=photo]").click()
    await expect(page.locator("[data-testid=lightbox]")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-testid=lightbox]")).to_be_hidden()


async def test_a_photo_with_a_caption_comes_back_edited(page: Page) -> None:
    """A photo and words give a picture whose caption is those words."""
    await send(page, "make it a stormy night", photo("teal"))
    pictures = page.locator("[data-testid=message]", has_text="make it a stormy night").locator("[data-testid=photo]")
    await expect(pictures).to_have_count(2)


async def test_an_album_of_two_is_one_order(page: Page, demo: str) -> None:
    """Two photos sent together go to the image service together."""
    await send(page, "put both into one frame", photo("orange"), photo("navy"))
    told = page.locator("[data-testid=message]", has_text="put both into one frame")
    await expect(told.nth(1).locator("[data-testid=photo]").first).to_be_visible()
    await expect(told).to_have_count(2)
    tasks = (await (await page.request.get(f"{demo}/control/tasks")).json())["tasks"]
    ordered = [task["body"] for task in tasks if task["body"].get("prompt") == "put both into one frame"]
    assert [len(body["filesUrl"]) for body in ordered] == [2]


async def test_an_unknown_command_is_answered_with_help(page: Page) -> None:
    """A command the bot does not know is named, and the way on is shown."""
    await send(page, "/paint a house")
    await expect(page.get_by_test_id("message-text").get_by_text("I don't know /paint")).to_be_visible()


async def test_a_refused_prompt_is_explained_in_the_placeholder(page: Page) -> None:
    """A prompt against the content policy ends in words that say so."""
    await send(page, "something forbidden")
    await expect(page.get_by_test_id("message-text").get_by_text("content policy")).to_be_visible()


async def test_an_example_button_orders_a_picture(page: Page) -> None:
    """Tapping an example below /start paints it."""
    await send(page, "/start")
    await page.locator("[data-testid=inline-button]", has_text="A poster").last.click()
    told = page.locator("[data-testid=message]", has_text="a poster for a small café")
    await expect(told.last.locator("[data-testid=photo]")).to_be_visible()


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
