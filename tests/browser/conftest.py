"""The demo as a newcomer starts it, and a browser to look at it."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Page, async_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser_path() -> str:
    """An installed browser; without one these tests say so and skip."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if not found:
        pytest.skip(f"no browser is installed ({', '.join(BROWSERS)}): the demo page was NOT tested")
    return found


@pytest.fixture(scope="module")
def demo(browser_path: str) -> Iterator[str]:
    """`imagine-bot demo` in a process of its own; its address. Ctrl-C ends it cleanly."""
    assert browser_path
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    match = re.search(r"http://\S+", process.stdout.readline())
    assert match, "the demo printed no address"
    yield match[0]
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=15)
    assert process.returncode == 0, out + errors
    assert "Traceback" not in errors, errors


@pytest.fixture
async def page(demo: str, browser_path: str) -> AsyncIterator[Page]:
    """The chat page; whatever the browser's console complains about fails the test."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=QUIET)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.request.post(f"{demo}/control/settings", data={"duration_s": 0.5})
        await page.goto(demo)
        yield page
        await browser.close()
    assert complaints == []
