"""Renew the pictures in docs from the demo page. Run: python docs/screenshot.py.

It needs chromium and a color emoji font (Debian: fonts-noto-color-emoji).
"""

import asyncio
import re
import shutil
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.async_api import Page, async_playwright

HERE = Path(__file__).parent
BEN, GROUP = 1002, -1_000_000_000_001
PAINTERS, SIDE = ("4o", "banana", "seedream", "qwen"), 320
RESULTS = "[data-testid=message]:has([data-testid=photo])"


async def main() -> None:
    """Start the demo, chat a little, and take the pictures."""
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    if demo.stdout is None:
        return
    try:
        match = re.search(rb"http://\S+", await demo.stdout.readline())
        if match is None:
            return
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1180, "height": 1240}, color_scheme="light")
            await private(page, match[0].decode())
            await group(page, match[0].decode())
            await models(page, match[0].decode())
            await browser.close()
    finally:
        demo.terminate()
        await demo.wait()


async def private(page: Page, demo: str) -> None:
    """Show a command, and an edit in reply to its result."""
    await page.goto(demo)
    await say(page, "/imagine a red fox in the snow --size 3:2")
    await page.locator(RESULTS).nth(0).wait_for(timeout=30_000)
    await page.locator(RESULTS).nth(0).hover()
    await page.locator(RESULTS).nth(0).get_by_role("button", name="Reply", exact=True).click()
    await say(page, "make it night, with stars and a moon")
    await page.locator(RESULTS).nth(1).wait_for(timeout=30_000)
    await take(page, "chat.png")


async def group(page: Page, demo: str) -> None:
    """Show a talk in a topic, an order by mention in it, and a mistake of which only its author is told."""
    await page.request.post(f"{demo}/control/settings", data={"admin": True})
    await page.goto(f"{demo}/#{GROUP}/2")
    await say(page, "What shall we hang above the sofa?")
    await page.locator(f"[data-person-id='{BEN}']").click()
    await say(page, "Something with the sea. @imagine_sandbox_bot a lighthouse at dusk --size 3:2")
    await page.locator(RESULTS).nth(0).wait_for(timeout=30_000)
    await say(page, "@imagine_sandbox_bot the same with a sailing boat --n 3")
    await page.get_by_text("only you see this").wait_for(timeout=30_000)
    await take(page, "group.png")


async def models(page: Page, demo: str) -> None:
    """Show /model, and one prompt painted by four models."""
    await page.goto(f"{demo}/#{BEN}")
    await page.reload()
    await say(page, "/model")
    await page.get_by_text("Nano Banana Pro").first.wait_for(timeout=30_000)
    await take(page, "model.png")
    shown = await page.locator(RESULTS).count()
    photos = []
    for number, model in enumerate(PAINTERS):
        await say(page, f"/imagine a red fox in the snow --model {model}")
        result = page.locator(RESULTS).nth(shown + number)
        await result.wait_for(timeout=30_000)
        await page.wait_for_timeout(500)
        photos.append(await result.get_by_test_id("photo").screenshot())
    strip = Image.new("RGB", (SIDE * len(photos), SIDE + 40), "white")
    for number, photo in enumerate(photos):
        strip.paste(Image.open(BytesIO(photo)).convert("RGB").resize((SIDE, SIDE)), (SIDE * number, 0))
        at = (SIDE * number + SIDE // 2, SIDE + 20)
        ImageDraw.Draw(strip).text(at, PAINTERS[number], "#222", ImageFont.load_default(20), "mm")
    strip.save(HERE / "models.png", optimize=True)


async def take(page: Page, name: str) -> None:
    """Take the picture, with the pointer out of the way."""
    await page.mouse.move(5, 5)
    await page.wait_for_timeout(800)
    await page.screenshot(path=HERE / name)


async def say(page: Page, words: str) -> None:
    """Type and send."""
    await page.fill("[data-testid=composer]", words)
    await page.press("[data-testid=composer]", "Enter")
    await page.wait_for_timeout(300)


asyncio.run(main())
