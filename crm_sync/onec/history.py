"""Asks a base's own HTTP service for its history: `GET {base}/{history}/history?since=2017-01-01&limit=500&after=…`.

It answers `{"rows": […], "next": "…"}`: rows of the contract, and where the next page goes on; null: that was all. The
page that is asked for is kept with the rows of the one before.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import msgspec

from crm_sync.connector import Connector
from crm_sync.onec.asking import Bases
from crm_sync.onec.base import Base
from crm_sync.onec.contract import BOM, MOST_ROWS, Answer, Row, Verdict, read_row
from crm_sync.onec.odata import Strange
from crm_sync.onec.places import HISTORY, move, place_of
from crm_sync.onec.saving import Saving
from crm_sync.onec.sparing import save_sparing
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.notjson import NOT_JSON
from trunkline.web.i18n import gettext as _

log = get_logger(__name__)

_AGAIN: Final = timedelta(days=2)
"""So much before the last reading began is asked for anew."""
_LONGEST: Final = 300


class _Page(msgspec.Struct):
    rows: list[Any]
    next: str | None = None


async def read_history(pool: Pool, bases: Bases, known: Connector, base: Base, zone: ZoneInfo, until: datetime) -> bool:
    """What the time until then allows; whether there is more. Raises Refused, Strange, Moved."""
    while bases.now < until:
        async with pool.acquire() as connection:
            place = await place_of(connection, known, HISTORY)
        if not place.is_due(bases.now):
            return False
        since = max(base.since, (place.whole_at - _AGAIN).date()) if place.whole_at else base.since
        told = await bases.get(known, query_of(base, place.place, since))
        rows, wrong, onward = _read(told.body, place.place)
        async with pool.acquire() as connection, connection.transaction():
            answers = await save_sparing(Saving(base.source, zone.key), connection, rows)
            wrong += [one for one in answers if one.verdict is Verdict.REFUSED]
            await move(connection, known, place, onward, len(rows), len(wrong), bases.now)
        for one in wrong[:3]:
            log.warning("onec_row_refused", connector=known.name, id=one.id, field=one.field, why=one.words)
    return True


def query_of(base: Base, after: str, since: date) -> str:
    """What is asked for behind the base's address."""
    said = {"since": since.isoformat(), "limit": str(MOST_ROWS)} | ({"after": after} if after else {})
    return f"{base.history}/history?{urlencode(said, quote_via=quote)}"


def _read(body: bytes, asked: str) -> tuple[list[Row], list[Answer], str | None]:
    """Raises Strange, also where it goes on where it was."""
    try:
        page = msgspec.json.decode(body.removeprefix(BOM), type=_Page)
    except NOT_JSON as error:
        words = _("1C answered with something that is no history: it must be {rows: […], next: …}")
        raise Strange(words) from error
    onward = page.next or None
    if onward is not None and (onward == asked or len(onward) > _LONGEST or "\0" in onward):
        raise Strange(_("«next» of the history must be another one for each page, of at most 300 characters"))
    read = [read_row(one, place) for place, one in enumerate(page.rows, start=1)]
    return (
        [one for one in read if isinstance(one, Row)],
        [one for one in read if isinstance(one, Answer)],
        onward,
    )
