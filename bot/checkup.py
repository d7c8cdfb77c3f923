"""`imagine-bot check`: is everything right that will be needed? In words, one line a finding."""

import typer
from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.delivery.http import AiohttpRequest
from bot.domain.errors import ApiError, ApiRefused, Failure, StorageError
from bot.imageapi.client import HttpImageApi
from bot.imageapi.pictures import PictureFetcher
from bot.settings import Preset, Settings
from storage.database import Database
from storage.gallery import StoredGallery


async def checkup(settings: Settings) -> int:
    """Print what was found; the exit code is 1 where something is wrong."""
    findings = [await _telegram(settings), await _image_api(settings), await _storage(settings), _address(settings)]
    for good, words in findings:
        typer.echo(f"{'ok     ' if good else 'PROBLEM'} {words}")
    return 0 if all(good for good, _ in findings) else 1


async def _telegram(settings: Settings) -> tuple[bool, str]:
    request = AiohttpRequest()
    bot = Bot(
        settings.telegram_bot_token.get_secret_value(), base_url=f"{settings.telegram_api_url}/bot", request=request
    )
    await request.initialize()
    try:
        me = await bot.get_me()
    except InvalidToken:
        return False, "Telegram does not know this TELEGRAM_BOT_TOKEN; ask BotFather for it with /token"
    except TelegramError as error:
        return False, f"Telegram can't be reached at {settings.telegram_api_url}: {error.message}"
    finally:
        await request.shutdown()
    return True, f"Telegram knows the bot as @{me.username}"


async def _image_api(settings: Settings) -> tuple[bool, str]:
    if settings.image_api_key is None:
        return True, "the image API is the sandbox: nothing is paid, and the pictures are drawn here"
    client = HttpImageApi(settings.api_root, settings.upload_root, settings.image_api_key, PictureFetcher())
    try:
        async with client:
            left = await client.credits()
    except ApiRefused as error:
        if error.failure is Failure.MISCONFIGURED:
            return False, "the image API does not accept this IMAGE_API_KEY"
        return False, f"the image API refused: {error}"
    except ApiError as error:
        return False, f"the image API can't be reached at {settings.api_root}: {type(error).__name__}: {error}"
    if left <= 0:
        return False, "the image API accepts the key, but its account has no credits left"
    return True, f"the image API accepts the key; {left:g} credits are left"


async def _storage(settings: Settings) -> tuple[bool, str]:
    try:
        database = await Database.open(settings.database_url)
        await database.close()
        StoredGallery(settings.data_dir).open()
    except StorageError as error:
        return False, str(error)
    return True, f"database and pictures can be written ({settings.database_url}, {settings.data_dir})"


def _address(settings: Settings) -> tuple[bool, str]:
    if settings.image_api is Preset.SANDBOX or settings.public_url is None:
        return True, "no PUBLIC_URL: updates and results are fetched, which needs no open port"
    return True, f"the world reaches this process at {settings.public_url}, port {settings.port} here"
