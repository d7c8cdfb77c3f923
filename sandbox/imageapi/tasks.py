"""The state and behavior of the image API without HTTP. Tests use it directly; `server.py` adds the routes."""

import asyncio
import logging
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar, get_args

from sandbox.background import Background
from sandbox.faults import Fault, Faults
from sandbox.imageapi.callbacks import Caller
from sandbox.imageapi.drawing import Order, blank, draw
from sandbox.imageapi.envelope import POLICY, ApiError
from sandbox.imageapi.files import RESULT_LIFE_S, Files
from sandbox.imageapi.jobs import RECORD_NULL, check_job, job_record, size_of
from sandbox.imageapi.masks import check_mask
from sandbox.imageapi.models import BY_ID
from sandbox.imageapi.pixels import inverted, shape_of
from sandbox.imageapi.record import State, Task, Wire
from sandbox.imageapi.tools import cut_out, enlarge
from sandbox.imageapi.validate import SIZES, check_body
from sandbox.imageapi.window import Clock, Window

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

PRICE = 6.0
"""Credits per picture (image API docs, price)."""
CALLS, CALLS_S = 20, 10.0
"""The limit on generate calls: so many in so many seconds (image API docs: 20 per 10 s and account)."""
QUERIES_PER_S = 3
"""The limit on record-info calls per second and task (image API docs: 3)."""
FLAGGED = ("forbidden", "nsfw")
"""Words that make a task fail as a violation of the content policy, to show that failure."""

SETTINGS = frozenset(
    {"duration_s", "callback_delay_s", "limits", "credits", "fast", "wire", "gone", "price_changes", "accounts"}
)


@dataclass
class Call:
    """A call for the log."""

    wire: str
    method: str
    at: float
    params: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    """The API key of the call; the control interface doesn't show it."""

    def to_json(self) -> dict[str, Any]:
        """Return the call as the control interface shows it."""
        return {"wire": self.wire, "method": self.method, "time": self.at, "params": self.params}


class ImageApi:
    """The tasks, credits, files and limits. Tests may read and set all public attributes at any time.

    `duration_s` is the usual time until a task's outcome. `draw` returns the file with an order's picture; with `fast`,
    `blank` returns one of a size instead, by default in one color. `wire` is the style of record-info. `max_running`
    limits the tasks in progress (image API docs: about 100).
    """

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
        self.draw: Callable[[Order], bytes] = draw
        self.blank: Callable[[tuple[int, int]], bytes] = blank
        self.accounts: dict[str, float] = {}
        """API keys of further accounts, with their credits. `api_key` and `credits` are those of the first account."""
        self.max_running = 100
        self.gone: set[str] = set()
        """Ids of models that the vendor took down."""
        self.price_changes: dict[str, float] = {}
        """Credits by id that differ from the table."""
        self.tasks: dict[str, Task] = {}
        self.generated: list[Any] = []
        """All bodies that generate was called with, refused ones included, for the tests' audit."""
        self.requests: deque[Call] = deque(maxlen=5000)
        self.files = Files(clock)
        self.caller = Caller(clock, webhook_key=webhook_key)
        self.listings = Window(1, 1.0, self._now)
        """The limit on calls for the catalog, over all accounts."""
        self._calls: dict[str, Window] = {}
        self._background = Background()
        self._brushes = asyncio.Semaphore(2)
        self._looks: Counter[tuple[str, str]] = Counter()

    @property
    def url(self) -> str:
        """The API's root URL. The server sets it once it listens."""
        return self.files.url

    @url.setter
    def url(self, url: str) -> None:
        self.files.url = url.rstrip("/")

    @property
    def total_charged(self) -> float:
        """The credits that were charged and not refunded."""
        return sum(task.charged for task in self.tasks.values())

    @property
    def running(self) -> int:
        """The number of tasks without an outcome."""
        return sum(task.state is State.GENERATING for task in self.tasks.values())

    def change(self, settings: Mapping[str, Any]) -> None:
        """Change settings by name. Raises ValueError for unknown names and values."""
        if unknown := sorted(set(settings) - SETTINGS):
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        if settings.get("wire", self.wire) not in get_args(Wire):
            raise ValueError(f"wire is one of {', '.join(get_args(Wire))}")
        for name, value in settings.items():
            setattr(self, name, set(value) if name == "gone" else value)

    def knows(self, key: str) -> bool:
        """Return whether an account has this API key."""
        return key == self.api_key or key in self.accounts

    def credits_of(self, key: str) -> float:
        """Return the credits that the account of a key has left."""
        return self.accounts.get(key, self.credits)

    async def generate(self, body: Any, key: str = "") -> Task:
        """Accept and charge a task of the account of `key`, by default the first. Raises ApiError if it is refused."""
        self._count(body, key)
        checked = check_body(body)
        check_mask(checked, self.files)
        task = self._accept(checked, PRICE * int(checked.get("nVariants") or 1), key)
        await self._begin(task)
        return task

    async def create_task(self, body: Any, key: str = "") -> Task:
        """Accept and charge a task of the jobs API, as `generate` does. Raises ApiError if it is refused."""
        self._count(body, key)
        model, checked = check_job(body, self.gone)
        price = self.price_changes.get(body["model"], model.price(body["input"]))
        task = self._accept(checked, price, key)
        task.model, task.pictures_field = body["model"], model.pictures
        await self._begin(task)
        return task

    def _count(self, body: Any, key: str) -> None:
        """Note a call that asks for a task. Raises ApiError if its account calls too often."""
        self.generated.append(body)
        window = self._calls.setdefault(self._account(key), Window(CALLS, CALLS_S, self._now))
        if self.limits and not window.allows():
            raise ApiError(429)

    async def _begin(self, task: Task) -> None:
        """Start the work on a task. With an early notification, return once it was sent."""
        work = self._background.start(self._run(task))
        if any(fault.kind == "early" for fault in task.callback_faults):
            await asyncio.wait({work})

    def _account(self, key: str) -> str:
        """Return the name of a key's account. That of the first is empty, so that its key may change."""
        return key if key in self.accounts else ""

    def _task_of(self, task_id: Any, key: str) -> Task | None:
        """Return a task of a key's account, or None if that account has no such task."""
        task = self.tasks.get(task_id) if isinstance(task_id, str) else None
        return task if task is not None and task.key == self._account(key) else None

    def job_record(self, task_id: str, key: str = "") -> dict[str, Any]:
        """Return `data` of recordInfo. Raises ApiError for an unknown task, or if it is called too often."""
        task = self._task_of(task_id, key)
        if task is None or not task.model:
            raise ApiError(422, RECORD_NULL)
        if self.limits and not task.queries.allows():
            raise ApiError(429)
        return job_record(task, self.clock(), is_new=self.wire == "new")

    def record(self, task_id: str, key: str = "") -> dict[str, Any] | None:
        """Return `data` of record-info. Raises ApiError if it is called too often.

        An unknown task has code 422 in the new style, and None in the old one.
        """
        task = self._task_of(task_id, key)
        if task is None or task.model:
            if self.wire == "new":
                raise ApiError(422, "The record does not exist")
            return None
        if self.limits and not task.queries.allows():
            raise ApiError(429)
        return task.record(self.clock(), self.wire)

    def download_url(self, body: Any, key: str = "") -> str:
        """Return a direct link to a result. Raises ApiError with the vendor's reason if it can't."""
        task_id, url = (body.get("taskId"), body.get("url")) if isinstance(body, dict) else (None, None)
        task = self._task_of(task_id, key)
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
        """Return a direct link to a result of any task. Raises ApiError with the vendor's reason if it can't."""
        task = next((task for task in self.tasks.values() if url in task.result_urls), None)
        if task is None:
            raise ApiError(422, "record is null")
        return self.download_url({"taskId": task.id, "url": url}, task.key)

    async def stop(self) -> None:
        """Cancel all running tasks and notifications."""
        await self._background.stop()
        await self.caller.close()

    def _now(self) -> float:
        return self.clock()

    def _accept(self, body: dict[str, Any], cost: float, key: str) -> Task:
        account = self._account(key)
        running = sum(task.state is State.GENERATING for task in self.tasks.values() if task.key == account)
        if self.limits and running >= self.max_running:
            raise ApiError(429, "Too many tasks are running: wait for one to finish")
        if self.credits_of(account) < cost:
            raise ApiError(402)
        self._pay(account, cost)
        faults = self.faults.take("image", "task")
        calling = self.faults.take("callback", "*") if body.get("callBackUrl") else []
        now = self.clock()
        queries = Window(QUERIES_PER_S, 1.0, self._now)
        duration = _duration(faults, calling, self.duration_s)
        task = Task(uuid.uuid4().hex, body, now, duration, cost, queries, faults, calling, key=account)
        self.tasks[task.id] = task
        return task

    def _pay(self, account: str, cost: float) -> None:
        if not account:
            self.credits -= cost
        elif account in self.accounts:  # one that was closed meanwhile gets nothing back
            self.accounts[account] -= cost

    async def _run(self, task: Task) -> None:
        """Bring a task to its outcome, then send its notification."""
        try:
            pictures = await self._make(task)
            task.result_urls = self.files.keep_results(task.id, pictures)
            task.state = State.SUCCESS
        except ApiError as error:
            self._fail(task, error)
        except Exception:  # a bug of the sandbox must not leave the task generating forever
            log.exception("sandbox_drawing_failed")
            self._fail(task, ApiError(500))
        task.completed = self.clock()
        task.finished.set()
        if task.body.get("callBackUrl"):
            await self.caller.tell(task, delay=self.callback_delay_s)
        task.told.set()

    def _fail(self, task: Task, error: ApiError) -> None:
        task.error = error
        task.state = State.CREATE_TASK_FAILED if error.code == 451 else State.GENERATE_FAILED
        self._pay(task.key, -task.charged)
        task.charged = 0.0

    async def _make(self, task: Task) -> list[bytes]:
        """Draw the pictures. Return them no earlier than the task's duration allows."""
        started = time.monotonic()
        ordered, wanted = _ordered(task)
        refused = ordered or (ApiError(400, POLICY) if _flagged(task.prompt) else None)
        pictures = [] if refused else await self._draw(task, wanted)
        await asyncio.sleep(max(0.0, task.duration - (time.monotonic() - started)))
        for fault in task.faults:
            if fault.kind == "hold":
                await fault.released()
        if refused:
            raise refused
        return pictures

    async def _draw(self, task: Task, wanted: int) -> list[bytes]:
        inputs = tuple(self.files.fetch(url) for url in task.inputs)
        if task.model and BY_ID[task.model].tool:
            return [await self._in_thread(_worked, task, inputs[0])]
        mask = task.given.get("mask_url" if task.model else "maskUrl")
        masked = self.files.fetch(mask) if mask and len(inputs) == 1 else None
        if masked and task.model:
            masked = await self._in_thread(inverted, masked)  # the jobs API changes the white part
        size = _size(task, inputs)
        if self.fast:
            return [self.blank(size)] * wanted
        hand = BY_ID[task.model].name if task.model else ""
        is_transparent = task.given.get("background") == "transparent"
        orders = [
            Order(task.prompt, size, f"{self.seed}/{look}", inputs, masked, look, hand, is_transparent)
            for look in self._fresh_looks(task, wanted)
        ]
        return [await self._in_thread(self.draw, order) for order in orders]

    async def _in_thread(self, work: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
        """Do work on pictures, at most two at a time."""
        async with self._brushes:
            return await asyncio.to_thread(work, *args, **named)

    def _fresh_looks(self, task: Task, wanted: int) -> range:
        """Return numbers that no picture of the same prompt and kind had, so that an order never gives it again."""
        kind = (task.prompt, "edit" if task.inputs else "new")
        first = self._looks[kind]
        self._looks[kind] += wanted
        return range(first, first + wanted)


def _size(task: Task, inputs: tuple[bytes, ...]) -> tuple[int, int]:
    if not task.model:
        return SIZES[task.body["size"]]
    return size_of(BY_ID[task.model], task.given, shape_of(inputs[0]) if inputs else None)


def _worked(task: Task, picture: bytes) -> bytes:
    """Do the work of a tool. Raises ApiError if it can't."""
    if BY_ID[task.model].tool == "cutout":
        return cut_out(picture)
    return enlarge(picture, int(task.given.get("upscale_factor") or 2))


def _flagged(prompt: str) -> bool:
    return any(word in prompt.lower() for word in FLAGGED)


def _duration(faults: list[Fault], calling: list[Fault], usual: float) -> float:
    """Return the duration of a task in seconds. With an early notification, it is 0."""
    for fault in faults:
        if fault.kind == "delay":
            return fault.seconds()
    return 0.0 if any(fault.kind == "early" for fault in calling) else usual


def _ordered(task: Task) -> tuple[ApiError | None, int]:
    """Return the effect of a task's faults: its error, if any, and the number of pictures that it makes."""
    for fault in task.faults:
        if fault.kind == "code" and fault.value == "partial":
            return None, task.variants - 1
        if fault.kind == "code":
            return ApiError(*fault.code()), task.variants
    return None, task.variants
