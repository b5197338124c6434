"""`/crm/hooks/{connector}/{secret}/{entity}` on the public listener: records a home-made CRM gives by itself.

Answered once they are committed, with what became of each row that did not go in whole; the same post again changes
nothing, so that whoever lost the answer posts again.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from crm_sync.connector import Connector
from crm_sync.generic.payload import Unreadable, document_of, rows_of
from crm_sync.generic.reading import READABLE, Entity
from crm_sync.generic.store import mapping_of
from crm_sync.generic.taking import Taken, take
from crm_sync.hooks import connector_of
from crm_sync.store import find_connector
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, NotFound, Overloaded
from trunkline.keys import pool_key, settings_key
from trunkline.web.body import json_answer
from trunkline.web.receiving import BodyFault, receive

_LARGEST_BODY: Final = 1 << 20
_BODY_SECONDS: Final = 10.0
_AT_ONCE: Final = 3
_BUSY: Final = {"Retry-After": "5"}
_turns_key = web.AppKey("crm_records_turns", asyncio.Semaphore)


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.post("/crm/hooks/{connector}/{secret}/{entity}", hear)]


async def records_context(app: web.Application) -> AsyncIterator[None]:
    """So many at once, for each takes a connection of the database."""
    app[_turns_key] = asyncio.Semaphore(_AT_ONCE)
    yield


async def hear(request: web.Request) -> web.Response:
    """`POST` JSON, CSV or a form: 200 with verdicts; 404, 413, 422 and 503 with the reason as `error`."""
    identifier = connector_of(request)
    try:
        taken = await _taken(request, identifier)
    except web.HTTPRequestEntityTooLarge:
        return _refused(413, f"is longer than {_LARGEST_BODY} bytes: send fewer records at a time")
    except BodyFault as fault:
        return _refused(fault.status, fault.reason)
    except Overloaded as error:
        return _refused(503, str(error))
    except NotFound as error:
        return _refused(404, str(error))
    except (Unreadable, InvalidInput) as error:
        return _refused(422, str(error))
    answer = msgspec.to_builtins(taken)
    del answer["ids"]
    return json_answer(answer)


async def _taken(request: web.Request, identifier: UUID) -> Taken:
    name, turns = request.match_info["entity"], request.app[_turns_key]
    if name not in READABLE:
        raise NotFound(f"{name[:40]!r} is none of {', '.join(READABLE)}")
    length = request.content_length or 0
    if length > _LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(_LARGEST_BODY, length)
    if turns.locked():
        raise Overloaded("others are being taken: try again in some seconds")
    async with turns:
        body = await receive(request.clone(client_max_size=_LARGEST_BODY), _BODY_SECONDS)
        document = document_of(request.headers.get("Content-Type", ""), body)
        async with request.app[pool_key].acquire() as connection, connection.transaction():
            known = await find_connector(connection, identifier)
            entity = await _entity(connection, known, name)
            zone = ZoneInfo(request.app[settings_key].web.timezone)
            return await take(connection, known, name, entity, rows_of(document, entity), zone)


async def _entity(connection: Connection, known: Connector, name: str) -> Entity:
    """How the mapping reads it; raises NotFound."""
    if known.kind != "generic":
        raise NotFound("this CRM is asked by us, it gives nothing by itself")
    entity = (await mapping_of(connection, known.id)).entities.get(name)
    if entity is None:
        raise NotFound(f"the mapping of this CRM reads no {name}")
    return entity


def _refused(status: int, why: str) -> web.Response:
    answer = json_answer({"error": why}, status)
    if status == 503:
        answer.headers.update(_BUSY)
    if status in {413, 503}:
        answer.force_close()  # of what is left of the body nobody reads on
    return answer
