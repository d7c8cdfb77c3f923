"""The service that decides who may order pictures in a chat, and what they may spend."""

from dataclasses import dataclass, replace

from core.errors import Ignored, NotAdmitted
from core.models.credits import HUNDREDTHS
from core.models.group import GroupRules, Who
from core.models.request_context import RequestContext
from core.models.spending import Limits
from core.ports.repositories import Groups, Ledger
from core.ports.telegram import Messenger
from core.services.access import Access
from core.text import text

ADMINS_ONLY = text("In this chat I paint only for admins.")
LISTED_ONLY = text("In this chat I paint only for some members; its admins can add you.")
CHANNELS_LATER = text(
    "🔒 I paint for a channel here once an admin of this chat replies to its message with /allow. Or write in your "
    "own name. Nothing was charged."
)
NO_PICTURES_HERE = text(
    "🔒 This chat doesn't let me send pictures, so I didn't start. Nothing was charged. "
    "An admin can allow me photos or files here."
)


@dataclass(frozen=True, slots=True)
class PermissionService:
    """Apply the operator's access list, the rules of groups, and the spending limits to a request."""

    access: Access
    groups: Groups
    ledger: Ledger
    limits: Limits
    messenger: Messenger

    async def admit(self, request: RequestContext) -> GroupRules:
        """Check that the requester may order in this chat, and return the chat's rules.

        Raises Refused with the reason, or Ignored if the bot is switched off in this chat. A chat that can't show
        pictures is refused, so that no picture is paid for in vain.
        """
        chat_id, requester_id = request.address.chat_id, request.requester_id
        rules = await self.groups.rules(chat_id)
        if not rules.is_on:
            raise Ignored
        await self.access.check(requester_id, chat_id)
        is_listed = rules.who is not Who.ADMINS and requester_id in rules.listed
        if rules.who is not Who.EVERYONE and not is_listed and not await self.messenger.is_admin(chat_id, requester_id):
            raise NotAdmitted(ADMINS_ONLY if rules.who is Who.ADMINS else LISTED_ONLY)
        is_channel = requester_id < 0 and requester_id != chat_id
        if is_channel and not is_listed and await self.messenger.linked(chat_id) != requester_id:
            raise NotAdmitted(CHANNELS_LATER)
        if not (await self.messenger.permits(chat_id)).pictures:
            raise NotAdmitted(NO_PICTURES_HERE)
        return rules

    async def admit_draft(self, request: RequestContext) -> None:
        """Check that the requester may order, and can pay for one picture.

        A draft costs nothing, but only a requester who could order it may prepare one.
        Raises Refused with the reason, or Ignored if the bot is switched off in this chat.
        """
        limits = await self.limits_of(request, await self.admit(request))
        await self.ledger.afford(request.requester_id, request.address.chat_id, limits)

    async def limits_in_chat(self, request: RequestContext) -> Limits:
        """Return the spending limits of a requester who was admitted before."""
        return await self.limits_of(request, await self.groups.rules(request.address.chat_id))

    async def limits_of(self, request: RequestContext, rules: GroupRules) -> Limits:
        """Return the requester's spending limits in a chat with these rules.

        The admins of a group can lower the limits that the operator set, but not raise them.
        """
        limits = self.limits
        if request.requester_id < 0:  # channels and groups are free to make, so they have no allowance of their own
            names_daily = limits.person_daily if limits.chat_daily is None else None
            limits = replace(limits, person_daily=None, names_daily=names_daily)
        daily = None if rules.daily is None else rules.daily * HUNDREDTHS
        if daily is not None and (limits.chat_daily is None or daily < limits.chat_daily):
            limits = replace(limits, chat_daily=daily)
        chat_id = request.address.chat_id
        if limits.person_daily is None and await self.access.lives_on_grants(request.requester_id, chat_id):
            limits = replace(limits, person_daily=0)
        return limits

    async def may_manage(self, person: int, chat_id: int, requester_id: int, home_chat_id: int) -> bool:
        """Return whether a person who acts in `chat_id` may decide about a job or draft.

        The requester may, and in the job's own group (`home_chat_id`) so may its admins.
        """
        if person == requester_id:
            return True
        return chat_id == home_chat_id and chat_id < 0 and await self.messenger.is_admin(chat_id, person)

    async def may_use_result(self, request: RequestContext, home_chat_id: int, *, is_shown: bool) -> bool:
        """Return whether a member of a group may go on from another member's picture, at their own expense.

        The job must belong to this very group (`home_chat_id`), or the picture must be shown there (`is_shown`):
        callback data can be made up. Raises Refused and Ignored as `admit` does.
        """
        chat_id = request.address.chat_id
        if chat_id > 0 or not (home_chat_id == chat_id or is_shown):
            return False
        await self.admit(request)
        return True

    async def is_same_person(self, chat_id: int, one: int, other: int) -> bool:
        """Return whether two ids may belong to one person.

        An anonymous admin writes under the id of the group, but presses buttons under their own.
        """
        if one == other or chat_id not in {one, other}:
            return one == other
        return await self.messenger.is_admin(chat_id, one if other == chat_id else other)
