"""Members and administrators: joining, leaving, promotions, and the updates about them."""

from typing import Any

from sandbox.telegram.chats import Chat, Message, User
from sandbox.telegram.crowd import Crowd
from sandbox.telegram.roles import Role, Status, chat_member
from sandbox.telegram.senders import STAND_INS


class Members(Crowd):
    """Users and the bot as members of chats. A user id may be the bot's in all methods."""

    def known(self, user_id: int) -> User | None:
        """Return the User with an id: a user, a bot or one of Telegram's own accounts. None if it is unknown."""
        return self.bot if user_id == self.bot["id"] else self.people.get(user_id) or STAND_INS.get(user_id)

    def role_of(self, chat: Chat, user_id: int) -> Role:
        """Return the role of a user or of the bot in a chat."""
        return Role(chat.bot_status) if user_id == self.bot["id"] else chat.role(user_id)

    def promote(
        self, chat_id: int, person_id: int, status: Status = "administrator", *, anonymous: bool = False
    ) -> None:
        """Make a user an administrator or the owner. An anonymous administrator writes as the group from then on."""
        self._become(self._room(chat_id), person_id, Role(status, anonymous))

    def demote(self, chat_id: int, person_id: int) -> None:
        """Make a user a plain member."""
        self._become(self._room(chat_id), person_id, Role())

    def restrict(self, chat_id: int, person_id: int) -> None:
        """Keep a user in the chat without the right to write."""
        self._become(self._room(chat_id), person_id, Role("restricted"))

    def join(self, chat_id: int, person_id: int, *, by: int | None = None) -> Message:
        """Add a user to a chat, alone or brought by a member."""
        chat = self._room(chat_id)
        if person_id == self.bot["id"]:
            return self.add_bot(chat_id, by=by)
        chat.members.append(person_id)
        self._become(chat, person_id, Role(), by=person_id if by is None else by)
        return self._announce(chat, by or person_id, {"new_chat_members": [self.people[person_id]]})

    def leave(self, chat_id: int, person_id: int) -> Message:
        """Let a user leave a chat."""
        return self._part(self._room(chat_id), person_id, "left", by=person_id)

    def kick(self, chat_id: int, person_id: int | None = None) -> Message:
        """Remove a user, or by default the bot, from a group. The group's owner does it."""
        chat = self._room(chat_id)
        return self._part(chat, self.bot["id"] if person_id is None else person_id, "kicked", by=chat.members[0])

    def expel(self, chat_id: int, user_id: int, status: Status) -> None:
        """Remove a user on the bot's behalf. For a user who isn't in the chat, change only the status."""
        chat = self._room(chat_id)
        if chat.role(user_id).present:
            self._part(chat, user_id, status, by=self.bot["id"])
        else:
            self._become(chat, user_id, Role(status), by=self.bot["id"])

    def add_bot(self, chat_id: int, *, by: int | None = None) -> Message:
        """Add the bot to a group that it isn't in."""
        chat = self._room(chat_id)
        brought = chat.members[0] if by is None else by
        self._become(chat, self.bot["id"], Role(), by=brought)
        return self._announce(chat, brought, {"new_chat_members": [self.bot]})

    def open_group(self, title: str, members: list[int], *, privacy: bool = True) -> Chat:
        """Create a small group with the bot. The first member is its owner."""
        chat = self.add_chat("group", title, members, privacy=privacy)
        chat.bot_status = "left"
        self._become(chat, self.bot["id"], Role(), by=members[0])
        self._announce(chat, members[0], {"group_chat_created": True})
        return chat

    def block(self, person_id: int, *, blocked: bool = True) -> None:
        """Block or unblock the bot for a user."""
        role = Role("kicked" if blocked else "member")
        self._become(self.chats[person_id], self.bot["id"], role, by=person_id)

    async def follow_link(self, person_id: int, code: str) -> Message:
        """Open `t.me/<bot>?start=<code>` and press Start, which also unblocks the bot."""
        if not self.chats[person_id].bot_here:
            self.block(person_id, blocked=False)
        return (await self.say(person_id, person_id, f"/start {code}".strip()))[0]

    def _part(self, chat: Chat, user_id: int, status: Status, *, by: int) -> Message:
        goes: dict[str, Any] = {"left_chat_member": self.known(user_id)}
        if chat.kind == "group":
            # In a small group, the leaving member still receives the service message.
            said = self._announce(chat, by, goes)
            self._become(chat, user_id, Role(status), by=by)
        else:
            self._become(chat, user_id, Role(status), by=by)
            said = self._announce(chat, by, goes)
        if user_id in chat.members:
            chat.members.remove(user_id)
        return said

    def _become(self, chat: Chat, user_id: int, role: Role, *, by: int | None = None) -> None:
        """Change a user's role and send the update. About other users, the bot gets one only as an administrator."""
        user = self.known(user_id)
        if user is None:
            raise ValueError("there is nobody with this id")
        old = self.role_of(chat, user_id)
        if user_id == self.bot["id"]:
            chat.bot_status = role.status
        else:
            chat.roles[user_id] = role
        change = {
            "chat": chat.public(),
            "from": self.known(chat.members[0] if by is None else by),
            "date": int(self.wall()),
            "old_chat_member": chat_member(user, old, chat.kind),
            "new_chat_member": chat_member(user, role, chat.kind),
        }
        if user_id == self.bot["id"]:
            self.updates.add("my_chat_member", change, chat.id)
        elif chat.bot_status == "administrator":
            self.updates.add("chat_member", change, chat.id)
        self.events.emit("chat", chat.id)

    def _announce(self, chat: Chat, by: int, content: dict[str, Any]) -> Message:
        """Post a service message in a group. Channels have no service messages."""
        if chat.kind == "channel":
            return {}
        message = self.post(chat, self.known(by) or self.bot, content)
        self._tell("message", chat, message)
        return message

    def _room(self, chat_id: int) -> Chat:
        chat = self.chats.get(chat_id)
        if chat is None or not chat.is_group:
            raise ValueError("there is no such group or channel")
        return chat
