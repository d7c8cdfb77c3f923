"""/start and /help: an introduction with examples to tap, and the list of commands and options."""

from dataclasses import replace

from telegram import Update
from telegram.ext import filters

from core.models.image_model import Tool
from core.models.model_choice import Models
from core.text import Joined, Renderable, text
from handlers.context import BotContext, BotHandler
from handlers.examples import WELCOME, keyboard
from handlers.operators import panel
from handlers.parsing import Command, OnCommand, is_private, message_of, request_of

WELCOME_GROUP = text(
    "👋 I paint here when you ask me to, and keep quiet otherwise:\n"
    "• <code>/imagine a red fox in the snow</code>\n"
    "• reply to a picture with <code>/edit make it night</code>\n"
    "• or send a picture with <code>/edit …</code> as its caption"
)
_COMMANDS = text(
    "<b>Commands</b>\n"
    "/imagine <i>words</i> – a new picture; in a private chat the words alone are enough\n"
    "/edit <i>words</i> – in reply to a picture, or as its caption\n"
    "/mask <i>words</i> – change only a part of a picture: paint over it"
)
_MODEL = text("/model – the models that can paint, to choose the one you like")
_UPSCALE = text("/upscale – in reply to a picture, or as its caption: the picture, larger")
_CUTOUT = text("/cutout – in the same way: the picture without its background, as a file")
_MORE_COMMANDS = text(
    "/history – your pictures, to go on from any of them\n"
    "/settings – size, number and so on, for whenever you don't name them\n"
    "/me – what you have left to spend\n"
    "/cancel – stop your latest picture, or the one you reply to\n\n"
    "<b>Options</b>, anywhere in the text\n"
    "<code>--size 3:2</code> – 1:1, 3:2 or 2:3; or square, landscape, portrait"
)
_MODEL_OPTIONS = text(
    "<code>--ar 16:9</code> – any shape; if a model lacks it, you get the nearest it has\n"
    "<code>--model {name}</code> – another model for this picture\n"
    "<code>--res 2K</code> – a larger picture: 1K, 2K or 4K, with models that have them\n"
    "<code>--transparent</code> – no background, with models that can do that"
)
_OPTIONS = text(
    "<code>--n 4</code> – 1, 2 or 4 pictures\n"
    "<code>--enhance</code> – let me add detail to your prompt\n"
    "<code>--fallback</code> – step in with another model when the main one fails: flux or gpt\n"
    "<code>--no-enhance</code>, <code>--no-fallback</code> – leave out what your settings say\n"
    "<code>--cn</code> – send pictures by way of servers in China\n\n"
    "<b>Good prompts</b>\n"
    "• Say who or what, doing what, and where: <i>an old fisherman mending a net on a foggy pier</i>\n"
    "• Name a style, the light and the mood: <i>oil painting, low evening sun, calm</i>\n"
    "• Words to be written in the picture go in quotes: <i>a shop sign that says “Open”</i>\n"
    "• For an edit, say what changes and what must stay: "
    "<i>make the sky stormy, leave the house as it is</i>\n"
    "• Better one change at a time: reply to the result with the next one"
)


def _help(models: Models) -> Renderable:
    """Return the commands, the options and good prompts; what needs other models than 4o, only with them."""
    offered = models.offered
    parts = [_COMMANDS]
    if len(offered) > 1:
        parts.append(_MODEL)
    if models.factors:
        parts.append(_UPSCALE)
    if models.tool(Tool.CUTOUT):
        parts.append(_CUTOUT)
    parts.append(_MORE_COMMANDS)
    if len(offered) > 1:
        parts.append(replace(_MODEL_OPTIONS, params={"name": offered[1].name}))
    return Joined((*parts, _OPTIONS))


async def start(update: Update, context: BotContext) -> None:
    """Introduce the bot to those who may use it. Raises NotAdmitted."""
    message, services = message_of(update), context.services
    request = request_of(message)
    to = request.address
    await services.access.check(request.requester_id, to.chat_id)
    if is_private(message):
        await services.messenger.send_text(to, WELCOME, keyboard=keyboard())
    else:
        await services.replies.explain(to, WELCOME_GROUP)


async def help_(update: Update, context: BotContext) -> None:
    """Explain commands, options and good prompts."""
    message = message_of(update)
    request, buttons = request_of(message), keyboard() if is_private(message) else ()
    words = _help(context.services.models)
    if is_private(message) and request.requester_id in context.operators.admins:
        await context.operators.set_menu(request.requester_id)
        words = Joined((words, panel.HELP), "\n\n")
    await context.services.replies.explain(request.address, words, buttons)


HANDLERS: list[BotHandler] = [
    OnCommand(Command("start") & filters.TEXT, start),
    OnCommand(Command("help") & filters.TEXT, help_),
]
