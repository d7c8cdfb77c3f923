"""A real Bot API client against the sandbox."""

from collections.abc import AsyncIterator

import pytest
import telegram

from sandbox.serve import Sandbox
from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, picture


@pytest.fixture
async def bot(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[telegram.Bot]:
    """Open python-telegram-bot's Bot, with only its URLs changed."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the old representation of RetryAfter warns
    methods, files = f"{sandbox.url}/bot", f"{sandbox.url}/file/bot"
    async with telegram.Bot(sandbox.token, base_url=methods, base_file_url=files) as running:
        yield running


async def test_every_method_is_understood(bot: telegram.Bot, world: World) -> None:
    """The client reads every answer of the sandbox."""
    text = await bot.send_message(GROUP, "Hello")
    photo = await bot.send_photo(GROUP, picture(), caption="A")
    document = await bot.send_document(GROUP, picture(), filename="a.png")
    album = await bot.send_media_group(GROUP, [telegram.InputMediaPhoto(picture()) for _ in range(2)], caption="Two")
    assert document.document is not None
    assert document.document.thumbnail is not None
    assert album[0].media_group_id == album[1].media_group_id
    assert await bot.edit_message_text("Bye", GROUP, text.message_id)
    assert await bot.edit_message_caption(GROUP, photo.message_id, caption="B")
    assert await bot.send_chat_action(GROUP, "upload_photo")
    assert await bot.set_message_reaction(GROUP, text.message_id, "👍")
    assert await bot.delete_message(GROUP, text.message_id)
    assert await bot.set_my_commands([("imagine", "Draw"), ("help", "Help")])
    assert [command.command for command in await bot.get_my_commands()] == ["imagine", "help"]
    assert (await bot.get_me()).username == "imagine_sandbox_bot"
    assert (await bot.get_chat(GROUP)).title == "Studio friends"
    assert (await bot.get_chat_member(GROUP, ADA)).status == "creator"
    assert (await bot.get_webhook_info()).url == ""
    world.block(ADA)
    (update,) = await bot.get_updates()
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"


async def test_members_and_channels_in_the_eyes_of_a_client(bot: telegram.Bot, world: World) -> None:
    """The client reads every kind of member, the menu button, and messages without a personal sender."""
    channel = world.add_channel("Foxes daily", [BEN], discussed_in=GROUP)
    statuses = []
    for become in (world.promote, world.restrict, world.demote, world.kick):
        become(GROUP, BEN)
        statuses.append((await bot.get_chat_member(GROUP, BEN)).status)
    assert statuses == ["administrator", "restricted", "member", "kicked"]
    assert [admin.status for admin in await bot.get_chat_administrators(GROUP)] == ["creator"]
    assert (await bot.get_chat(GROUP)).linked_chat_id == channel.id
    painter = telegram.MenuButtonWebApp("Paint", telegram.WebAppInfo("https://studio.example"))
    assert await bot.set_chat_menu_button(ADA, painter)
    assert await bot.get_chat_menu_button(ADA) == painter
    world.promote(GROUP, ADA, "creator", anonymous=True)
    await world.say(GROUP, ADA, "/imagine a fox")
    await world.say(channel.id, BEN, "/imagine a fox")
    *_, hidden, post, copy = await bot.get_updates()
    assert hidden.message is not None
    assert hidden.message.sender_chat == hidden.message.chat
    assert post.channel_post is not None
    assert post.channel_post.from_user is None
    assert copy.message is not None
    assert copy.message.is_automatic_forward
    assert await bot.leave_chat(GROUP)
