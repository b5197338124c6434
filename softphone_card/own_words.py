"""What owners of open cards have said of themselves: told to a card that asks for it when it is other than it was told.

Whoever says it, a feature code, a supervisor or a program, says it in rows; hours and times of return pass by the
clock. One look at all of them serves every card of the process.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from softphone_card.message import PRESENCE, Message
from trunkline.db.types import Pool
from trunkline.people.identity import Identity
from trunkline.presence.state import Instant, absence_at, instant_of, said
from trunkline.presence.store import Spoken, list_presence

Mark = tuple[object, ...]
"""What the button of the page says, and what its form holds."""


class Card(Protocol):
    """An open card, as far as its owner's presence goes."""

    identity: Identity
    follows_presence: bool
    presence_told: Mark | None

    def offer(self, message: Message) -> None:
        """Say something."""


class OwnWords:
    """Looks when it is told to, and tells what is news."""

    def __init__(self, pool: Pool, zone: Callable[[], ZoneInfo]) -> None:
        self._pool = pool
        self._zone = zone

    async def check(self, cards: Collection[Card], now: datetime) -> None:
        """Tell every card what its owner's presence is, unless it was told the same."""
        following = [card for card in cards if card.follows_presence]
        if not following:
            return
        owners = {card.identity.person for card in following}
        async with self._pool.acquire() as connection:
            spoken = await list_presence(connection, None, None, now, only=owners)
        instant = instant_of(now.astimezone(self._zone()))
        marks = {one.person: _mark(one, instant) for one in spoken}
        for card in following:
            mark = marks.get(card.identity.person)
            if mark is not None and mark != card.presence_told:
                card.presence_told = mark
                card.offer(PRESENCE)


def _mark(spoken: Spoken, instant: Instant) -> Mark:
    stands = said(spoken.manual, absence_at(spoken.away, instant.at), spoken.hours_at(instant), instant)
    return spoken.state, spoken.reason, spoken.return_at, stands
