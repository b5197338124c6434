"""The last of what a destination is told, as it would be sent now: nothing leaves."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from calltracking.exports.conversion import Conversion
from calltracking.exports.destination import KINDS, Destination
from calltracking.exports.payments import latest_payment
from calltracking.exports.store import target_of
from calltracking.exports.telling import latest
from calltracking.exports.whys import why_words
from trunkline.crypto import WrongKey
from trunkline.db.types import Connection
from trunkline.keys import secret_box_key, settings_key
from trunkline.people.pages.request import now


async def dry_run(
    request: web.Request, connection: Connection, known: Destination, newest: Mapping[str, Any] | None, since: UUID
) -> dict[str, str]:
    """The newest row, or else the last call, form or payment since an id, as it would be sent, or why it would not."""
    told = msgspec.convert(newest["payload"], Conversion) if newest else await _last(request, connection, known, since)
    if told is None:
        return {}
    if why := told.never or known.exporter.unfit(told, now().timestamp()):
        return {"subject": told.subject, "why": why_words(why)}
    link = request.app[settings_key].public_url
    try:
        target = await target_of(connection, request.app[secret_box_key], known, link)
        made = known.exporter.request(target, [told], "dry-run")
    except (WrongKey, ValueError) as error:
        return {"subject": told.subject, "why": str(error)}
    return {"subject": told.subject, "why": "", "request": made.shown, "body": made.body.decode("utf-8", "replace")}


async def _last(request: web.Request, connection: Connection, known: Destination, since: UUID) -> Conversion | None:
    if KINDS[known.kind].money:
        zone = ZoneInfo(request.app[settings_key].web.timezone)
        return await latest_payment(connection, zone, now())
    return await latest(connection, known.exporter.takes, since)
