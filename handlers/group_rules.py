"""The rules of a group: who may use the bot, whether it is on, how quiet it is, and what it may spend a day."""

from dataclasses import replace

from telegram import Message, Update, User
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    MessageHandler,
    filters,
)

from core.errors import Refused
from core.models.group import GroupRules, Who
from core.models.keyboard import Button
from core.text import Joined, Renderable, Verbatim, text
from handlers.choice_menu import Choices, redraw
from handlers.context import Services
from handlers.parsing import ButtonPress, Command, Context, button_press_of, message_of, replied_to, request_of

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
"""What can be decided, by the fields of GroupRules."""

TITLE = text("👥 <b>Rules of this chat</b>. Only its admins can change them.")
ADMINS_ONLY = text("Only admins can change the rules of this chat.")
WHOM = text("Reply to a message of whoever is meant with this command.")
NOW_LISTED = text("✅ Noted. Who may use me here is set in /settings.")


def register(application: Application, services: Services, bot_name: str) -> None:  # type: ignore[type-arg]
    """The buttons below /settings in groups, and the list of who may."""

    async def change(update: Update, _: Context) -> None:
        button_press = button_press_of(update)
        match = CHOICES.pattern.match(button_press.data) if button_press else None
        if not button_press or not match or button_press.chat_id > 0:
            return
        if not await services.messenger.is_admin(button_press.chat_id, button_press.person):
            await services.messenger.answer_callback(
                button_press.query_id, ADMINS_ONLY, button_press.language, alert=True
            )
            return
        await services.messenger.answer_callback(button_press.query_id)
        await _change(services, button_press, match["name"], match["value"])

    async def allow(update: Update, _: Context) -> None:
        await _list(services, message_of(update), is_allowed=True)

    async def disallow(update: Update, _: Context) -> None:
        await _list(services, message_of(update), is_allowed=False)

    in_groups = filters.ChatType.GROUPS & filters.TEXT
    application.add_handler(MessageHandler(Command(bot_name, "allow") & in_groups, allow))
    application.add_handler(MessageHandler(Command(bot_name, "disallow") & in_groups, disallow))
    application.add_handler(CallbackQueryHandler(change, pattern=CHOICES.pattern))


async def _change(services: Services, button_press: ButtonPress, name: str, short: str) -> None:
    rules = await services.groups.rules(button_press.chat_id)
    offered = CHOICES.value(name, short)
    if offered:
        rules = replace(rules, **{name: offered[0]})
        await services.groups.put(button_press.chat_id, rules)
    await redraw(services, button_press, _words(rules), CHOICES.keyboard(rules))


async def _list(services: Services, message: Message, *, is_allowed: bool) -> None:
    request, replied = request_of(message), replied_to(message)
    chat_id = request.address.chat_id
    if not await services.messenger.is_admin(chat_id, request.requester_id):
        raise Refused(ADMINS_ONLY)
    if replied is None or replied.is_automatic_forward or not (replied.sender_chat or _is_person(replied.from_user)):
        raise Refused(WHOM)
    meant = request_of(replied).requester_id
    rules = await services.groups.rules(chat_id)
    listed = rules.listed | {meant} if is_allowed else rules.listed - {meant}
    await services.groups.put(chat_id, replace(rules, listed=listed))
    await services.messenger.send_text(request.address, NOW_LISTED)


def _is_person(user: User | None) -> bool:
    return user is not None and not user.is_bot


def _words(rules: GroupRules) -> Renderable:
    lines: list[Renderable] = [TITLE, Verbatim(""), *CHOICES.lines(rules)]
    if rules.who is Who.LISTED:
        lines.append(text("Listed: {count}. Reply to somebody with /allow or /disallow.", count=len(rules.listed)))
    return Joined(tuple(lines))
