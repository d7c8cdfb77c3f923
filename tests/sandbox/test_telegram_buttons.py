"""The buttons that a bot may use below messages and in the menu."""

from typing import Any

import pytest

from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, GROUP, Client, RefusedError

APP = "https://studio.example/painter"


def keyboard(**action: Any) -> dict[str, Any]:
    """Return a keyboard of one button with an action."""
    return {"inline_keyboard": [[{"text": "Do it", **action}]]}


@pytest.mark.parametrize("url", [APP, "http://127.0.0.1:8090/painter", "http://localhost/painter"])
async def test_mini_apps_open_from_private_chats(api: Client, url: str) -> None:
    """A web_app button works in a private chat with https, or with http on this machine."""
    sent = await api("sendMessage", chat_id=ADA, text="x", reply_markup=keyboard(web_app={"url": url}))
    assert sent["reply_markup"] == keyboard(web_app={"url": url})


async def test_mini_apps_do_not_open_from_groups(api: Client) -> None:
    """A web_app button is refused in a group, in new messages and in edits."""
    with pytest.raises(RefusedError, match=r"^Bad Request: BUTTON_TYPE_INVALID$"):
        await api("sendMessage", chat_id=GROUP, text="x", reply_markup=keyboard(web_app={"url": APP}))
    sent = await api("sendMessage", chat_id=GROUP, text="x")
    with pytest.raises(RefusedError, match=r"^Bad Request: BUTTON_TYPE_INVALID$"):
        await api(
            "editMessageReplyMarkup",
            chat_id=GROUP,
            message_id=sent["message_id"],
            reply_markup=keyboard(web_app={"url": APP}),
        )


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"web_app": {"url": "http://studio.example/painter"}}, "Only HTTPS links are allowed"),
        ({"web_app": {"url": "painter"}}, "Only HTTPS links are allowed"),
        ({"web_app": {}}, "Can't find field"),
        ({"web_app": {"url": APP, "title": "x"}}, 'WebAppInfo has no parameter "title"'),
        ({"copy_text": {"text": ""}}, r"^Bad Request: BUTTON_COPY_TEXT_INVALID$"),
        ({"copy_text": {"text": "x" * 257}}, r"^Bad Request: BUTTON_COPY_TEXT_INVALID$"),
        ({"copy_text": {"text": "🦊" * 129}}, r"^Bad Request: BUTTON_COPY_TEXT_INVALID$"),
        ({"copy_text": {"words": "x"}}, r"^Bad Request: BUTTON_COPY_TEXT_INVALID$"),
        ({"url": "javascript:alert(1)"}, r"^Bad Request: BUTTON_URL_INVALID$"),
        ({"url": APP, "callback_data": "x"}, "exactly one action"),
    ],
)
async def test_buttons_that_make_no_sense(api: Client, action: dict[str, Any], words: str) -> None:
    """An invalid button is refused with Telegram's message."""
    with pytest.raises(RefusedError, match=words):
        await api("sendMessage", chat_id=ADA, text="x", reply_markup=keyboard(**action))


@pytest.mark.parametrize("chat", [ADA, GROUP])
async def test_copying_and_links_work_everywhere(api: Client, chat: int) -> None:
    """A text to copy of up to 256 characters and a link work in any chat."""
    for action in ({"copy_text": {"text": "x" * 256}}, {"url": "https://t.me/imagine_sandbox_bot/paint?startapp=a"}):
        sent = await api("sendMessage", chat_id=chat, text="x", reply_markup=keyboard(**action))
        assert sent["reply_markup"] == keyboard(**action)


async def test_the_menu_button(api: Client, world: World) -> None:
    """The menu button is checked, and stored for one chat or for all."""
    painter = {"type": "web_app", "text": "Paint", "web_app": {"url": APP}}
    assert await api("getChatMenuButton") == {"type": "default"}
    assert await api("setChatMenuButton", menu_button={"type": "commands"}) is True
    assert await api("setChatMenuButton", chat_id=ADA, menu_button=painter) is True
    assert await api("getChatMenuButton") == {"type": "commands"}
    assert await api("getChatMenuButton", chat_id=ADA) == painter
    for bad in ({"type": "party"}, {"type": "web_app", "text": "x", "web_app": {"url": "http://studio.example"}}):
        with pytest.raises(RefusedError):
            await api("setChatMenuButton", menu_button=bad)
    with pytest.raises(RefusedError, match="chat not found"):
        await api("setChatMenuButton", chat_id=GROUP, menu_button=painter)
