"""The rules of a group: whether the bot is on, which members it works for, how quiet it is, and its daily limit."""

from dataclasses import replace

from telegram import Message, Update, User
from telegram.ext import CallbackQueryHandler, filters

from core.errors import NotShowable, Refused
from core.models.group import GroupRules, Who
from core.models.keyboard import Button
from core.text import Joined, Renderable, Verbatim, text
from handlers.choice_menu import BACK, Choices, redraw
from handlers.context import BotContext, BotHandler, Services
from handlers.parsing import ButtonPress, Command, OnCommand, button_press_of, message_of, replied_to, request_of

OPEN = Button(text("👥 Rules of this chat"), "rule:show:rules")

CHOICES = Choices(
    "rule",
    {
        "is_on": (text("The bot is"), (("on", text("On"), True), ("off", text("Off"), False))),
        "who": (
            text("It works for"),
            (
                ("everyone", text("Everyone"), Who.EVERYONE),
                ("admins", text("Admins"), Who.ADMINS),
                ("listed", text("Listed"), Who.LISTED),
            ),
        ),
        "quiet": (
            text("While it paints (quiet mode is a reaction instead of a message)"),
            (("on", text("Quiet"), True), ("off", text("Not quiet"), False)),
        ),
        "reply_edits": (
            text("A reply to its picture is"),
            (("on", text("An edit"), True), ("off", text("A remark"), False)),
        ),
        "daily": (
            text("Credits a day"),
            (
                ("none", text("No limit here"), None),
                *((str(sum_), Verbatim(str(sum_)), sum_) for sum_ in (60, 120, 300, 600)),
            ),
        ),
    },
)
"""The rules that admins can change, by the fields of GroupRules."""

_CLOSE = Button(text("✖ Close"), "rule:close:menu")
TITLE = text("👥 <b>Rules of this chat</b>. Only its admins can change them.")
ADMINS_ONLY = text("Only admins can change the rules of this chat.")
WHOM = text("Reply with this command to a message of the person you mean.")
NOW_LISTED = text("✅ Noted. Who may use me here is set in /settings.")


async def change(update: Update, context: BotContext) -> None:
    """Change the rule of a pressed button, for admins only."""
    button_press, services = button_press_of(update), context.services
    match = CHOICES.pattern.match(button_press.data) if button_press else None
    if not button_press or not match or button_press.chat_id > 0:
        return
    chat_id = button_press.chat_id
    if not await services.messenger.is_admin(chat_id, button_press.person):
        await services.replies.alert(button_press, ADMINS_ONLY)
        return
    await services.messenger.answer_callback(button_press.query_id)
    if button_press.data == _CLOSE.data:
        await _close(services, button_press)
        return
    rules = await services.groups.rules(chat_id)
    offered = CHOICES.value(match["name"], match["value"])
    if offered:
        rules = replace(rules, **{match["name"]: offered[0]})
        await services.groups.put(chat_id, rules)
    keyboard = (*CHOICES.keyboard(rules), (Button(BACK, "set.back"), _CLOSE))
    await redraw(services, button_press, _words(rules), keyboard)


async def _close(services: Services, button_press: ButtonPress) -> None:
    try:
        await services.messenger.delete_message(button_press.chat_id, button_press.message_id)
    except NotShowable:  # Telegram lets the bot delete a message for two days
        await services.messenger.edit_keyboard(button_press.request.address, button_press.message_id, ())


async def allow(update: Update, context: BotContext) -> None:
    """Put the author of the message that an admin replies to on the group's list."""
    await _list(context.services, message_of(update), is_allowed=True)


async def disallow(update: Update, context: BotContext) -> None:
    """Take the author of the message that an admin replies to off the group's list."""
    await _list(context.services, message_of(update), is_allowed=False)


async def _list(services: Services, message: Message, *, is_allowed: bool) -> None:
    request, replied = request_of(message), replied_to(message)
    chat_id = request.address.chat_id
    if not await services.messenger.is_admin(chat_id, request.requester_id):
        raise Refused(ADMINS_ONLY)
    if replied is None or replied.is_automatic_forward or not (replied.sender_chat or _is_human(replied.from_user)):
        raise Refused(WHOM)
    author_id = request_of(replied).requester_id
    rules = await services.groups.rules(chat_id)
    listed = rules.listed | {author_id} if is_allowed else rules.listed - {author_id}
    await services.groups.put(chat_id, replace(rules, listed=listed))
    await services.messenger.send_text(request.address, NOW_LISTED)


def _is_human(user: User | None) -> bool:
    return user is not None and not user.is_bot


def _words(rules: GroupRules) -> Renderable:
    lines: list[Renderable] = [TITLE, Verbatim(""), *CHOICES.lines(rules)]
    if rules.who is Who.LISTED:
        lines.append(text("Listed: {count}. Reply to a message with /allow or /disallow.", count=len(rules.listed)))
    return Joined(tuple(lines))


_IN_GROUPS = filters.ChatType.GROUPS & filters.TEXT
HANDLERS: list[BotHandler] = [
    OnCommand(Command("allow") & _IN_GROUPS, allow),
    OnCommand(Command("disallow") & _IN_GROUPS, disallow),
    CallbackQueryHandler(change, pattern=CHOICES.pattern),
]
