"""Access to the bot and invitations: each change is one commit and happens once."""

import asyncio

import pytest

from core.errors import NotAdmitted, Refused
from core.models.access import BANNED, AccessMode, Standing
from core.services.access import Access
from storage.access import EXPIRED, TWICE, UNKNOWN, USED_UP, SqlAccess
from storage.database import Database
from storage.ledger import SqlLedger
from tests.unit.stores import HandClock

pytestmark = pytest.mark.usefixtures("each_database")

ADA, BEN, CAT, OPERATOR, GROUP = 1001, 1002, 1003, 9, -500
HOUR_MS = 3_600_000


@pytest.fixture
def book(database: Database, clock: HandClock) -> SqlAccess:
    """Return an empty access store."""
    return SqlAccess(database, clock)


def _access(book: SqlAccess, mode: AccessMode, *allowed: int) -> Access:
    return Access(mode, allowed, [OPERATOR], book)


async def _admitted(access: Access, person: int, chat_id: int | None = None) -> bool:
    try:
        await access.check(person, chat_id or person)
    except NotAdmitted:
        return False
    return True


async def _extra(database: Database, clock: HandClock, person: int) -> int:
    return (await SqlLedger(database, clock).balance(person, 0)).extra


@pytest.mark.parametrize(
    ("mode", "strangers", "listed", "invited"),
    [
        (AccessMode.OPEN, True, True, True),
        (AccessMode.ALLOWLIST, False, True, False),
        (AccessMode.INVITE, False, True, True),
    ],
)
async def test_each_mode_lets_in_whom_it_should(
    book: SqlAccess, mode: AccessMode, strangers: bool, listed: bool, invited: bool
) -> None:
    """Open mode admits everyone; the invited need invite mode; listed users and operators are always admitted."""
    access = _access(book, mode, BEN)
    await book.allow(CAT)
    await book.redeem(await book.invite(0, HOUR_MS, 1, OPERATOR, "a"), 1004, "b")
    assert [await _admitted(access, who) for who in (ADA, BEN, CAT, 1004, OPERATOR)] == [
        strangers,
        listed,
        listed,
        invited,
        True,
    ]


@pytest.mark.parametrize("how", ["the setting", "an operator"])
async def test_an_allowed_group_lets_all_its_members_in(book: SqlAccess, how: str) -> None:
    """A member of an allowed group may use the bot there, and nowhere else."""
    access = _access(book, AccessMode.ALLOWLIST, *([GROUP] if how == "the setting" else []))
    if how == "an operator":
        await book.allow(GROUP)
    assert await _admitted(access, ADA, GROUP)
    assert not await _admitted(access, ADA)
    assert not await _admitted(access, ADA, -501)


@pytest.mark.parametrize("mode", AccessMode)
async def test_a_ban_outweighs_everything_but_an_operator(book: SqlAccess, mode: AccessMode) -> None:
    """A banned user is refused everywhere, even in allowed groups; a banned group is refused to all but operators."""
    access = _access(book, mode, ADA, GROUP)
    await book.allow(ADA)
    await book.ban(ADA)
    await book.ban(OPERATOR)
    await book.ban(-501)
    await book.allow(-501)
    assert not await _admitted(access, ADA)
    assert not await _admitted(access, ADA, GROUP)
    assert not await _admitted(access, BEN, -501)
    assert await _admitted(access, OPERATOR, -501)


async def test_what_a_ban_outweighed_is_back_when_it_ends(book: SqlAccess) -> None:
    """After a ban ends, a user has the same access as before; ending a ban that doesn't exist returns False."""
    await book.allow(ADA)
    await book.ban(ADA)
    assert await book.standing(ADA) == Standing(is_allowed=True, is_banned=True)
    assert await book.unban(ADA)
    assert not await book.unban(ADA)
    assert not await book.unban(BEN)
    assert await book.standing(ADA) == Standing(is_allowed=True)


async def test_a_refusal_in_a_group_says_both_numbers(book: SqlAccess) -> None:
    """A refusal in a group names the user ID and the chat ID, because the operator may allow either."""
    with pytest.raises(NotAdmitted) as refusal:
        await _access(book, AccessMode.ALLOWLIST).check(ADA, GROUP)
    assert f"{ADA} / {GROUP}" in str(refusal.value.reply)


async def test_why_an_invitation_is_refused(book: SqlAccess, database: Database, clock: HandClock) -> None:
    """Each reason to refuse an invitation has its own text, and a refused user gets neither access nor credits."""
    code = await book.invite(60, HOUR_MS, 2, OPERATOR, "invite")
    await book.ban(1005)
    await book.redeem(code, ADA, "ada")
    for words, given, person in ((UNKNOWN, "nonsense", BEN), (TWICE, code, ADA), (BANNED, code, 1005)):
        assert await _refusal(book, given, person) == words
    await book.redeem(code, BEN, "ben")
    assert await _refusal(book, code, CAT) == USED_UP
    late = await book.invite(60, HOUR_MS, 2, OPERATOR, "late")
    clock.now += HOUR_MS
    assert await _refusal(book, late, CAT) == EXPIRED
    assert not (await book.standing(CAT)).is_invited
    assert [await _extra(database, clock, who) for who in (ADA, BEN, CAT, 1005)] == [60, 60, 0, 0]


async def _refusal(book: SqlAccess, code: str, person: int) -> object:
    with pytest.raises(Refused) as refused:
        await book.redeem(code, person, f"again {person}")
    return refused.value.reply


async def test_many_at_once_cannot_use_it_more_often(book: SqlAccess) -> None:
    """If ten users open an invitation for three at the same moment, three are admitted."""
    code = await book.invite(6, HOUR_MS, 3, OPERATOR, "invite")
    said = await asyncio.gather(
        *(book.redeem(code, 2000 + number, f"start {number}") for number in range(10)), return_exceptions=True
    )
    assert said.count(6) == 3
    assert sum(isinstance(answer, Refused) for answer in said) == 7
    assert sum([(await book.standing(2000 + number)).is_invited for number in range(10)]) == 3


async def test_no_two_invitations_look_alike(book: SqlAccess) -> None:
    """Invitation codes are long and don't resemble each other."""
    codes = [await book.invite(1, HOUR_MS, 1, OPERATOR, f"invite {number}") for number in range(50)]
    assert len({code[:8] for code in codes}) == 50


async def test_a_redemption_that_fails_half_way_leaves_nothing(
    book: SqlAccess, database: Database, clock: HandClock
) -> None:
    """If the grant can't be written, neither access nor the use of the invitation is stored."""
    code = await book.invite(60, HOUR_MS, 1, OPERATOR, "invite")
    await SqlLedger(database, clock).grant(BEN, 5, OPERATOR, "taken")
    with pytest.raises(Exception, match="add_grant"):
        await book.redeem(code, ADA, "taken")
    assert not (await book.standing(ADA)).is_invited
    assert await book.redeem(code, ADA, "start") == 60


async def test_a_moved_group_takes_its_standing_along(book: SqlAccess, database: Database) -> None:
    """A group's access moves along to the supergroup, unless the supergroup already has its own."""
    await book.allow(GROUP)
    await database.fetch("move_access", chat_id=GROUP, new_id=-900)
    assert (await book.standing(-900)).is_allowed
    assert await book.standing(GROUP) == Standing()
    await book.ban(-901)
    await database.fetch("move_access", chat_id=-900, new_id=-901)
    assert await book.standing(-901) == Standing(is_banned=True)
