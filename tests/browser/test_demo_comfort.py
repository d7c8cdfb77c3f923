"""The chat page where it once hurt: albums of one file, a phone held sideways, operators' commands, pale buttons."""

import json
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.test_demo_studio import APP, Stage, size, stage, white
from tests.sandbox.telegram_kit import ADA, BEN, GROUP

__all__ = ["size", "stage"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="session")]

SHOWN = "nodes => nodes.map(node => node.querySelector('img')?.naturalWidth ?? 0)"
"""The width of the picture in each tile; 0 for a blank one."""


async def album(stage: Stage, kind: str) -> list[dict[str, Any]]:
    """Let the bot send an album of three identical files."""
    media = json.dumps([{"type": kind, "media": f"attach://f{number}"} for number in range(3)])
    files = {f"f{number}": ("same.png", white()) for number in range(3)}
    sent: list[dict[str, Any]] = await stage.api("sendMediaGroup", files, chat_id=ADA, media=media)
    return sent


async def test_no_tile_of_an_album_goes_blank(stage: Stage) -> None:
    """Three identical pictures in one album stay visible when the album is drawn again."""
    await stage.show(ADA)
    first, second, _ = await album(stage, "photo")
    tiles = stage.page.get_by_test_id("photo")
    await expect(tiles).to_have_count(3)
    for message in (first, second):
        change = {"chat_id": ADA, "message_id": message["message_id"], "caption": f"changed {message['message_id']}"}
        await stage.api("editMessageCaption", **change)
        await expect(stage.page.get_by_text(change["caption"])).to_be_visible()
        await expect(tiles).to_have_count(3)
        await stage.page.wait_for_function(
            "[...document.querySelectorAll('[data-testid=photo] img')].every(i => i.complete)"
        )
        assert min(await tiles.evaluate_all(SHOWN)) > 0


async def test_no_file_of_an_album_loses_its_cover(stage: Stage) -> None:
    """Three identical files sent as documents keep three rows when one of them gets a caption."""
    await stage.show(ADA)
    first, *_ = await album(stage, "document")
    rows = stage.page.locator(".file")
    await expect(rows).to_have_count(3)
    covers = await stage.page.locator(".file-cover img").count()
    await stage.api("editMessageCaption", chat_id=ADA, message_id=first["message_id"], caption="the same")
    await expect(stage.page.get_by_text("the same", exact=True)).to_be_visible()
    assert await stage.page.locator(".file-cover img").count() == covers


@pytest.mark.parametrize("size", [(844, 390), (667, 375), (932, 430)])
async def test_a_mini_app_fills_a_phone_held_sideways(stage: Stage, size: tuple[int, int]) -> None:
    """On a phone held sideways, a Mini App has all of the width, and nearly all of the height."""
    await stage.show(ADA)
    await stage.offer(ADA, "Paint", web_app={"url": APP})
    await stage.page.get_by_test_id("inline-button").click()
    await expect(stage.app.locator("#user")).to_have_text("Ada")
    frame = await stage.page.get_by_test_id("miniapp-frame").bounding_box()
    assert frame is not None
    assert (frame["x"], frame["width"]) == (0, size[0])
    assert frame["height"] >= size[1] - 46
    assert frame["y"] + frame["height"] <= size[1]


async def test_the_menu_has_what_the_writer_may_use(stage: Stage) -> None:
    """The menu shows the commands of the chat's own scope, changes at once, and differs between members of a group."""

    async def offer(name: str, **scope: Any) -> None:
        commands = [{"command": name, "description": "for a test"}]
        await stage.api("setMyCommands", commands=commands, **({"scope": scope} if scope else {}))

    async def expect_menu(command: str) -> None:
        await composer.fill("/")
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text(f"/{command}")

    composer, rows = stage.page.get_by_test_id("composer"), stage.page.locator(".command-row")
    await offer("imagine")
    await offer("admin", type="chat", chat_id=ADA)
    await offer("rules", type="all_chat_administrators")
    await stage.show(ADA)
    await expect_menu("admin")
    await stage.api("deleteMyCommands", scope={"type": "chat", "chat_id": ADA})
    await expect(rows).to_contain_text("/imagine")
    await composer.fill("")
    await stage.show(GROUP)
    await expect_menu("rules")
    await composer.fill("")
    await stage.page.locator(f"[data-person-id='{BEN}']").click()
    await expect_menu("imagine")
