"""An open card is told what its owner's hours say of him, in this week's own hours too."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from softphone_card.message import Message
from softphone_card.own_words import Mark, OwnWords
from tests.people.company import ACTOR
from trunkline.db.types import Pool
from trunkline.people.identity import EVERYTHING, Identity, Via
from trunkline.people.roles import Role
from trunkline.presence.change import PresenceChange, ShiftBody, WeekBody
from trunkline.presence.store import change_presence

ANNA = UUID(int=0xA)
MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
WORKDAY = ShiftBody(0, "09:00", "18:00")


class Card:
    """Anna's, open."""

    def __init__(self) -> None:
        self.identity = Identity(ANNA, "Anna", "anna", Role.AGENT, frozenset(), EVERYTHING, Via.SESSION, "s")
        self.follows_presence = True
        self.presence_told: Mark | None = None
        self.told: list[Message] = []

    def offer(self, message: Message) -> None:
        self.told.append(message)


async def test_a_week_of_ones_own_is_told_of(pool: Pool) -> None:
    await pool.execute("insert into people (id, name, extension) values ($1, 'Anna', '101')", ANNA)

    async def change(**parts: Any) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await change_presence(connection, ANNA, PresenceChange(**parts), ACTOR, NOON)

    words, card = OwnWords(pool, lambda: ZoneInfo("Europe/Moscow")), Card()
    await change(hours=[WORKDAY])
    await words.check([card], NOON)
    assert len(card.told) == 1
    await words.check([card], NOON)
    assert len(card.told) == 1, "nothing is news"

    await change(weeks=[WeekBody(MONDAY, [])])
    await words.check([card], NOON)
    assert len(card.told) == 2, "this Monday is free"

    await change(weeks=[WeekBody(MONDAY, [ShiftBody(0, "20:00", "23:00")])])
    await words.check([card], NIGHT)
    assert len(card.told) == 3, "this Monday he works at night"
