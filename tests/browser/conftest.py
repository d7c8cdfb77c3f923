"""The demo as a newcomer starts it, and a browser for it: one of each for all tests of a process."""

import itertools
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

PATIENCE_MS = 20_000
PEOPLE = itertools.cycle(("", "?person=1002"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Chrome's address line is a web page, too, and two of them beside every page cost more than the page itself. The other
# features are those of Playwright's own list that matter here, because only the last such list counts.
UNUSED = [
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    f"--disable-features={','.join(UNUSED)}",
]


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Return the path of an installed browser; without one, skip the tests with a message."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if not found:
        pytest.skip(f"no browser is installed ({', '.join(BROWSERS)}): the demo page was NOT tested")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """Run one browser for all tests, because it starts slowly; each test gets its own browser context."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=QUIET)
        yield browser
        await browser.close()


@asynccontextmanager
async def fresh_page(
    browser: Browser, *, planned: Callable[[str], bool] = lambda _: False, **options: Any
) -> AsyncIterator[Page]:
    """Open a page in a new context; console errors fail the test, except those for which `planned` returns True."""
    complaints: list[str] = []
    # Animations keep a machine without a graphics card busy.
    context = await browser.new_context(reduced_motion="reduce", **options)
    try:
        page = await context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
    finally:
        await context.close()
    assert [text for text in complaints if not planned(text)] == []


@pytest.fixture(scope="session")
def demo_process(browser_path: str) -> Iterator[subprocess.Popen[str]]:
    """Run `imagine-bot demo` in its own process, and check that Ctrl-C ends it cleanly."""
    assert browser_path
    with tempfile.TemporaryFile("w+") as errors:  # a pipe that isn't read would fill up
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--port", "0"], stdout=subprocess.PIPE, stderr=errors, text=True
        )
        yield process
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
        errors.seek(0)
        told = errors.read()
    assert process.returncode == 0, out + told
    assert "Traceback" not in told, told


@pytest.fixture(scope="session")
def demo(demo_process: subprocess.Popen[str], browser: Browser) -> str:
    """Return the demo's URL; the browser starts while the demo does."""
    assert browser.is_connected()
    assert demo_process.stdout
    match = re.search(r"http://\S+", demo_process.stdout.readline())
    assert match, "the demo printed no address"
    return match[0]


@pytest_asyncio.fixture(loop_scope="session")
async def page(demo: str, browser: Browser) -> AsyncIterator[Page]:
    """Open the chat page, in a chat where other tests may already have written.

    Two people take turns, because the bot writes to one person at most once a second.
    """
    async with fresh_page(browser, viewport={"width": 1280, "height": 800}) as page:
        await page.request.post(f"{demo}/control/settings", data={"duration_s": 0})
        await page.goto(demo + next(PEOPLE))
        yield page
