"""The keyboards under placeholders, results and drafts. `core.models.callback_data` has the grammar of their data."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.errors import Failure
from core.models.callback_data import Action, CallbackData
from core.models.drafts import Draft
from core.models.image_model import Tool
from core.models.image_request import THREE_SIZES, Request, Size, Source
from core.models.job import Job, PictureId
from core.models.keyboard import Button, Keyboard
from core.models.model_choice import Models
from core.models.styles import STYLES
from core.text import Credits, Text, Verbatim, text, utf16_length

COPY_CHARACTERS = 256  # UTF-16 units; Telegram's limit (Bot API, CopyTextButton)
_ROW = 3
_DIGITS = ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣", "🔟")
SHAPES = {"square": Size.SQUARE, "wide": Size.LANDSCAPE, "high": Size.PORTRAIT}
"""The names of shapes in the callback data of version 0.1. Others are there as "16x9"."""
_COMMON = tuple(map(Size, ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16", "21:9", "4:5", "5:4", "9:21")))
_MOST_SHAPES = 9
_SHAPE = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})", re.ASCII)

AGAIN = text("🔁 Again")
VARIATIONS = text("🎲 4 variants")
EDIT = text("✏️ Edit")
MASK = text("🖌 Mask")
SIZES = text("📐 Size")
STYLES_OF = text("🎨 Style")
MODELS = text("🧠 Model")
LARGER = text("🔍 Larger")
CUTOUT = text("✂️ Cut out")
FILE = text("📄 Original")
PROMPT = text("📋 Prompt")
PARENT = text("↩ Before")
DELETE = text("🗑 Delete")
REALLY_DELETE = text("🗑 Yes, delete it")
BACK = text("⬅ Back")
ALL = text("🔢 All pictures")
CANCEL = text("✖ Cancel")
REWORD = text("✏️ Other words")
RETRY = text("🔁 Try again")
JUST_ONE = text("Just 1")
DISMISS = Verbatim("✖")
GO = text("✅ Change it")
REDO = text("↺ Mark again")


@dataclass(frozen=True, slots=True)
class PainterLink:
    """The way to open the mask painter: inside Telegram in private chats, by a link in groups, or not at all."""

    page: str | None
    """The URL of the painter, None if the bot has no public URL."""
    app: str | None
    """The short name of the Mini App at BotFather, None if there isn't one."""
    bot_name: Callable[[], str]

    def button(self, chat_id: int, target: str) -> Button | None:
        """Return a button that opens the painter for a target, or None if that isn't possible in this chat.

        `target` is one of these:

        - `r<job id>-<position>`: a result, with the preview in the job's chat
        - `p<job id>-<position>`: a result, with the preview in the user's private chat
        - `d<draft id>`: a draft, with the preview in its own chat
        """
        if self.page is None:
            return None
        if chat_id > 0:
            return Button(MASK, app=f"{self.page}?p={target}")
        return Button(MASK, link=f"https://t.me/{self.bot_name()}/{self.app}?startapp={target}") if self.app else None


@dataclass(frozen=True, slots=True)
class Keyboards:
    """The keyboards that depend on the mask painter and on the models that are offered."""

    painter_link: PainterLink
    models: Models

    def result(self, job: Job, position: int, chat_id: int, *, of_many: bool = False) -> Keyboard:
        """Return the keyboard of a result; with `of_many`, under an album of 0.1, it has a button to all pictures."""
        about = PictureId(job.id, position)
        home = "r" if chat_id == job.address.chat_id else "p"  # the preview is sent where the painter was opened
        mask = self.painter_link.button(chat_id, f"{home}{job.id}-{position}") or _button(MASK, Action.MASK, about)
        is_work = self.models.of(job.request).tool is not None
        last = [] if is_work else [_prompt(job, about)]
        if job.parent:
            last.append(_button(PARENT, Action.PARENT, about))
        if of_many:
            last.append(_button(ALL, Action.PICK, PictureId(job.id, 0)))
        edit, style = _button(EDIT, Action.EDIT, about), _button(STYLES_OF, Action.STYLES, about)
        again = (_button(AGAIN, Action.AGAIN, about), _button(VARIATIONS, Action.VARY, about), edit)
        first = ((edit, mask, style),) if is_work else (again, (mask, _button(SIZES, Action.SIZES, about), style))
        return (
            *first,
            *((more,) if (more := self._more(job, about)) else ()),
            (*last, _button(FILE, Action.FILE, about)),
            (_button(DELETE, Action.DELETE, about),),
        )

    def _more(self, job: Job, about: PictureId) -> tuple[Button, ...]:
        """Return the buttons of the other models and of the tools, without the tool that made the picture."""
        tool = self.models.of(job.request).tool
        models = [_button(MODELS, Action.MODELS, about)] if tool is None and self._has_others(job.request) else []
        if self.models.factors and tool is not Tool.UPSCALE:
            models.append(_button(LARGER, Action.LARGER, about))
        if self.models.tool(Tool.CUTOUT) and tool is not Tool.CUTOUT:
            models.append(_button(CUTOUT, Action.CUTOUT, about))
        return tuple(models)

    def larger(self, about: PictureId) -> Keyboard:
        """Return a button for each number of times by which a picture can be made larger, and one back."""
        return (
            factor_buttons(self.models, lambda factor: CallbackData(Action.TIMES, about, str(factor)).data),
            (_button(BACK, Action.MENU, about),),
        )

    def models_for(self, request: Request, about: PictureId) -> Keyboard:
        """Return a button for each other model that can take a request, with its price for all pictures of it."""
        buttons = [
            Button(
                text("{model} · {credits}", model=self.models.title(other.model), credits=Credits(self._cost(other))),
                CallbackData(Action.MODEL, about, other.model).data,
            )
            for other in self._others(request)
        ]
        return (*_rows(buttons, 2), (_button(BACK, Action.MENU, about),))

    def _has_others(self, request: Request) -> bool:
        present = self.models.of(request)
        return any(model is not present for model in self.models.able(request))

    def _others(self, request: Request) -> list[Request]:
        """Return the request for each other model that can take it."""
        present = self.models.of(request)
        others = [model for model in self.models.able(request) if model is not present]
        return [self.models.choose(replace(request, model=model.name)) for model in others]

    def _cost(self, request: Request) -> int:
        return self.models.price(request) * request.variants

    def redo(self, draft: Draft) -> Button:
        """Return the button that opens the painter for a new mask, or explains how to make one."""
        page = self.painter_link.button(draft.new.address.chat_id, f"d{draft.id}")
        return (
            Button(REDO, link=page.link, app=page.app) if page else _button(REDO, Action.REDO, PictureId(draft.id, 0))
        )


def pick(job_id: str, positions: list[int]) -> Keyboard:
    """Return one button for each picture of an album, which sends that picture alone with its own buttons.

    The numbers count the pictures that are there, as they stand from left to right.
    """
    buttons = [
        _button(Verbatim(digit), Action.SHOW, PictureId(job_id, position))
        for digit, position in zip(_DIGITS, positions, strict=False)
    ]
    row = 2 if len(buttons) == 4 else _ROW  # two and two look better than three and one
    return _rows(buttons, row)


def factor_buttons(models: Models, data: Callable[[int], str]) -> tuple[Button, ...]:
    """Return a button for each number of times by which a picture can be made larger, with its price."""
    buttons = []
    for factor in models.factors:
        credits_ = Credits(models.price(models.work(Tool.UPSCALE, Source("", ""), factor)))
        label = text("{factor}× · {credits}", factor=factor, credits=credits_)
        buttons.append(Button(label if factor > 1 else text("🔍 Larger · {credits}", credits=credits_), data(factor)))
    return tuple(buttons)


def shapes(about: PictureId, ratios: Sequence[Size] = THREE_SIZES) -> Keyboard:
    """Return a button for each of the shapes that are common, and one back."""
    names = {size: name for name, size in SHAPES.items()}
    sizes = [size for size in _COMMON if size in ratios][:_MOST_SHAPES] or THREE_SIZES
    buttons = [
        Button(Verbatim(size), CallbackData(Action.SIZE, about, names.get(size, size.replace(":", "x"))).data)
        for size in sizes
    ]
    return (*_rows(buttons), (_button(BACK, Action.MENU, about),))


def shape_named(argument: str) -> Size | None:
    """Return the shape that a button names, None if it names none."""
    match = _SHAPE.fullmatch(argument)
    return Size(f"{match[1]}:{match[2]}") if match else SHAPES.get(argument)


def styles(about: PictureId) -> Keyboard:
    """Return a button for each style, two a row, and one back."""
    buttons = [Button(style.title, CallbackData(Action.STYLE, about, name).data) for name, style in STYLES.items()]
    return (*_rows(buttons, 2), (_button(BACK, Action.MENU, about),))


def sure(about: PictureId) -> Keyboard:
    """Return the keyboard that confirms a deletion, which can't be undone."""
    return ((_button(REALLY_DELETE, Action.REALLY_DELETE, about), _button(BACK, Action.MENU, about)),)


def stop(job: Job) -> Keyboard:
    """Return the keyboard of a placeholder."""
    return ((_button(CANCEL, Action.STOP, PictureId(job.id, 0)),),)


def offer(job: Job) -> Keyboard:
    """Return the keyboard of a price: all pictures, just one of them, or none."""
    about, variants = PictureId(job.id, 0), job.request.variants
    just_one = Button(JUST_ONE, CallbackData(Action.JUST, about, "1").data)
    return (
        (
            _button(text("✅ Make {count}", count=variants), Action.YES, about),
            *([just_one] if variants > 1 else []),
            _button(DISMISS, Action.STOP, about),
        ),
    )


def failed(job: Job, failure: Failure) -> Keyboard:
    """Return the keyboard of a failure: other words after a refusal by the content policy, else another try."""
    if failure is Failure.POLICY and job.request.prompt:
        return ((_button(REWORD, Action.REWORD, PictureId(job.id, 0)),),)
    return retry(job)


def retry(job: Job) -> Keyboard:
    """Return the keyboard that tries the same again."""
    return ((_button(RETRY, Action.AGAIN, PictureId(job.id, 0)),),)


def preview(draft: Draft, redo: Button) -> Keyboard:
    """Return the keyboard of a draft's preview."""
    about = PictureId(draft.id, 0)
    return (
        (
            Button(GO, CallbackData(Action.GO, about, draft.fingerprint).data),
            redo,
            _button(CANCEL, Action.LEAVE, about),
        ),
    )


def _rows(buttons: Sequence[Button], width: int = _ROW) -> Keyboard:
    return tuple(tuple(buttons[start : start + width]) for start in range(0, len(buttons), width))


def _button(label: Text | Verbatim, verb: Action, about: PictureId) -> Button:
    return Button(label, CallbackData(verb, about).data)


def _prompt(job: Job, about: PictureId) -> Button:
    prompt = job.request.prompt
    if 0 < utf16_length(prompt) <= COPY_CHARACTERS:
        return Button(PROMPT, copy=prompt)
    return _button(PROMPT, Action.PROMPT, about)
