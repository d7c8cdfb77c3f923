"""A PostgreSQL server for tests: a fresh one in a temporary folder, which listens on a unix socket only.

Each test process starts one when its first test needs it, and each test gets a database of its own.
"""

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from storage.database import Database
from tests.children import bound

PASSWORD = "s3cret-Passw0rd"
_USER = "bot"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # no test cuts the power
    "full_page_writes": "off",
    "max_connections": "200",
    "deadlock_timeout": "100ms",
    "shared_buffers": "32MB",
}
_numbers = count(1)


def _program(name: str) -> Path | None:
    """Find a program of the server. Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    in_path = shutil.which(name)
    return Path(in_path) if in_path else found[-1] if found else None


def is_installed() -> bool:
    """Return whether a server can be started here."""
    return bool(_program("initdb") and _program("postgres"))


class PostgresServer:
    """A server with one user, who has a password."""

    def __init__(self) -> None:
        self._initdb, self._postgres = _program("initdb"), _program("postgres")
        if not self._initdb or not self._postgres:
            pytest.skip("PostgreSQL is not installed")
        self.directory = Path(tempfile.mkdtemp(prefix="pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._has_template = False
        self._nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None  # the server refuses to run as root
        if self._nobody:
            os.chown(self.directory, self._nobody.pw_uid, self._nobody.pw_gid)
        self._run_initdb()
        self.start()

    def _run_initdb(self) -> None:
        file = self.directory / "password"
        file.write_text(PASSWORD)
        file.chmod(0o644)
        command = [str(self._initdb), "-D", str(self._data), "-U", _USER, "-A", "scram-sha-256", f"--pwfile={file}"]
        command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        if self._spawn(command).wait():
            raise RuntimeError(self._said())

    @property
    def pid(self) -> int:
        """The process whose children serve the connections."""
        if not self._process:
            raise RuntimeError("the server is stopped")
        return self._process.pid

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def start(self, **settings: str) -> None:
        """Start the server, and wait until it answers."""
        command = [*bound("QUIT"), str(self._postgres), "-D", str(self._data), "-k", str(self.directory)]
        for name, value in (_SETTINGS | settings).items():
            command += ["-c", f"{name}={value}"]
        self._process = self._spawn(command)
        status = self._data / "postmaster.pid"
        until = time.monotonic() + 30
        while not (status.exists() and "ready" in status.read_text(errors="replace")):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(self._said())
            time.sleep(0.02)

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        user, group = (self._nobody.pw_uid, self._nobody.pw_gid) if self._nobody else (None, None)
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                command,
                stdout=log,
                stderr=log,
                cwd="/",
                user=user,
                group=group,
                extra_groups=[] if self._nobody else None,
            )

    def _said(self) -> str:
        return (self.directory / "log").read_text(errors="replace")[-2000:]

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: with SIGINT it ends its connections in order, with SIGQUIT at once."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def close(self) -> None:
        """Stop the server, and remove its files."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory, ignore_errors=True)

    def url(self, name: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://{_USER}:{PASSWORD}@/{name}?host={self.directory}"

    async def execute(self, statement: str, url: str | None = None) -> list[asyncpg.Record]:
        """Run a statement beside the bot, in a database."""
        connection = await asyncpg.connect(url or self.url())
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement)
            return rows
        finally:
            await connection.close()

    async def new_database(self, *, migrated: bool = True) -> str:
        """Make a database, and return its address."""
        name = f"test_{next(_numbers)}"
        template = await self._template() if migrated else "template0"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    async def _template(self) -> str:
        if not self._has_template:
            await self.execute("CREATE DATABASE migrated TEMPLATE template0")
            await (await Database.open(self.url("migrated"))).close()
            self._has_template = True
        return "migrated"


@cache
def server() -> PostgresServer:
    """Return the server of this test process, and start it at first. Skips the test where PostgreSQL is missing."""
    started = PostgresServer()
    atexit.register(started.close)
    return started
