"""An object store for tests: SeaweedFS, which speaks S3 as the real ones do, in a temporary folder on loopback only.

Each test process starts one when its first test needs it, and each test gets a prefix of its own in one bucket.
"""

import atexit
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore
import pytest
from obstore.store import S3Store

from bot.settings import Settings, load
from sandbox.ports import ReservedPort
from tests.children import bound

if TYPE_CHECKING:
    from obstore.store import S3Config

BUCKET = "pictures"
KEY_ID, SECRET = "TESTKEY7Q2M9XK4VB3N", "s3cret-t3st-4cc3ss-k3y-0f-th3-0bj3ct-st0r3"
READER_ID, READER_SECRET = "TESTREADER8W5ZP1LD6", "s3cret-t3st-4cc3ss-k3y-0f-4-r34d3r-0n1y0"
"""Credentials to read and list, but not to write."""
_SERVERS = ("master", "volume", "filer", "s3")
_START_S = 60
_numbers = count(1)


def _program() -> str | None:
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


class ObjectStore:
    """A running SeaweedFS with one bucket."""

    def __init__(self) -> None:
        program = _program()
        if not program:
            pytest.skip("SeaweedFS is not installed")
        self._program = program
        self.directory = Path(tempfile.mkdtemp(prefix="weed-"))
        self._process: subprocess.Popen[bytes] | None = None
        (self.directory / "s3.json").write_text(json.dumps(_ACCESS))
        names = [name for server in _SERVERS for name in (f"{server}.port", f"{server}.port.grpc")]
        self._reserved = {name: ReservedPort() for name in names}
        self._ports = {name: port.number for name, port in self._reserved.items()}
        self.url = f"http://127.0.0.1:{self._ports['s3.port']}"
        try:
            self.start()
            self._make_bucket()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start the store, and wait until it answers."""
        options = {
            "dir": self.directory,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "s3": "true",
            "s3.config": self.directory / "s3.json",
            "s3.autoCreateBucket": "false",
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": 64,
            "volume.max": 50,
            "volume.minFreeSpace": 0,
            **self._ports,
        }
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [
                    *bound("KILL"),
                    self._program,
                    "-logtostderr=true",
                    "server",
                    *(f"-{name}={options[name]}" for name in options),
                ],
                stdout=log,
                stderr=log,
                cwd=self.directory,
            )
        self._until_it_answers()

    def _until_it_answers(self) -> None:
        until = time.monotonic() + _START_S
        while _status(f"http://127.0.0.1:{self._ports['filer.port']}/") != 200 or _status(self.url) != 403:
            if (self._process and self._process.poll() is not None) or time.monotonic() > until:
                raise RuntimeError((self.directory / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def _make_bucket(self) -> None:
        """Write a file into the folder of the bucket, which makes it. The first volumes take a moment."""
        file = f"http://127.0.0.1:{self._ports['filer.port']}/buckets/{BUCKET}/started"
        until = time.monotonic() + _START_S
        while _status(file, "PUT") != 201:
            if time.monotonic() > until:
                raise RuntimeError((self.directory / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def pause(self) -> None:
        """Let the store answer nothing, until `go_on`."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let the store answer again."""
        self._signal(signal.SIGCONT)

    def _signal(self, which: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(which)

    def close(self) -> None:
        """End the store, and remove its files. It would take SIGTERM slowly."""
        if self._process:
            self._process.kill()
            self._process.wait(30)
            self._process = None
        for port in self._reserved.values():
            port.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def lose_pictures(self, environment: dict[str, str]) -> None:
        """Delete all pictures of a prefix, behind the bot's back."""
        prefix = environment["DATA_URL"].removeprefix(f"s3://{BUCKET}/")
        access: S3Config = {
            "access_key_id": KEY_ID,
            "secret_access_key": SECRET,
            "region": "us-east-1",
            "endpoint": self.url,
        }
        store = S3Store(BUCKET, prefix=prefix, config=access, client_options={"allow_http": True})
        obstore.delete(store, [meta["path"] for page in obstore.list(store, "pictures") for meta in page])

    def fresh(self) -> dict[str, str]:
        """Return settings for an unused prefix of the bucket, by their names in the environment."""
        return {
            "DATA_URL": f"s3://{BUCKET}/test-{next(_numbers)}",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }


@cache
def object_store() -> ObjectStore:
    """Return the store of this test process, and start it at first. Skips the test where SeaweedFS is missing."""
    started = ObjectStore()
    atexit.register(started.close)
    return started


def settings_with(environment: dict[str, str], data_dir: Path, **more: Any) -> Settings:
    """Return settings with the variables of an environment, as `fresh` returns them."""
    given = {name.lower(): value for name, value in environment.items()}
    token = {"telegram_bot_token": "1234567890:token", "image_api_key": "key"}
    return load(_env_file=None, **(token | given | {"data_dir": data_dir} | more))


def _access(name: str, key_id: str, secret: str, actions: list[str]) -> dict[str, object]:
    return {"name": name, "credentials": [{"accessKey": key_id, "secretKey": secret}], "actions": actions}


_ACCESS = {
    "identities": [
        _access("bot", KEY_ID, SECRET, ["Read", "Write", "List"]),
        _access("reader", READER_ID, READER_SECRET, ["Read", "List"]),
    ]
}


def _status(url: str, method: str = "GET") -> int:
    """Return the status of an answer, 0 without one."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    body = b"started" if method == "PUT" else None
    request = urllib.request.Request(url, body, {"Content-Type": "text/plain"}, method=method)  # noqa: S310
    try:
        with opener.open(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
