"""The image API's state and behaviour, without HTTP: tests hold it in their hands, `server.py` puts it on the wire."""

import asyncio
import logging
import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from sandbox.background import Background
from sandbox.faults import Fault, Faults
from sandbox.imageapi.callbacks import Caller
from sandbox.imageapi.drawing import Order, blank, draw
from sandbox.imageapi.envelope import POLICY, ApiError
from sandbox.imageapi.files import RESULT_LIFE_S, Files
from sandbox.imageapi.masks import check_mask
from sandbox.imageapi.record import State, Task, Wire
from sandbox.imageapi.validate import SIZES, check_body
from sandbox.imageapi.window import Clock, Window

log = logging.getLogger(__name__)

PRICE = 6.0
CALLS, CALLS_S = 20, 10.0
QUERIES_PER_S = 3
FLAGGED = ("forbidden", "nsfw")
"""Words that make a task fail as content policy does: they are there to show that failure."""

SETTINGS = frozenset({"duration_s", "callback_delay_s", "limits", "credits", "fast", "wire"})


@dataclass
class Call:
    """One call received, for the log."""

    wire: str
    method: str
    at: float
    params: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What the control interface shows of it."""
        return {"wire": self.wire, "method": self.method, "time": self.at, "params": self.params}


class ImageApi:
    """Tasks, credits, files and limits. Everything public may be read and set by tests at any time."""

    def __init__(
        self,
        *,
        api_key: str = "sandbox-key",
        faults: Faults | None = None,
        clock: Clock = time.time,
        duration_s: float = 4.0,
        credits: float = 10_000.0,  # noqa: A002 (the API's own word for it)
        webhook_key: str | None = None,
        limits: bool = True,
        fast: bool = False,
        seed: int = 0,
        wire: Wire = "new",
    ) -> None:
        self.api_key = api_key
        self.faults = faults if faults is not None else Faults()
        self.clock = clock
        self.duration_s = duration_s
        self.callback_delay_s = 0.0
        self.credits = credits
        self.limits = limits
        self.fast = fast
        self.seed = seed
        self.wire: Wire = wire
        self.max_running = 100
        self.tasks: dict[str, Task] = {}
        self.generated: list[Any] = []
        """Every body that generate was called with, refused or not: the audit of the tests."""
        self.requests: deque[Call] = deque(maxlen=5000)
        self.files = Files(clock)
        self.caller = Caller(clock, webhook_key=webhook_key)
        self._calls = Window(CALLS, CALLS_S, self._now)
        self._background = Background()
        self._brushes = asyncio.Semaphore(2)

    @property
    def url(self) -> str:
        """Where this API is reached; set by the server once it listens."""
        return self.files.url

    @url.setter
    def url(self, url: str) -> None:
        self.files.url = url.rstrip("/")

    @property
    def total_charged(self) -> float:
        """Credits spent for good: what was charged and not refunded."""
        return sum(task.charged for task in self.tasks.values())

    @property
    def running(self) -> int:
        """Tasks without an outcome."""
        return sum(task.state is State.GENERATING for task in self.tasks.values())

    def change(self, settings: Mapping[str, Any]) -> None:
        """Change settings by name, as the control interface does."""
        if unknown := sorted(set(settings) - SETTINGS):
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        if settings.get("wire", self.wire) not in get_args(Wire):
            raise ValueError(f"wire is one of {', '.join(get_args(Wire))}")
        for name, value in settings.items():
            setattr(self, name, value)

    async def generate(self, body: Any) -> Task:
        """Accept a task and charge for it, or raise the refusal."""
        self.generated.append(body)
        if self.limits and not self._calls.allows():
            raise ApiError(429)
        checked = check_body(body)
        check_mask(checked, self.files)
        if self.limits and self.running >= self.max_running:
            raise ApiError(429, "Too many tasks are running: wait for one to finish")
        task = self._accept(checked)
        work = self._background.start(self._run(task))
        if any(fault.kind == "early" for fault in task.callback_faults):
            await asyncio.wait({work})
        return task

    def record(self, task_id: str) -> dict[str, Any] | None:
        """`data` of record-info: None for a task that is not known."""
        task = self.tasks.get(task_id)
        if task is None:
            return None
        if self.limits and not task.queries.allows():
            raise ApiError(429)
        return task.record(self.clock(), self.wire)

    def download_url(self, body: Any) -> str:
        """A direct link to a result, or the vendor's reason why not."""
        task_id, url = (body.get("taskId"), body.get("url")) if isinstance(body, dict) else (None, None)
        task = self.tasks.get(task_id) if isinstance(task_id, str) else None
        if task is None:
            raise ApiError(422, "record is null")
        if self.clock() - task.created > RESULT_LIFE_S:
            raise ApiError(422, "Temporarily supports records within 14 days")
        if task.state is not State.SUCCESS:
            raise ApiError(422, "record status is not success")
        if url not in task.result_urls:
            raise ApiError(422, "record result data not exist")
        return self.files.link_to(url)

    def link_to(self, url: Any) -> str:
        """A direct link to a result of whichever task, or the vendor's reason why not."""
        task = next((task for task in self.tasks.values() if url in task.result_urls), None)
        return self.download_url({"taskId": task.id if task else None, "url": url})

    async def stop(self) -> None:
        """End every task and callback that still runs."""
        await self._background.stop()
        await self.caller.close()

    def _now(self) -> float:
        return self.clock()

    def _accept(self, body: dict[str, Any]) -> Task:
        cost = PRICE * int(body.get("nVariants") or 1)
        if self.credits < cost:
            raise ApiError(402)
        self.credits -= cost
        faults = self.faults.take("image", "task")
        calling = self.faults.take("callback", "*") if body.get("callBackUrl") else []
        now = self.clock()
        queries = Window(QUERIES_PER_S, 1.0, self._now)
        duration = _duration(faults, calling, self.duration_s)
        task = Task(uuid.uuid4().hex, body, now, duration, cost, queries, faults, calling)
        self.tasks[task.id] = task
        return task

    async def _run(self, task: Task) -> None:
        """Bring a task to its outcome, then call back."""
        try:
            pictures = await self._make(task)
            task.result_urls = self.files.keep_results(task.id, pictures)
            task.state = State.SUCCESS
        except ApiError as error:
            self._fail(task, error)
        except Exception:  # a fault of ours must not leave a task generating for ever
            log.exception("drawing failed")
            self._fail(task, ApiError(500))
        task.completed = self.clock()
        task.finished.set()
        if task.body.get("callBackUrl"):
            await self.caller.tell(task, delay=self.callback_delay_s)
        task.told.set()

    def _fail(self, task: Task, error: ApiError) -> None:
        task.error = error
        task.state = State.CREATE_TASK_FAILED if error.code == 451 else State.GENERATE_FAILED
        self.credits += task.charged
        task.charged = 0.0

    async def _make(self, task: Task) -> list[bytes]:
        """The pictures, not before the duration has passed."""
        started = time.monotonic()
        ordered, wanted = _ordered(task)
        refused = ordered or (ApiError(400, POLICY) if _flagged(task.prompt) else None)
        pictures = [] if refused else await self._draw(task, wanted)
        await asyncio.sleep(max(0.0, task.duration - (time.monotonic() - started)))
        if refused:
            raise refused
        return pictures

    async def _draw(self, task: Task, wanted: int) -> list[bytes]:
        inputs = tuple(self.files.fetch(url) for url in task.body.get("filesUrl") or ())
        mask = task.body.get("maskUrl")
        masked = self.files.fetch(mask) if mask and len(inputs) == 1 else None
        size = SIZES[task.body["size"]]
        if self.fast:
            return [blank(size)] * wanted
        orders = [Order(task.prompt, size, f"{self.seed}/{n}", inputs, masked) for n in range(wanted)]
        pictures = []
        for order in orders:
            async with self._brushes:
                pictures.append(await asyncio.to_thread(draw, order))
        return pictures


def _flagged(prompt: str) -> bool:
    return any(word in prompt.lower() for word in FLAGGED)


def _duration(faults: list[Fault], calling: list[Fault], usual: float) -> float:
    """How long a task takes; one that calls back before generate has answered cannot take long."""
    for fault in faults:
        if fault.kind == "delay":
            return fault.seconds()
    return 0.0 if any(fault.kind == "early" for fault in calling) else usual


def _ordered(task: Task) -> tuple[ApiError | None, int]:
    """What the task's faults make of it: the error it shall fail with, and how many pictures it makes."""
    for fault in task.faults:
        if fault.kind == "code" and fault.value == "partial":
            return None, task.variants - 1
        if fault.kind == "code":
            return ApiError(*fault.code()), task.variants
    return None, task.variants
