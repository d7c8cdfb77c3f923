"""The helper process, which opens each picture in a fork of its own. See bot.imaging.helper.

The bot starts the helper with exec, so it inherits no locks, sockets or secrets. The helper has one thread, so that it
may fork, and has imported everything, so that a fork takes a few milliseconds. A fork works on one picture, within
limits of memory and time that the system enforces, writes its result as JSON, and ends. Nothing of a picture stays in
the helper.
"""

import ctypes
import json
import os
import resource
import selectors
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from bot.imaging import decode, masks, normalize, scribble_mask
from bot.imaging.contact_sheet import contact_sheet
from core.errors import BadMask, BadPicture, Failure, StorageError
from core.models.image_model import Bounds
from core.runtime.files import disk

_FILES = 32
_LARGEST_FILE = 256 * 1_048_576  # bytes; a PNG of 4096 × 4096 has at most 64 MB
_MOST_SAID = 65_536  # bytes of one answer
_ON_PARENTS_DEATH = 1  # PR_SET_PDEATHSIG

Order = Mapping[str, Any]


def _prepare(path: str, into: str, *bounds: int) -> object:
    prepared = normalize.prepare(Path(path), Bounds(*bounds), Path(into))
    return [prepared.suffix, prepared.width, prepared.height]


def _inspect(path: str) -> object:
    return asdict(normalize.inspect(Path(path)))


def _sheet(pictures: list[str], first: int, into: str) -> None:
    contact_sheet([Path(path) for path in pictures], first, Path(into))


def _on_paths(work: Callable[..., None]) -> Callable[..., None]:
    return lambda *paths: work(*map(Path, paths))


WORKS: dict[str, Callable[..., object]] = {
    "prepare": _prepare,
    "inspect": _inspect,
    "base": _on_paths(normalize.base),
    "painted": _on_paths(masks.painted),
    "scribbled": _on_paths(scribble_mask.scribbled),
    "by_hand": _on_paths(masks.by_hand),
    "transparent": _on_paths(masks.transparent),
    "inverted": _on_paths(masks.inverted),
    "tinted": _on_paths(masks.tinted),
    "sheet": _sheet,
}


def carry_out(order: Order) -> dict[str, object]:
    """Do the work of an order. Return its result, or its error, as an object for JSON.

    The keys are `done`; or `bad_picture` and `cause`; or one of `bad_mask`, `storage` and `broken`.
    """
    try:
        with disk():
            return {"done": WORKS[order["work"]](*order["given"])}
    except BadPicture as error:
        return {"bad_picture": error.failure.value, "cause": str(error)[:500]}
    except BadMask as error:
        return {"bad_mask": error.trouble.value}
    except StorageError as error:
        return {"storage": str(error)[:500]}
    except MemoryError:
        return {"bad_picture": Failure.HUGE_PICTURE.value, "cause": "more memory than a picture may take"}
    except Exception as error:  # noqa: BLE001 - any error is about this picture alone
        return {"broken": f"{type(error).__name__}: {error}"[:500]}


@dataclass
class _Fork:
    number: int
    pid: int
    said: bytearray = field(default_factory=bytearray)


class Forks:
    """The forks at work, by the pipes that they answer on."""

    def __init__(self, orders: int, answers: int, rest_s: float) -> None:
        self._orders, self._answers, self._rest_s = orders, answers, rest_s
        self._at_work: dict[int, _Fork] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(orders, selectors.EVENT_READ)

    def serve(self) -> None:
        """Carry out orders until the bot closes its end of the pipe, or dies.

        Tell the bot of every `rest_s` seconds without work: it may close the pipe then.
        """
        heard = b""
        while True:
            ready = self._selector.select(None if self._at_work else self._rest_s)
            if not ready:
                self._say({"idle": True})
            for key, _ in ready:
                if key.fd != self._orders:
                    self._listen(key.fd)
                    continue
                chunk = os.read(self._orders, 65_536)
                if not chunk:
                    return
                *lines, heard = (heard + chunk).split(b"\n")
                for line in lines:
                    self._take(json.loads(line))

    def _take(self, order: Order) -> None:
        if "work" in order:
            self._start(order)
        else:
            for fork in self._at_work.values():
                if fork.number == order["stop"]:
                    os.kill(fork.pid, signal.SIGKILL)

    def _start(self, order: Order) -> None:
        hear, say = os.pipe()
        helper = os.getpid()
        pid = os.fork()
        if not pid:
            _work(order, say, helper)
        os.close(say)
        self._at_work[hear] = _Fork(order["number"], pid)
        self._selector.register(hear, selectors.EVENT_READ)

    def _listen(self, pipe: int) -> None:
        fork = self._at_work[pipe]
        chunk = os.read(pipe, _MOST_SAID)
        fork.said += chunk
        if chunk and len(fork.said) <= _MOST_SAID:
            return
        self._selector.unregister(pipe)
        del self._at_work[pipe]
        os.close(pipe)
        if chunk:
            os.kill(fork.pid, signal.SIGKILL)
        _, status, used = os.wait4(fork.pid, 0)
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        said = fork.said.decode("utf-8", "replace") if fork.said and not ended else ""
        cpu_s = used.ru_utime + used.ru_stime
        self._say({"number": fork.number, "ended": ended, "said": said, "cpu_s": cpu_s})

    def _say(self, said: Mapping[str, object]) -> None:
        os.write(self._answers, json.dumps(said).encode() + b"\n")


def _work(order: Order, say: int, helper: int) -> NoReturn:
    """Do the work of a fork. Never return into the parent's loop."""
    try:
        die_with(helper)
        signal.setitimer(signal.ITIMER_REAL, order["wall_s"])  # its signal ends the process, whatever it is doing
        _limit(order["memory"], order["cpu_s"])
        os.write(say, json.dumps(carry_out(order)).encode())
    finally:
        os._exit(0)


def _limit(memory: int, cpu_s: int) -> None:
    """Let the system limit memory (on top of that mapped already), processor time and files."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # the image libraries write parts of untrusted files there
        os.dup2(nothing, stream)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    if sys.platform == "linux":
        mapped = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, mapped + memory))
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")  # to be ended before the bot


def die_with(parent: int) -> None:
    """End this process when its parent ends, for any reason. Other systems than Linux rely on the pipe's end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_ON_PARENTS_DEATH, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def main() -> None:
    """Serve the process that started this one. The arguments are its process id and the `rest_s` of Forks."""
    parent, rest_s = int(sys.argv[1]), float(sys.argv[2])
    die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bot, which still finishes its work
    warnings.simplefilter("ignore")  # damage in untrusted pictures is expected
    decode.warm_up()
    Forks(sys.stdin.fileno(), sys.stdout.fileno(), rest_s).serve()


if __name__ == "__main__":
    main()
