"""Asks Yandex Metrica a few times a day how many calls it counts by line, for the proof beside our own figures."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from calltracking.exports.conversion import Request, Target
from calltracking.exports.metrica import JOIN_SECONDS
from calltracking.exports.metrica_counts import counts_request, read_counts
from calltracking.exports.sending import NoAnswer, Sender
from calltracking.exports.store import SQL, find_destination, target_of
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.errors import NotFound
from trunkline.log import get_logger

log = get_logger(__name__)

_EVERY: Final = timedelta(hours=6)
_BACK: Final = timedelta(seconds=JOIN_SECONDS)
"""What is older changes no more: nothing is joined to a visit of then."""


async def count_calls(pool: Pool, box: SecretBox, sender: Sender, zone: ZoneInfo, now: datetime) -> bool:
    """Ask of one destination whose turn it is; False where there is none."""
    identifier = await pool.fetchval(SQL["claim_counting"], now - _EVERY, now)
    if identifier is None:
        return False
    first, last = (now - _BACK).astimezone(zone).date(), now.astimezone(zone).date()
    try:
        counts = await _counts(pool, box, sender, identifier, first, last)
    except (NotFound, WrongKey, NoAnswer, ValueError) as error:
        log.warning("calls_not_counted", destination=str(identifier), error=str(error))
        return True
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL["forget_counts"], identifier, first, last)
        days, numbers = [day for day, _ in counts], [number for _, number in counts]
        await connection.execute(SQL["keep_counts"], identifier, days, numbers, list(counts.values()))
    return True


async def _counts(
    pool: Pool, box: SecretBox, sender: Sender, identifier: UUID, first: date, last: date
) -> Mapping[tuple[date, str], int]:
    async with pool.acquire() as connection:
        place = await find_destination(connection, identifier)
        target = await target_of(connection, box, place, "")

    def build(target: Target) -> Request:
        return counts_request(target, first, last)

    answer = await sender.ask(place.exporter, target, build)
    if not answer.good:
        raise ValueError(f"HTTP {answer.status}")
    return read_counts(answer.body, place.goal)
