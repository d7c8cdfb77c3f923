"""The buttons under a question about own photos: a part, a style, the tools; and the shapes under an empty /imagine."""

from dataclasses import replace

from telegram import Update
from telegram.ext import CallbackQueryHandler

from core.errors import Refused
from core.models.image_model import Tool
from core.models.keyboard import Button, Keyboard
from core.models.media import FoundPicture
from core.models.questions import Asking, Question
from core.models.styles import STYLES
from core.services.keyboards import SHAPES, factor_buttons
from core.services.orders import OnStored
from core.services.questions import (
    CHANGE_PART,
    CUT_OUT,
    OPEN_LARGER,
    OPEN_STYLES,
    PLAIN,
    STYLE,
    TIMES,
    keyboard_of,
)
from core.text import text
from handlers.context import BotContext, BotHandler, Services
from handlers.examples import SHAPE
from handlers.painter_offer import offer_painter
from handlers.parsing import ButtonPress, button_press_of
from handlers.tools import of_question

OUTDATED = text("This question was answered already.")
BACK = text("⬅ Back")
_IN_ROW = 2


def _styles() -> Keyboard:
    buttons = [Button(style.title, f"{STYLE}{name}") for name, style in STYLES.items()]
    rows = tuple(tuple(buttons[start : start + _IN_ROW]) for start in range(0, len(buttons), _IN_ROW))
    return (*rows, (Button(BACK, PLAIN),))


async def pressed(update: Update, context: BotContext) -> None:
    """Open the styles or the sizes, order one, go back, cut out, or open the mask painter for the photo."""
    button_press, services = button_press_of(update), context.services
    if button_press is None:
        return
    question = await services.questions.addressed_in(button_press.request, button_press.message_id)
    if question is None or question.asking is not Asking.EDIT:
        await services.replies.alert(button_press, OUTDATED)
        return
    async with services.replies.answering(button_press) as answer:
        await _act(services, button_press, question, answer)


async def _act(services: Services, button_press: ButtonPress, question: Question, answer: OnStored) -> None:
    to, message_id = button_press.request.address, button_press.message_id
    request = replace(button_press.request, address=question.address)
    if button_press.data == OPEN_STYLES:
        await services.messenger.edit_keyboard(to, message_id, _styles())
    elif button_press.data == PLAIN:
        await services.messenger.edit_keyboard(to, message_id, keyboard_of(question, services.models))
    elif button_press.data == CHANGE_PART:
        await offer_painter(services, request, FoundPicture(question.pictures[-1]), "")
        await services.questions.close(question)
    elif button_press.data == OPEN_LARGER:
        sizes = factor_buttons(services.models, lambda factor: f"{TIMES}{factor}")
        await services.messenger.edit_keyboard(to, message_id, (sizes, (Button(BACK, PLAIN),)))
    elif button_press.data == CUT_OUT:
        await of_question(services, request, question, Tool.CUTOUT, 1, answer)
    elif button_press.data.startswith(TIMES):
        factor = int(button_press.data.removeprefix(TIMES))
        await of_question(services, request, question, Tool.UPSCALE, factor, answer)
    elif style := STYLES.get(button_press.data.removeprefix(STYLE)):
        await services.questions.answer(request, style.words, question, answer)
    else:
        raise Refused(OUTDATED)


async def shape(update: Update, context: BotContext) -> None:
    """Ask what to paint in the shape of the pressed button."""
    button_press, services = button_press_of(update), context.services
    if button_press is None:
        return
    size = SHAPES[button_press.data.removeprefix(SHAPE)]
    async with services.replies.answering(button_press) as answer:
        await services.questions.ask_in_shape(button_press.request, size, answer)


HANDLERS: list[BotHandler] = [
    CallbackQueryHandler(pressed, pattern=rf"^({CHANGE_PART}|{OPEN_STYLES}|{PLAIN}|{STYLE}[a-z]{{1,8}})$"),
    CallbackQueryHandler(pressed, pattern=rf"^({OPEN_LARGER}|{CUT_OUT}|{TIMES}[1-9])$"),
    CallbackQueryHandler(shape, pattern=rf"^{SHAPE}({'|'.join(SHAPES)})$"),
]
