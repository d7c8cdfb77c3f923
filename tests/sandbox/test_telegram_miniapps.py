"""Mini Apps: the data that a page gets, and the ways to open it."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from sandbox.serve import Sandbox
from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client

APP = "http://127.0.0.1:8090/painter?job=5"
LINK = "https://t.me/imagine_sandbox_bot/paint?startapp=job-5_x"


def genuine(init_data: str, token: str) -> bool:
    """Check the hash as core.telegram.org/bots/webapps says: all other fields, sorted, one for each line."""
    fields = dict(parse_qsl(init_data, strict_parsing=True))
    told = fields.pop("hash")
    lines = "\n".join(f"{key}={value}" for key, value in sorted(fields.items()))
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(told, hmac.new(key, lines.encode(), hashlib.sha256).hexdigest())


def opened(address: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the parameters of a URL's fragment, and the fields of its init data."""
    told = dict(parse_qsl(urlsplit(address).fragment, strict_parsing=True))
    return told, dict(parse_qsl(told["tgWebAppData"], strict_parsing=True))


async def shown(api: Client, chat: int, **action: Any) -> int:
    """Send a message with one button, and return its ID."""
    rows = {"inline_keyboard": [[{"text": "Paint", **action}]]}
    return int((await api("sendMessage", chat_id=chat, text="x", reply_markup=rows))["message_id"])


async def test_a_button_hands_over_signed_data(api: Client, world: World) -> None:
    """The fragment contains version, platform, colors and valid init data of the user."""
    message = await shown(api, ADA, web_app={"url": APP})
    address = world.open_app(ADA, message, ADA, APP)
    assert address.startswith(f"{APP}#tgWebAppData=")
    told, fields = opened(address)
    assert (told["tgWebAppVersion"], told["tgWebAppPlatform"]) == ("8.0", "web")
    assert json.loads(told["tgWebAppThemeParams"])["bg_color"] == "#ffffff"
    assert genuine(told["tgWebAppData"], world.token)
    user = json.loads(fields["user"])
    assert (user["id"], user["first_name"], user["username"], "is_bot" in user) == (ADA, "Ada", "ada", False)
    assert abs(int(fields["auth_date"]) - world.wall()) < 5
    assert fields["query_id"]
    assert "start_param" not in fields


async def test_the_page_tells_its_colours(api: Client, world: World) -> None:
    """The page can set the theme parameters."""
    message = await shown(api, ADA, web_app={"url": APP})
    told, _ = opened(world.open_app(ADA, message, ADA, APP, theme={"bg_color": "#000000"}))
    assert json.loads(told["tgWebAppThemeParams"]) == {"bg_color": "#000000"}


async def test_a_direct_link_opens_the_registered_app(api: Client, world: World) -> None:
    """In a group, a direct link opens the Mini App with the start parameter and the type of the chat."""
    world.mini_apps["paint"] = "http://127.0.0.1:8090/painter"
    message = await shown(api, GROUP, url=LINK)
    address = world.open_app(GROUP, message, BEN, LINK)
    assert address.startswith("http://127.0.0.1:8090/painter?tgWebAppStartParam=job-5_x#")
    told, fields = opened(address)
    assert genuine(told["tgWebAppData"], world.token)
    assert (fields["start_param"], fields["chat_type"], json.loads(fields["user"])["id"]) == (
        "job-5_x",
        "supergroup",
        BEN,
    )
    assert fields["chat_instance"]
    assert "query_id" not in fields


async def test_data_can_be_made_stale_forged_and_foreign(world: World) -> None:
    """Tests can make init data of any age or another bot, and a changed field invalidates the hash."""
    good = world.init_data(ADA)
    assert genuine(good, world.token)
    assert not genuine(good.replace("Ada", "Eve"), world.token)
    assert not genuine(world.init_data(ADA, token="1:OTHER"), world.token)
    old = world.init_data(ADA, auth_date=1_700_000_000)
    assert genuine(old, world.token)
    assert dict(parse_qsl(old))["auth_date"] == "1700000000"
    linked = dict(parse_qsl(world.init_data(ADA, start_param="x", chat_id=GROUP)))
    assert (linked["start_param"], linked["chat_type"]) == ("x", "supergroup")


@pytest.mark.parametrize(
    ("chat", "person", "url", "words"),
    [
        (ADA, ADA, "https://elsewhere.example", "no such button"),
        (ADA, BEN, LINK, "no such chat"),
        (ADA, ADA, LINK, "no such Mini App"),
    ],
)
async def test_what_cannot_be_opened(api: Client, world: World, chat: int, person: int, url: str, words: str) -> None:
    """Only an existing button of a visible message opens a registered Mini App."""
    message = await shown(api, chat, url=LINK)
    with pytest.raises(ValueError, match=words):
        world.open_app(chat, message, person, url)


async def test_the_page_opens_apps_over_http(api: Client, sandbox: Sandbox) -> None:
    """The control interface registers a Mini App, and the chat page gets its URL or the reason."""
    apps = {"mini_apps": {"paint": "http://127.0.0.1:8090/painter"}}
    async with api.session.post(f"{api.url}/control/settings", json=apps) as answer:
        assert answer.status == 200
    message = await shown(api, GROUP, url=LINK)
    body = {"chat_id": GROUP, "message_id": message, "person_id": BEN, "url": LINK, "theme": {"bg_color": "#111111"}}
    async with api.session.post(f"{api.url}/chat/open-app", json=body) as answer:
        told, fields = opened((await answer.json())["url"])
    assert json.loads(told["tgWebAppThemeParams"]) == {"bg_color": "#111111"}
    assert fields["start_param"] == "job-5_x"
    async with api.session.post(f"{api.url}/chat/open-app", json=body | {"url": APP}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "this message has no such button")
    async with api.session.post(f"{api.url}/control/settings", json={"mini_apps": ["paint"]}) as answer:
        assert answer.status == 400


async def test_apps_are_registered_at_the_start() -> None:
    """A sandbox can be created with Mini Apps."""
    assert Sandbox(mini_apps={"paint": APP}).telegram.mini_apps == {"paint": APP}
