"""/upscale and /cutout: a picture larger, or without its background. The buttons for them order the same."""

import re
from dataclasses import replace

from telegram import Message, Update

from core.errors import BadOption, NoPicture, Refused
from core.models.image_model import Tool
from core.models.image_request import Request, Source
from core.models.media import FoundPicture
from core.models.model_choice import Models
from core.models.questions import Asking, Question
from core.models.request_context import RequestContext
from core.services.orders import OnStored
from core.text import text
from handlers.context import BotContext, BotHandler, Services
from handlers.parsing import Command, OnCommand, is_private, message_of, picture_of, replied_to, request_of, rest_of
from handlers.picture_lookup import picture_replied_to, question_in

COMMANDS = ("upscale", "cutout")
_FACTOR = re.compile(r"[x×]?\s*([0-9]{1,3})\s*[x×]?", re.IGNORECASE | re.ASCII)
_USUAL_FACTOR = 2
NO_UPSCALE = text("🔍 I can't make pictures larger here. Nothing was charged.")
NO_CUTOUT = text(
    "✂️ I can't cut pictures out here. Nothing was charged. <code>/edit on a plain white background</code> may help."
)
WHICH = text("Which picture? Reply to one with <code>/{command}</code>, or send one with that as its caption.")
FACTORS = text("🔍 I can make a picture {factors} times larger: <code>/upscale {factor}</code>. Nothing was charged.")
ONE_WAY = text("🔍 I can make a picture larger in one way only: send <code>/upscale</code> alone. Nothing was charged.")
NO_WORDS = text(
    "✂️ <code>/cutout</code> takes the whole background away, without any words. Nothing was charged. "
    "For anything else, use <code>/edit</code>."
)
ONE_AT_A_TIME = text("I do that with one picture at a time. Nothing was charged. Please send it alone.")


async def upscale(update: Update, context: BotContext) -> None:
    """Order a picture larger, twice unless the command names another number. Raises Refused."""
    message, services = message_of(update), context.services
    factor = _factor(services.models, rest_of(message))
    await _order(services, message, Tool.UPSCALE, factor)


async def cutout(update: Update, context: BotContext) -> None:
    """Order a picture without its background. Raises Refused."""
    message = message_of(update)
    _check_cutout(context.services.models, rest_of(message))
    await _order(context.services, message, Tool.CUTOUT, 1)


async def of_album(
    services: Services, request: RequestContext, name: str, words: str, pictures: tuple[Source, ...]
) -> None:
    """Handle a command that is the caption of an album, of which only one picture may have come. Raises Refused."""
    if len(pictures) != 1:
        raise Refused(ONE_AT_A_TIME)
    tool = Tool(name)
    factor = _factor(services.models, words) if tool is Tool.UPSCALE else 1
    if tool is Tool.CUTOUT:
        _check_cutout(services.models, words)
    await services.orders.order_request(request, work_on(services.models, tool, pictures[0], factor))


async def of_question(
    services: Services, request: RequestContext, question: Question, tool: Tool, factor: int, on_stored: OnStored
) -> None:
    """Do a work on the picture that a question is about, which answers it. Raises Refused."""
    work = work_on(services.models, tool, question.pictures[-1], factor)
    await services.orders.order_request(request, work, on_stored=on_stored)
    await services.questions.close(question)


def work_on(models: Models, tool: Tool, source: Source, factor: int) -> Request:
    """Return the request for a work on a picture. Raises Refused if no model that is offered can do it."""
    if models.tool(tool) is None:
        raise Refused(NO_UPSCALE if tool is Tool.UPSCALE else NO_CUTOUT)
    if tool is Tool.UPSCALE and factor not in models.factors:
        raise _no_factor(models)
    return models.work(tool, source, factor)


def _factor(models: Models, words: str) -> int:
    """Return how many times larger a picture is wanted. Raises Refused."""
    factors = models.factors
    if not factors:
        raise Refused(NO_UPSCALE)
    if not words:
        return _USUAL_FACTOR if _USUAL_FACTOR in factors else factors[0]
    match = _FACTOR.fullmatch(words)
    if not match or factors == (1,) or int(match[1]) not in factors:
        raise _no_factor(models)
    return int(match[1])


def _no_factor(models: Models) -> BadOption:
    factors = models.factors
    if factors == (1,):
        return BadOption(ONE_WAY)
    listed = ", ".join(str(factor) for factor in factors)
    return BadOption(replace(FACTORS, params={"factors": listed, "factor": factors[-1]}))


def _check_cutout(models: Models, words: str) -> None:
    if models.tool(Tool.CUTOUT) is None:
        raise Refused(NO_CUTOUT)
    if words:
        raise BadOption(NO_WORDS)


async def _order(services: Services, message: Message, tool: Tool, factor: int) -> None:
    request = request_of(message)
    question, found = await _question_or_picture(services, request, message)
    if found is None:
        raise NoPicture(replace(WHICH, params={"command": tool.value}))
    work = work_on(services.models, tool, found.source, factor)
    await services.orders.order_request(request, work, found.parent)
    if question:
        await services.questions.close(question)


async def _question_or_picture(
    services: Services, request: RequestContext, message: Message
) -> tuple[Question | None, FoundPicture | None]:
    """Find the picture that a message brings or replies to, else that of an open question, with the question."""
    if own := picture_of(message):
        return None, FoundPicture(own)
    question = await question_in(services, request, replied_to(message))
    if question is None and (found := await picture_replied_to(services, message)):
        return None, found
    if question is None and is_private(message):
        question = await services.questions.open_question(request)
    if question is None or question.asking is not Asking.EDIT or not question.pictures:
        return None, None
    parent = await services.results.get(question.parent) if question.parent else None
    return question, FoundPicture(question.pictures[-1], parent.id if parent else None)


HANDLERS: list[BotHandler] = [
    OnCommand(Command("upscale"), upscale),
    OnCommand(Command("cutout"), cutout),
]
