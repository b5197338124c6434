"""The rules of leads: one row that people change; working time is that of the missed-call list."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Final

import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.leads.deciding import Opens
from trunkline.leads.tag_rules import list_tag_rules
from trunkline.leads.tagging import TagRule
from trunkline.missed.keep import days_between
from trunkline.missed.promise import Days, Rules, hours_on, moment_of, promised
from trunkline.missed.rules import KEPT_SECONDS
from trunkline.missed.rules import read_rules as read_missed_rules
from trunkline.people.audit import Actor, Deed, difference, record

_SQL: Final = load_queries("trunkline.leads", "rules.sql")


class LeadRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a company sets; minutes are of working time."""

    opens: Opens = Opens.ALL
    take_minutes: int = 15
    call_minutes: int = 60
    quiet_days: int = 7
    reopen_days: int = 14
    """A lead opened so soon after an earlier one was closed goes on with it; 0: none does."""
    stages: tuple[str, ...] = ()
    """Of the board, behind "new", in their order."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules as leads go by them, with the working time they count in."""

    rules: LeadRules = field(default_factory=LeadRules)
    working: Rules = field(default_factory=Rules)
    tags: Sequence[TagRule] = ()


LeadRulesOf = Callable[[Connection], Awaitable[InForce]]
"""Gives the rules in force."""


class KeptLeadRules:
    """The rules in force, for who counts every call: read again after some seconds, not at every call."""

    def __init__(self, zone: tzinfo, clock: Callable[[], float] = time.monotonic) -> None:
        self._zone = zone
        self._clock = clock
        self._rules = InForce()
        self._read_at: float | None = None

    async def __call__(self, connection: Connection) -> InForce:
        """What was read last, where that is fresh enough."""
        now = self._clock()
        if self._read_at is None or now - self._read_at >= KEPT_SECONDS:
            working = (await read_missed_rules(connection)).in_zone(self._zone)
            tags = [rule for rule in await list_tag_rules(connection) if rule.active]
            self._rules = InForce(await read_rules(connection), working, tags)
            self._read_at = now
        return self._rules


async def usual_lead_rules(_connection: Connection) -> InForce:
    """Those of a company that has set none, in UTC."""
    return InForce()


async def read_rules(connection: Connection) -> LeadRules:
    """The rules in force."""
    row = await connection.fetchrow(_SQL["read_rules"])
    return msgspec.convert(dict(row), LeadRules) if row else LeadRules()


async def save_rules(connection: Connection, rules: LeadRules, actor: Actor, now: datetime) -> None:
    """Put checked rules in force, told to the audit log; call it in a transaction."""
    await connection.execute(_SQL["hold_rules"])
    was, became = (msgspec.to_builtins(one) for one in (await read_rules(connection), rules))
    before, after = difference(was, became)
    if after:
        values = (
            rules.opens.value,
            rules.take_minutes,
            rules.call_minutes,
            rules.stages,
            rules.quiet_days,
            rules.reopen_days,
        )
        await connection.execute(_SQL["save_rules"], *values)
        await record(connection, actor, Deed("leads.rules_changed", "leads", "rules", before, after), now)


async def clocks_from(connection: Connection, since: datetime, rules: InForce) -> tuple[datetime, datetime]:
    """By when a lead that waits since then is to be taken, and to be called."""
    working = rules.working
    days = await days_between(connection, working, since, since) if working.week else Days({})
    take_by, call_by = (
        promised(since, replace(working, promise_minutes=minutes), days)
        for minutes in (rules.rules.take_minutes, rules.rules.call_minutes)
    )
    return take_by, call_by


async def is_working_time(connection: Connection, at: datetime, rules: InForce) -> bool:
    """Whether it is within the working time of missed calls; round the clock where nobody told hours."""
    working = rules.working
    if not any(working.week):
        return True
    days = await days_between(connection, working, at, at)
    day = at.astimezone(working.zone).date()
    return any(
        moment_of(day, opens, working.zone) <= at < moment_of(day, closes, working.zone)
        for opens, closes in hours_on(day, working.week, days)
    )
