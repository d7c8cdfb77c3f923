"""The `imagine-bot check` command: test settings and services, and print one line for each finding."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import SecretStr
from telegram import Bot
from telegram.error import InvalidToken, TelegramError
from yarl import URL

from bot.image_api.accounts import fingerprint
from bot.image_api.client import HttpImageApi
from bot.image_api.downloader import PictureFetcher
from bot.picture_store import picture_store
from bot.proxies import is_loopback
from bot.settings import Settings
from bot.telegram.http_request import AiohttpRequest, NotABotApi
from core.errors import ApiError, ApiRefused, Failure, StorageError
from core.services.catalog_watch import compare
from storage.belonging import verify
from storage.database import INSTALL_DRIVER, POSTGRESQL, path_of
from storage.inspection import damages, look, try_place, try_write
from storage.marker import check_owner
from storage.postgresql_url import without_password
from storage.schema import newest_version

Check = Callable[[Settings], Awaitable[tuple[bool, str]]]


async def checkup(settings: Settings) -> int:
    """Print all findings. Return the exit code: 1 if there is a problem, else 0."""
    findings = [
        await _reached(settings, "Telegram", settings.telegram_api_url, _telegram),
        await _reached(settings, "the image API", settings.api_root, _image_api),
        *await _catalog(settings),
        await _storage(settings),
        _address(settings),
        *_proxies(settings),
    ]
    for good, words in findings:
        print(f"{'ok     ' if good else 'PROBLEM'} {words}")
    return 0 if all(good for good, _ in findings) else 1


async def _reached(settings: Settings, name: str, root: str, ask: Check) -> tuple[bool, str]:
    """Check a service, unless the proxy to it can't be used."""
    if problem := settings.proxies.problem(root):
        return False, f"{name} can't be reached: {problem}. Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY"
    return await ask(settings)


async def _telegram(settings: Settings) -> tuple[bool, str]:
    request = AiohttpRequest(settings.proxies)
    bot = Bot(
        settings.telegram_bot_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        request=request,
        get_updates_request=request,
    )
    await request.initialize()
    no_api = f"the server at TELEGRAM_API_URL ({settings.telegram_api_url}) isn't a Bot API server"
    try:
        me = await bot.get_me()
    except InvalidToken:
        return False, "Telegram rejects TELEGRAM_BOT_TOKEN. Get the token from @BotFather with /token"
    except NotABotApi as error:
        return False, f"{no_api}: {error.message}"
    except (TypeError, KeyError, ValueError, AttributeError):  # PTB fails on an unexpected answer of getMe
        return False, f"{no_api}: getMe returned no bot"
    except TelegramError as error:
        return False, f"Telegram can't be reached at {settings.telegram_api_url}: {error.message}"
    finally:
        await request.shutdown()
    if not me.username:
        return False, f"{no_api}: getMe returned no bot"
    return True, f"Telegram accepts the token of @{me.username}"


async def _image_api(settings: Settings) -> tuple[bool, str]:
    if not settings.keys:
        return True, "the image API is the sandbox: this process draws the pictures, at no cost"
    found = [await _account(settings, key) for key in settings.keys]
    return all(good for good, _ in found), "; ".join(words for _, words in found)


async def _account(settings: Settings, key: SecretStr) -> tuple[bool, str]:
    """Check one key. With several, each is named by its fingerprint."""
    name = f"the key {fingerprint(key)}" if len(settings.keys) > 1 else "the key"
    setting = "IMAGE_API_KEYS" if len(settings.keys) > 1 else "IMAGE_API_KEY"
    client = HttpImageApi(
        settings.api_root, settings.upload_root, key, PictureFetcher(), settings.proxies, models=settings.table
    )
    try:
        async with client:
            left = await client.credits()
    except ApiRefused as error:
        if error.failure is Failure.MISCONFIGURED:
            wrong = setting if setting == "IMAGE_API_KEY" else f"{name} of {setting}"
            return False, f"the image API rejects {wrong}. Check the key, and that IMAGE_API names its provider"
        return False, f"the image API refused to report the credits: {error}"
    except ApiError as error:
        return False, f"the image API can't be reached at {settings.api_root}: {type(error).__name__}: {error}"
    if left <= 0:
        return False, f"the image API accepts {name}, but the account has no credits left. Top it up"
    return True, f"the image API accepts {name}; the account has {left:g} credits left"


async def _catalog(settings: Settings) -> list[tuple[bool, str]]:
    """Compare the offered models with the image API's catalog, if it has one."""
    if not settings.keys or settings.proxies.problem(settings.api_root):
        return []
    client = HttpImageApi(
        settings.api_root,
        settings.upload_root,
        settings.keys[0],
        PictureFetcher(),
        settings.proxies,
        models=settings.table,
    )
    rest_s = 0.0 if is_loopback(URL(settings.api_root).host or "") else 1.0  # the vendor takes about a call a second
    async with client:
        compared = await compare(client, settings.table, rest_s)
    if compared is None:
        return [(True, "the image API tells no catalog of models, so mine are not compared with it")]
    gone, prices = compared
    found = [(False, f"the image API no longer has the model {name}. Take it out of MODELS") for name in sorted(gone)]
    found += [(False, f"a price of the image API differs: {line}. Correct it in MODELS_FILE") for line in prices]
    return found or [(True, f"the image API has all {len(settings.table.names)} offered models, at the known prices")]


async def _storage(settings: Settings) -> tuple[bool, str]:
    url = settings.database
    try:
        if url.startswith(POSTGRESQL):
            remark, database_id = await _postgresql(url)
        else:
            verify(url, settings.data_dir)
            remark, database_id = await asyncio.to_thread(_database, path_of(url))
        await _pictures(settings, database_id)
    except StorageError as error:
        return False, str(error)
    place = without_password(url) if url.startswith(POSTGRESQL) else url
    return True, f"the bot can write the database and pictures ({place}, {settings.pictures_at}){remark}"


async def _postgresql(url: str) -> tuple[str, str | None]:
    try:
        from storage.postgresql_inspection import look as look_at_server  # noqa: PLC0415 - its driver may be missing
    except ModuleNotFoundError as error:
        raise StorageError(f"{error}: {INSTALL_DRIVER}") from error
    return await look_at_server(url)


async def _pictures(settings: Settings, database_id: str | None) -> None:
    """Probe the store of the pictures. Raises StorageError."""
    store = picture_store(settings, settings.pictures_at, settings.data_dir)
    await store.open()
    owner = await store.owner()
    if owner and database_id:
        check_owner(settings.pictures_at, owner, database_id)


def _database(path: Path) -> tuple[str, str | None]:
    """Check the database without changing it, as the bot of an earlier release may be running on it.

    Return a remark for the finding, or an empty string, and the id of the database. Raises StorageError.
    """
    standing = look(path)
    if standing is None:
        try_place(path)
        return "; the first start creates the database", None
    found = damages(path)
    if found:
        raise StorageError(
            f"the database {path} is damaged: {'; '.join(found)}. Run `imagine-bot restore FILE` with a backup"
        )
    try_write(path)
    remark = f"; the next start migrates the database from version {standing.version} to {newest_version()}"
    return remark if standing.is_behind else "", standing.id


def _proxies(settings: Settings) -> list[tuple[bool, str]]:
    """Return one finding for each proxy in use."""
    roots = (("Telegram", settings.telegram_api_url), ("the image API", settings.api_root))
    told = [(name, settings.proxies.told(url)) for name, url in roots if not settings.proxies.problem(url)]
    return [(True, f"the bot reaches {name}{way}") for name, way in told if way]


def _address(settings: Settings) -> tuple[bool, str]:
    if settings.public_url is None:
        return True, "PUBLIC_URL is not set: the bot fetches updates and results, and needs no open port"
    return True, f"PUBLIC_URL is {settings.public_url}; the bot listens on port {settings.port}"
