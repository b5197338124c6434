"""What explains each call, written in the transaction of the step that tells of it.

Read when the call begins, so that who picks up sees where the caller comes from; where nothing explained it then, again
when it is over: a page may have been on its way.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from calltracking.attribution.evidence import LINK_AT
from calltracking.explaining.candidate import Candidate, Told
from calltracking.explaining.homes import Homes
from calltracking.explaining.ranking import Ranked, rank
from calltracking.explaining.telling import tell_explained
from trunkline.calls.announce import Announcement, News
from trunkline.calls.attribution import Attribution, Other, ToldBy
from trunkline.calls.attribution_store import keep_attributions
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.log import get_logger
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_SQL: Final = load_queries("calltracking.explaining")
_COUNTED: Final = frozenset((News.STARTED, News.ENDED, News.CORRECTED))
LOOKS_BACK: Final = timedelta(days=7)
"""A number seen longer ago explains nothing any more."""
_MOST_CANDIDATES: Final = 50
_MOST_OTHERS: Final = 5
_LEAST_OTHER: Final = 0.01


async def attribute_calls(
    connection: Connection, news: Sequence[Announcement], zone: ZoneInfo, homes: Homes
) -> frozenset[str]:
    """Attribute the calls of `news`; `zone` says on which day a number told what. Returns topics to wake.

    A fault of ours costs the attribution, never the story.
    """
    try:
        async with connection.transaction():
            await _attribute(connection, news, zone, homes)
            await _attribute_called_back(connection, news)
            return await tell_explained(connection, news)
    except DATABASE_TROUBLE:
        raise  # the whole batch is tried again
    except Exception:
        log.exception("calls_not_attributed", calls=len(news))
        return frozenset()


async def _attribute(connection: Connection, news: Sequence[Announcement], zone: ZoneInfo, homes: Homes) -> None:
    calls = {one.call_id: one.payload for one in news if one.news in _COUNTED and one.payload["direction"] == "in"}
    calls = {call_id: payload for call_id, payload in calls.items() if payload["dialled"]}
    if not calls:
        return
    begun = {call_id: datetime.fromisoformat(payload["started_at"]) for call_id, payload in calls.items()}
    told = await connection.fetch(
        _SQL["told_numbers"],
        [payload["dialled"] for payload in calls.values()],
        [begun[call_id].astimezone(zone).date() for call_id in calls],
        list(calls),
    )
    found: list[Attribution] = []
    for one in (Told(**row) for row in told):
        payload, at = calls[one.call_id], begun[one.call_id]
        if one.pool_id is None:
            found.append(of_number(one, payload["dialled"], payload["client"]))
        elif ranked := await _ranked(connection, one.call_id, payload["dialled"], payload["client"], at, homes):
            found.append(of_visits(one.call_id, payload["dialled"], payload["client"], ranked))
    await keep_attributions(connection, found)


async def _attribute_called_back(connection: Connection, news: Sequence[Announcement]) -> None:
    """Our calls to those who asked for them on a site: the visit they asked in is known."""
    calls = [one.call_id for one in news if one.news in _COUNTED and one.payload["direction"] != "in"]
    if calls:
        rows = await connection.fetch(_SQL["called_back"], calls)
        await keep_attributions(
            connection, [Attribution(**dict(row), told_by=ToldBy.VISIT, confidence=1.0) for row in rows]
        )


async def _ranked(
    connection: Connection, call_id: UUID, number: str, client: str, at: datetime, homes: Homes
) -> list[Ranked]:
    since = lowest_id(at - LOOKS_BACK)
    rows = await connection.fetch(_SQL["candidates"], number, at, since, _MOST_CANDIDATES, call_id, LINK_AT)
    candidates = [Candidate(**row) for row in rows]
    if not candidates:
        return []
    linked = await connection.fetch(_SQL["linked"], client, call_id, LINK_AT) if client else []
    visitors = frozenset(row["visitor"] for row in linked)
    placed = any(one.region for one in candidates)
    return rank(candidates, at, client, visitors, await homes.of(connection, client, at.date()) if placed else None)


def of_number(told: Told, number: str, client: str) -> Attribution:
    """A number that stands in one place explains its calls by itself."""
    return Attribution(
        told.call_id,
        number,
        client,
        ToldBy.NUMBER,
        1.0,
        site=told.site,
        channel=told.channel,
        source=told.source,
        campaign=told.campaign,
    )


def of_visits(call_id: UUID, number: str, client: str, ranked: Sequence[Ranked]) -> Attribution:
    """The likeliest visit, with the others that are likely at all beside it."""
    (first, confidence, reasons), *others = ranked
    return Attribution(
        call_id,
        number,
        client,
        ToldBy.VISIT,
        confidence,
        first.visit_id,
        first.visitor,
        first.site,
        first.channel,
        first.source,
        first.medium,
        first.campaign,
        first.term,
        first.landing,
        tuple(_others(others)),
        reasons,
    )


def _others(ranked: Iterable[Ranked]) -> list[Other]:
    likely = [one for one in ranked if one.confidence >= _LEAST_OTHER][:_MOST_OTHERS]
    return [
        Other(
            one.candidate.visit_id, one.candidate.channel, one.candidate.source, one.candidate.campaign, one.confidence
        )
        for one in likely
    ]
