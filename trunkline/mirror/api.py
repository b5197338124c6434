"""`/api/v1/mirror/{entity}`: records in, a thousand at a time; and out, newest first."""

from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.errors import Forbidden, InvalidInput, Mistake
from trunkline.keys import pool_key
from trunkline.mirror.imports import entity_named, import_records
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json

_MOST_RECORDS = 1000
_PAGE = 100


class Batch(msgspec.Struct):
    """What is posted."""

    source: str
    records: list[dict[str, str | int | float | bool | None]]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.post("/api/v1/mirror/{entity}", receive),
        web.get("/api/v1/mirror/{entity}", show),
    ]


async def receive(request: web.Request) -> web.Response:
    """`POST`: upsert records; answers what went in and what is wrong with the rest."""
    entity = entity_named(request.match_info["entity"])
    batch = await read_json(request, Batch)
    if len(batch.records) > _MOST_RECORDS:
        raise InvalidInput(Mistake("$.records", f"has {len(batch.records)} records; send {_MOST_RECORDS} at a time"))
    names = {field.name for field in entity.fields}
    records = []
    for number, record in enumerate(batch.records):
        if unknown := sorted(record.keys() - names):
            raise InvalidInput(
                Mistake(f"$.records[{number}].{unknown[0]}", f"no such field; there are {sorted(names)}")
            )
        records.append({name: "" if value is None else str(value) for name, value in record.items()})
    report = await import_records(request.app[pool_key], records, entity, batch.source)
    return json_answer(report)


async def show(request: web.Request) -> web.Response:
    """`GET ?cursor=`: a page of rows by id, newest first, and the cursor of the next."""
    entity = entity_named(request.match_info["entity"])
    if entity.reads not in signed_in(request).rights:
        raise Forbidden(f"{entity.name} need the right {entity.reads.value}")
    names = ", ".join(f't."{column}"' for column in ("id", "source", *entity.columns, "updated_at"))
    # Identifiers cannot be parameters; these are our own.
    rows = await request.app[pool_key].fetch(
        f"select {names} from {entity.name} t where $1::uuid is null or t.id < $1 order by t.id desc limit $2",  # noqa: S608
        _cursor(request),
        _PAGE,
    )
    last = str(rows[-1]["id"]) if len(rows) == _PAGE else None
    return json_answer({"items": [dict(row) for row in rows], "next": last})


def _cursor(request: web.Request) -> UUID | None:
    text = request.query.get("cursor")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise InvalidInput(Mistake("cursor", "must be the `next` of the page before")) from error
