"""The one read of the first steps, and what is kept of them: what somebody left out, and that all are over."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from redis.asyncio import Redis

from trunkline.alarms.alarm import AlarmRow, open_alarms
from trunkline.alarms.letter import in_one_line, told
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.lines.traffic import UNKNOWN_DAYS
from trunkline.pbx.hooks.port import Verdict
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.status.look import proofs
from trunkline.status.way_facts import MOST_COUNTED, Facts
from trunkline.web.i18n import gettext as _

_SQL: Final = load_queries("trunkline.status", "way.sql")
_ALARMS: Final = ("pbx.login:", "pbx.link:", "pbx.history:", "pbx.dialing:")
"""Those about the link to a PBX; others about PBXs are of what comes later."""


async def read_facts(connection: Connection, redis: Redis, now: datetime) -> Facts:
    """Everything the first steps are judged by; sentences of alarms in the reader's language."""
    since, unknown = lowest_id(now - timedelta(days=1)), lowest_id(now - timedelta(days=UNKNOWN_DAYS))
    row = await connection.fetchrow(_SQL["facts"], since, unknown, MOST_COUNTED, [*Verdict])
    assert row is not None
    found = dict(row)
    pbxs: list[dict[str, Any]] = found.pop("pbxs")
    linked = [pbx["id"] for pbx in pbxs if pbx["kind"] not in PROVIDERS]
    proved = await proofs(redis, linked)
    troubles = _troubles(await open_alarms(connection))
    told_of = [_pbx(pbx, proved or {}, troubles) for pbx in pbxs]
    left = await left_steps(connection)
    whole = {**found, "pbxs": told_of, "links_known": proved is not None, "left": left}
    return msgspec.convert(whole, Facts)


def _pbx(pbx: Mapping[str, Any], proved: Mapping[str, float | None], troubles: Mapping[str, str]) -> Mapping[str, Any]:
    at = proved.get(pbx["id"])
    heard = pbx["heard_at"] if at is None else datetime.fromtimestamp(at, UTC)
    return {**pbx, "verdict": pbx["verdict"] or "", "heard_at": heard, "trouble": troubles.get(pbx["id"], "")}


def _troubles(alarms: list[AlarmRow]) -> Mapping[str, str]:
    """The worst of each PBX: they come in this order, and the first one stays."""
    found: dict[str, str] = {}
    for alarm in alarms:
        if alarm.key.startswith(_ALARMS):
            found.setdefault(str(alarm.facts.get("pbx", "")), in_one_line(told(alarm.title, alarm.facts, _)))
    return found


async def left_steps(connection: Connection) -> frozenset[str]:
    """What was left out."""
    return frozenset(row["step"] for row in await connection.fetch(_SQL["left_steps"]))


async def leave(connection: Connection, step: str, person: UUID | None, now: datetime) -> None:
    """Leave a step out, or end them all; the first who did it stays."""
    await connection.execute(_SQL["leave_step"], step, now, person)


async def take_up(connection: Connection, step: str) -> None:
    """Back to what there is."""
    await connection.execute(_SQL["take_step_up"], step)
