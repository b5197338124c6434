"""The rules of the missed-call list: one row that people change, read again within seconds where calls are counted."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime, tzinfo
from typing import Final

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.directory.calendar import is_country
from trunkline.errors import InvalidInput, Mistake
from trunkline.missed.promise import MissedRules, Rules
from trunkline.people.audit import Actor, Deed, difference, record
from trunkline.web.i18n import gettext as _

KEPT_SECONDS: Final = 15.0
"""How long a reader of many calls goes by what it read."""
_SQL: Final = load_queries("trunkline.missed", "rules.sql")

RulesOf = Callable[[Connection], Awaitable[Rules]]
"""Gives the rules in force."""


class KeptRules:
    """The rules in force, for who counts every call: read again after some seconds, not at every call."""

    def __init__(self, zone: tzinfo, clock: Callable[[], float] = time.monotonic) -> None:
        self._zone = zone
        self._clock = clock
        self._rules = Rules()
        self._read_at: float | None = None

    async def __call__(self, connection: Connection) -> Rules:
        """What was read last, where that is fresh enough."""
        now = self._clock()
        if self._read_at is None or now - self._read_at >= KEPT_SECONDS:
            self._rules = (await read_rules(connection)).in_zone(self._zone)
            self._read_at = now
        return self._rules


async def usual_rules(_connection: Connection) -> Rules:
    """Those of a company that has set none, in UTC."""
    return Rules()


async def read_rules(connection: Connection) -> MissedRules:
    """The rules in force."""
    row = await connection.fetchrow(_SQL["read_rules"])
    return MissedRules(**dict(row) | {"hours": tuple(row["hours"])}) if row else MissedRules()


async def save_rules(connection: Connection, rules: MissedRules, actor: Actor, now: datetime) -> None:
    """Put checked rules in force, told to the audit log; call it in a transaction."""
    await connection.execute(_SQL["hold_rules"])
    was, became = (msgspec.to_builtins(one) for one in (await read_rules(connection), rules))
    before, after = difference(was, became)
    if after:
        await connection.execute(
            _SQL["save_rules"],
            rules.promise_minutes,
            list(rules.hours),
            rules.country,
            rules.short_seconds,
            rules.answer_seconds,
            rules.aged_days,
        )
        await record(connection, actor, Deed("missed.rules_changed", "missed", "rules", before, after), now)


async def refuse_unknown_country(connection: Connection, country: str) -> None:
    """Raises InvalidInput where neither an imported calendar nor the public holidays of `country` are known."""
    if not is_country(country) and not await connection.fetchval(_SQL["has_calendar"], country):
        raise InvalidInput(Mistake("country", _("no calendar of this country is known: e.g. RU, KZ or BY")))
