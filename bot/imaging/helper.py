"""The bot's side of the helper process that opens pictures: see bot.imaging.child."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any

import structlog

log = structlog.get_logger()

_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
"""The environment variables that the helper gets: pictures are opened in a process without secrets."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one piece of work: bytes beyond what its process has mapped already, and seconds.

    The limit for elapsed time is much larger than that for processor time, so that a busy machine refuses no picture.
    """

    memory: int = 256 * 1_048_576
    cpu_s: int = 10
    wall_s: float = 30.0


Answer = Future[Mapping[str, Any]]


class HelperEnded(Exception):
    """The helper ended, or could not be started. The picture at work need not be the cause."""


class Helper:
    """One helper process, started on first use and again after it ended. For use by one thread: see `die_with`.

    It ends after `rest_s` seconds without work, as it takes up to 35 MB. Starting it again takes a quarter of a second.
    """

    def __init__(self, rest_s: float = 300) -> None:
        self._rest_s = rest_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[subprocess.Popen[bytes], Answer]] = {}
        self._numbers = count(1)

    @property
    def pid(self) -> int | None:
        """The process id while the helper runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def ask(self, work: str, *given: object, limits: Limits) -> Answer:
        """Start one piece of work within `limits`. Return a future for its answer.

        The answer has `ended`, the signal that ended the work or 0; `said`, its output; and `cpu_s`, its processor time
        in seconds. Canceling the future ends the work. Raises HelperEnded, as the future does.
        """
        number, answer = next(self._numbers), Answer()
        with self._lock:
            process = self._running()
            self._waiting[number] = process, answer
        answer.add_done_callback(lambda done: self._stop(process, number) if done.cancelled() else None)
        try:
            self._tell(process, {"number": number, "work": work, "given": given, **asdict(limits)})
        except (OSError, ValueError) as error:  # ValueError: the pipe was closed, as the helper just ended
            self._waiting.pop(number, None)
            self._forget(process)
            raise HelperEnded(str(error)) from error
        return answer

    def close(self) -> None:
        """End the helper and its work."""
        with self._lock:
            process, self._process = self._process, None
        if process:
            process.kill()  # its forks end with it
            process.wait()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            environment = {name: value for name, value in os.environ.items() if name in _KEPT}
            environment["PYTHONPATH"] = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
            command = [sys.executable, "-m", "bot.imaging.child", str(os.getpid()), str(self._rest_s)]
            pipe = subprocess.PIPE
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    command, stdin=pipe, stdout=pipe, env=environment, start_new_session=True
                )
            except OSError as error:
                raise HelperEnded(f"the helper for pictures can't be started: {error}") from error
            threading.Thread(target=self._listen, args=(self._process,), name="darkroom", daemon=True).start()
        return self._process

    def _forget(self, process: "subprocess.Popen[bytes]") -> None:
        """Start another helper at the next request. Until a thread has reaped this one, `poll` calls it alive."""
        with self._lock:
            if self._process is process:
                self._process = None

    def _dismiss(self, process: "subprocess.Popen[bytes]") -> None:
        """Let a helper end that had no work, unless it was given some in the meantime."""
        with self._lock:
            if any(theirs is process for theirs, _ in tuple(self._waiting.values())):
                return
            if self._process is process:
                self._process = None
            if process.stdin:
                process.stdin.close()

    def _tell(self, process: "subprocess.Popen[bytes]", message: Mapping[str, object]) -> None:
        with self._lock:
            pipe: IO[bytes] = process.stdin  # type: ignore[assignment]  # Popen was asked for a pipe
            pipe.write(json.dumps(message).encode() + b"\n")
            pipe.flush()

    def _stop(self, process: "subprocess.Popen[bytes]", number: int) -> None:
        if self._waiting.pop(number, None):
            with suppress(OSError, ValueError):
                self._tell(process, {"stop": number})

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        """Pass on the helper's answers, in a thread of its own, until the helper ends."""
        # When the pipe is closed, the system may refuse a request that is left in it.
        with suppress(BrokenPipeError), process:
            for line in process.stdout or ():
                said = json.loads(line)
                if "idle" in said:
                    self._dismiss(process)
                    continue
                _, answer = self._waiting.pop(said["number"], (None, None))
                if answer and answer.set_running_or_notify_cancel():
                    answer.set_result(said)
            self._forget(process)
        lost = [number for number, (theirs, _) in tuple(self._waiting.items()) if theirs is process]
        if lost:
            log.warning("picture_helper_ended", status=process.returncode, lost=len(lost))
        for number in lost:
            _, answer = self._waiting.pop(number, (None, None))
            if answer and answer.set_running_or_notify_cancel():
                answer.set_exception(HelperEnded(f"the helper for pictures ended with {process.returncode}"))
