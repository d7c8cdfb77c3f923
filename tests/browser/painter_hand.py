"""A driver for the mask painter: finds places on the picture, paints there, and waits for the sent mask."""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any, Self
from urllib.parse import quote, urlencode

from PIL import Image
from playwright.async_api import CDPSession, Page, expect

from tests.browser.painter_host import ROOT, Host

INIT_DATA = urlencode({"user": '{"id":7}', "start_param": "from-start", "hash": "a+b/c"})
LISTEN = (
    "window.told = []; window.TelegramWebviewProxy = {postEvent: (name, data) => told.push([name, JSON.parse(data)])}"
)
# After two frames the page has handled every event, including a new window size, and is stable.
TWO_FRAMES = "for (let one = 0; one < 2; one++) await new Promise((drawn) => requestAnimationFrame(drawn));"
SPOTS = f"""async (places) => {{
  {TWO_FRAMES}
  const {{ x, y, width, height }} = document.getElementById("picture").getBoundingClientRect();
  return places.map(([right, down]) => [x + right * width, y + down * height]);
}}"""
TINTED = f"""async (places) => {{
  const spots = await ({SPOTS})(places);
  const canvas = document.getElementById("tint"), box = canvas.getBoundingClientRect();
  const pixel = (x, y) => canvas.getContext("2d").getImageData(x, y, 1, 1).data;
  const scale = canvas.width / box.width;
  return spots.map(([x, y]) => pixel((x - box.x) * scale, (y - box.y) * scale)[3] > 127);
}}"""
RING = """(slider, value) => {
  slider.value = value;
  slider.dispatchEvent(new Event("input"));
  return document.getElementById("ring").checkVisibility();
}"""
CONTROLS = """[...document.querySelectorAll("button, input, textarea")].filter((one) => one.checkVisibility()).map(
(one) => {
  const { left, top, right, bottom } = one.getBoundingClientRect();
  return [one.getAttribute("aria-label") || one.innerText, left, top, right, bottom];
})"""
SPEED = """() => {
  window.costs = []; window.gaps = [];
  let begun = 0, spent = 0, last = 0;
  addEventListener("pointermove", () => { begun = performance.now(); }, true);
  addEventListener("pointermove", () => { spent += performance.now() - begun; });
  const frame = requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) => frame((now) => {
    const start = performance.now(); draw(now); spent += performance.now() - start;
  });
  frame(function tick(now) {
    if (last) gaps.push(now - last);
    if (spent) costs.push(spent);
    last = now; spent = 0; frame(tick);
  });
}"""

Place = tuple[float, float]

BETWEEN_TOUCHES_S = 0.016


class Hand:
    """One person's open page. Places are fractions of the picture: (0.5, 0.5) is the middle."""

    def __init__(self, page: Page, host: Host, cdp: CDPSession, address: str) -> None:
        self.page = page
        self.host = host
        self.address = address
        self._cdp = cdp
        self._touched_at = time.time()

    @classmethod
    async def on(cls, page: Page, host: Host, address: str) -> Self:
        """Record the events that a new page sends to Telegram, and return its driver."""
        await page.add_init_script(LISTEN)
        return cls(page, host, await page.context.new_cdp_session(page), address)

    async def open(self, theme: dict[str, str] | None = None, query: str = "?p=job-1", *, wait: bool = True) -> None:
        """Open the page as Telegram would."""
        said = {"tgWebAppData": INIT_DATA, "tgWebAppVersion": "8.0", "tgWebAppThemeParams": json.dumps(theme or {})}
        said_there = "&".join(f"{name}={quote(value, safe='')}" for name, value in said.items())
        await self.page.goto(f"{self.address}{ROOT}/painter{query}#{said_there}")
        if wait:
            await expect(self.page.locator("#cover")).to_be_hidden()

    async def at(self, place: Place) -> Place:
        """Return the screen position of a place of the picture."""
        return (await self.spots(place))[0]

    async def spots(self, *places: Place) -> list[Place]:
        """Return the screen positions of places, as measured by the browser rather than by the page's own code."""
        return [(x, y) for x, y in await self.page.evaluate(SPOTS, places)]

    async def drag(self, *places: Place, tool: str | None = None, button: str = "left") -> None:
        """Draw from place to place with the mouse."""
        if tool:
            await self.page.click(f"[data-tool={tool}]")
        first, *rest = await self.spots(*places)
        await self.page.mouse.move(*first)
        await self.page.mouse.down(button="middle" if button == "middle" else "left")
        for place in rest:
            await self.page.mouse.move(*place, steps=2)
        await self.page.mouse.up(button="middle" if button == "middle" else "left")

    async def touch(self, kind: str, *places: Place) -> None:
        """Send a touch event a moment after the last one, with a finger at each screen position."""
        self._touched_at += BETWEEN_TOUCHES_S
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        await self._cdp.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points, "timestamp": self._touched_at}
        )

    async def scribble(self, *strokes: Sequence[Place]) -> None:
        """Draw many strokes between screen positions, as fast as the browser accepts them."""
        steps = []
        for first, *rest in strokes:
            steps += [("mousePressed", first), *(("mouseMoved", place) for place in rest)]
            steps.append(("mouseReleased", rest[-1]))
        press = {"button": "left", "buttons": 1, "clickCount": 1}
        sent = [{"type": kind, "x": x, "y": y, **press} for kind, (x, y) in steps]
        await asyncio.gather(*(self._cdp.send("Input.dispatchMouseEvent", event) for event in sent))

    async def stroke_by_finger(self, *places: Place) -> None:
        """Draw from place to place with one finger."""
        first, *rest = await self.spots(*places)
        await self.touch("touchStart", first)
        for place in rest:
            await self.touch("touchMove", place)
        await self.touch("touchEnd")

    async def send(self, prompt: str = "a red boat") -> Image.Image:
        """Fill in the prompt, send, and return the mask that arrived."""
        await self.page.fill("#prompt", prompt)
        await self.page.click("#send")
        await expect(self.page.locator("#cover")).to_have_attribute("data-state", "done")
        return self.host.posted[-1].mask.convert("RGB")

    async def tinted(self, *places: Place) -> list[bool]:
        """Return which places of the picture appear painted."""
        return list(await self.page.evaluate(TINTED, places))

    async def widen(self, value: int) -> bool:
        """Move the slider, and return whether the page then shows the brush width."""
        return bool(await self.page.locator("#size").evaluate(RING, value))

    async def resize(self, width: int, height: int) -> None:
        """Change the window size."""
        await self.page.set_viewport_size({"width": width, "height": height})
        await expect(self.page.locator("#app")).to_have_css("height", f"{height}px")

    async def controls(self) -> list[tuple[str, float, float, float, float]]:
        """Return every visible control: its name, and its left, top, right and bottom on the screen."""
        return [tuple(control) for control in await self.page.evaluate(CONTROLS)]

    async def told(self, name: str) -> list[Any]:
        """Return the data of every event of this name that the page sent to Telegram."""
        return [data for one, data in await self.page.evaluate("told") if one == name]


def marks(mask: Image.Image, place: Place) -> bool:
    """Return whether the mask marks that place of the picture for change."""
    return mask.getpixel((int(place[0] * mask.width), int(place[1] * mask.height))) == (0, 0, 0)
