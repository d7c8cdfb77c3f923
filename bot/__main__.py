"""The command line: `run`, `check`, `models`, `shards`, `backup`, `restore`, `move-database`, `move-pictures`, `demo`.

Each command imports the parts that it needs, so that `--help` and wrong arguments are answered at once.
"""

import argparse
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from bot.settings import Settings

_Result = TypeVar("_Result")
_INTERRUPTED = 130


def run() -> int:
    """Run the bot with the settings from the environment and `.env`."""
    import uvloop

    from bot.signals import run_until_signal

    return uvloop.run(run_until_signal(_settings(is_final=True)))


def check() -> int:
    """Check the settings, Telegram, the image API and the storage, and report problems."""
    from bot.check import checkup

    settings = _settings()
    return _finish(checkup(settings))


def models() -> int:
    """Print the models: what each can do, what it costs, and which are offered."""
    from bot.model_list import listed

    for line in listed(_settings().table):
        print(line)
    return 0


def shards() -> int:
    """Print the processes that share a PostgreSQL database, and which shards each of them works for."""
    from bot.shard_list import listed
    from core.errors import StorageError

    settings = _settings()
    try:
        for line in _finish(listed(settings)):
            print(line)
    except StorageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def backup(file: Path) -> int:
    """Copy the database and the pictures into one file. The bot may be running."""
    from core.errors import StorageError
    from storage.backup import backup as copy

    settings = _settings()
    try:
        copy(settings.database, settings.pictures_in, file)
    except StorageError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
    if settings.pictures_in is None:
        print(f"The file contains the database only. The pictures stay in {settings.pictures_at}.")
    return 0


def restore(file: Path, *, keep_queued: bool) -> int:
    """Replace the database and the pictures with a backup. Stop the bot first."""
    from bot.restoring import restored
    from core.errors import StorageError

    try:
        report = _finish(restored(_settings(), file, keep_queued=keep_queued))
    except StorageError as error:
        print(error, file=sys.stderr)
        return 1
    for line in report:
        print(line)
    return 0


def move_database(source: str, target: str) -> int:
    """Copy everything that a database stores into an empty one of the other kind. Stop the bot first."""
    from core.errors import StorageError
    from storage.move_database import move_database as move

    try:
        moved = _finish(move(source, target, print))
    except StorageError as error:
        print(error, file=sys.stderr)
        return 1
    print(moved.told())
    print("Set DATABASE_URL to the new database. If a bot starts with the old one again, you may pay for orders twice.")
    return 0


def move_pictures(source: str, target: str) -> int:
    """Copy the pictures to another directory or object store, but those that it has. Stop the bot first."""
    from bot.move_pictures import move

    return _finish(move(_settings(), source, target))


def demo(port: int) -> int:
    """Try the bot in a browser, without an account, a network or costs."""
    from bot.demo import demo as run_demo

    return _finish(run_demo(port))


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line and exit. Only the operator's user can read the files that the process writes."""
    os.umask(0o077)
    parser = _parser()
    given = vars(parser.parse_args(words))
    command: Callable[..., int] | None = given.pop("command", None)
    if command is None:
        parser.print_help(sys.stderr)
        sys.exit(2)
    try:
        code = command(**given)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except BrokenPipeError:  # the reader has left, as in `imagine-bot models | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


class _Version(argparse.Action):
    """Print the version, which argparse's own action would look up at every start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"{parser.prog} {version('imagine-bot')}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="imagine-bot", description="A Telegram bot that turns messages into pictures.", allow_abbrev=False
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, default=argparse.SUPPRESS, help="print the version and exit"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    every = (run, check, models, shards, backup, restore, move_database, move_pictures, demo)
    parsers = {command: _command(commands, command) for command in every}
    parsers[backup].add_argument("file", type=Path, help="the tar file to write")
    parsers[restore].add_argument("file", type=_existing, help="a file that `backup` wrote")
    parsers[restore].add_argument(
        "--keep-queued", action="store_true", help="continue queued orders of the backup, even if they were paid since"
    )
    for name, metavar in (("source", "FROM"), ("target", "TO")):
        parsers[move_database].add_argument(
            name, metavar=metavar, type=_database_url, help="sqlite:///file or postgresql://user@host/name (PGPASSWORD)"
        )
        parsers[move_pictures].add_argument(
            name, metavar=metavar, type=_store, help="a directory such as DATA_DIR, or s3://bucket/prefix"
        )
    parsers[demo].add_argument(
        "--port", type=int, default=8090, help="port of the chat page (8090); if it is in use, the demo takes another"
    )
    return parser


def _command(commands: Any, command: Callable[..., int]) -> argparse.ArgumentParser:
    """Add a command, which is named and described as its function."""
    told = command.__doc__
    parser: argparse.ArgumentParser = commands.add_parser(
        command.__name__.replace("_", "-"), help=told, description=told, allow_abbrev=False
    )
    parser.set_defaults(command=command)
    return parser


def _existing(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {name}")
    return path


def _database_url(url: str) -> str:
    """Check the form of an address; the error message doesn't contain it, as it may have a password."""
    from storage.database import POSTGRESQL, path_of
    from storage.postgresql_url import check as check_url

    try:
        (check_url if url.startswith(POSTGRESQL) else path_of)(url)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; databases are sqlite:///… and postgresql://…") from None
    return url


def _store(url: str) -> str:
    from bot.settings import pictures_url

    try:
        return pictures_url(url)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _settings(*, is_final: bool = False) -> "Settings":
    from pydantic import SecretStr

    from bot import logs
    from bot.settings import SettingsError, load
    from storage.postgresql_url import passwords_in

    try:
        settings = load()
    except SettingsError as error:
        lines = ["Fix these settings:", *(f"  {line}" for line in error.lines)]
        print(*lines, ".env.example explains every setting.", sep="\n", file=sys.stderr)
        sys.exit(2)
    secrets = (
        settings.telegram_bot_token,
        *settings.keys,
        settings.telegram_webhook_secret,
        settings.image_api_webhook_key,
        settings.aws_access_key_id,
        settings.aws_secret_access_key,
        settings.aws_session_token,
        *settings.proxies.secrets,
        *map(SecretStr, passwords_in(settings.database)),
    )
    logs.configure(settings.log_level, settings.log_format, secrets, is_final=is_final)
    return settings


def _finish(work: Coroutine[Any, Any, _Result]) -> _Result:
    import asyncio

    return asyncio.run(work)


if __name__ == "__main__":
    main()
