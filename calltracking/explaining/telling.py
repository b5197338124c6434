"""Who is told what explained a call once it is over: webhooks and exports, in the transaction of its last step."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from calltracking.exports.telling import tell_calls
from trunkline.calls.announce import Announcement, News
from trunkline.calls.attribution import Attribution
from trunkline.calls.detail import moment
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.webhooks import store as webhooks

_SQL: Final = load_queries("calltracking.explaining")
EVENT: Final = "call.attributed"
_OF_CALL: Final = (
    *("call_id", "pbx", "direction", "client", "dialled", "started_at", "answered_at", "ended_at", "outcome"),
    *("talk_seconds",),
)


async def tell_explained(connection: Connection, news: Sequence[Announcement]) -> frozenset[str]:
    """Announce the calls of `news` that are over and explained; returns the topics to wake after the commit."""
    over = {one.call_id: one for one in news if one.news is News.ENDED}
    if not over:
        return frozenset()
    rows = await connection.fetch(_SQL["explained"], list(over))
    found = [msgspec.convert(dict(row), Attribution, strict=False) for row in rows]
    await tell_calls(connection, [(one, over[one.call_id].payload) for one in found])
    told = await webhooks.announce(connection, [_announced(one, over[one.call_id]) for one in found])
    return frozenset({OUTBOX_WAKE}) if told else frozenset()


def _announced(found: Attribution, ended: Announcement) -> webhooks.Announcement:
    return webhooks.Announcement(
        EVENT,
        f"call:{found.call_id}",
        f"{EVENT}:{found.call_id}",
        moment(ended.at),
        told_of(found, ended.payload),
    )


def told_of(found: Attribution, call: Mapping[str, Any]) -> dict[str, Any]:
    """The call's figures, and what explains it."""
    explained: dict[str, Any] = msgspec.to_builtins(found)
    figures = {name: call[name] for name in _OF_CALL if name in call}
    return figures | {"attribution": {name: explained[name] for name in explained if name not in figures}}
