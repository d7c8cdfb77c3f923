"""A mask in the demo from start to end: painted in a browser, previewed and ordered, and nothing else changes."""

import io
import re
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.async_api import Locator, Page, expect

from tests.browser.painter_hand import TWO_FRAMES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("hand", ["mouse", "touch"])
async def test_only_what_was_painted_changes(page: Page, demo: str, hand: str) -> None:
    """Outside of the painted stroke, the new picture equals the old one pixel for pixel."""
    prompt = f"a red fox in the snow, for the {hand}"
    await page.fill("[data-testid=composer]", prompt)
    await page.press("[data-testid=composer]", "Enter")
    mask_button = page.get_by_test_id("inline-button").filter(has_text="Mask")
    answer = page.get_by_test_id("message").filter(has_text=prompt, has=mask_button)
    await expect(answer.get_by_test_id("photo")).to_be_visible()
    await answer.locator(mask_button).click()

    await _paint(page, hand)
    told = page.get_by_test_id("message").filter(has_text=f"a castle by {hand}")
    preview = told.filter(has_text="Only the tinted area")
    await expect(preview.get_by_test_id("photo")).to_be_visible()
    assert len(await _tasks(page, demo, f"a castle by {hand}")) == 0, "nothing is ordered before the yes"
    await preview.get_by_test_id("inline-button").filter(has_text="Change it").click()
    changed = told.filter(has=mask_button)
    await expect(changed.get_by_test_id("photo")).to_be_visible()

    (first,), (second,) = await _tasks(page, demo, prompt), await _tasks(page, demo, f"a castle by {hand}")
    before, after = await _result(page, first), await _result(page, second)
    mask = (await _picture(page, second["body"]["maskUrl"])).convert("L")
    assert before.size == after.size == mask.size
    differing = ImageChops.difference(before, after).convert("L").point(lambda level: 255 if level else 0)
    kept = mask.point(lambda level: 255 if level else 0)
    assert ImageChops.multiply(differing, kept).getbbox() is None, "something outside of the stroke changed"
    assert differing.getbbox() is not None, "nothing changed at all"


async def _paint(page: Page, hand: str) -> None:
    """Draw one stroke across the middle of the picture in the Mini App, fill in the prompt, and send."""
    app = page.frame_locator("[data-testid=miniapp-frame]")
    await expect(page.get_by_test_id("miniapp")).to_have_class(re.compile("expanded"))
    await expect(app.locator("#picture")).to_be_visible()
    await expect(app.locator("#cover")).to_be_hidden()
    await app.locator("#picture").evaluate("async () => {" + TWO_FRAMES + "}")
    box = await app.locator("#picture").bounding_box()
    assert box
    places = [(box["x"] + box["width"] * (0.3 + 0.05 * step), box["y"] + box["height"] / 2) for step in range(9)]
    if hand == "mouse":
        await page.mouse.move(*places[0])
        await page.mouse.down()
        for place in places:
            await page.mouse.move(*place)
        await page.mouse.up()
    else:
        await _touch(page, places)
    await app.locator("textarea").fill(f"a castle by {hand}")
    await _send(app.locator("#send"))
    await expect(page.get_by_test_id("miniapp")).to_be_hidden()


async def _touch(page: Page, places: list[tuple[float, float]]) -> None:
    cdp = await page.context.new_cdp_session(page)

    async def finger(kind: str, *at: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": 1} for x, y in at]
        await cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    await finger("touchStart", places[0])
    for place in places:
        await finger("touchMove", place)
    await finger("touchEnd")


async def _send(button: Locator) -> None:
    await expect(button).to_be_enabled()
    await button.click()


async def _tasks(page: Page, demo: str, prompt: str) -> list[dict[str, Any]]:
    tasks = (await (await page.request.get(f"{demo}/control/tasks")).json())["tasks"]
    return [task for task in tasks if task["body"].get("prompt") == prompt]


async def _result(page: Page, task: dict[str, Any]) -> Image.Image:
    return (await _picture(page, task["result_urls"][0])).convert("RGB")


async def _picture(page: Page, url: str) -> Image.Image:
    return Image.open(io.BytesIO(await (await page.request.get(url)).body()))
