"""Delivers issues and comments: each once, for what may be there already is looked for before it is sent again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import asyncpg

from crm_sync.answer import Refused
from crm_sync.tracker.client import Tracker, Way
from crm_sync.tracker.store import COMMENT, ISSUE, SQL, find_tracker
from crm_sync.tracker.wire import CONFLICT, mark_of, marked
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.outbox.event import (
    Absent,
    Account,
    Delivered,
    Event,
    Failed,
    Fault,
    KindPolicy,
    Outcome,
    Refusal,
    Sent,
    Verdict,
)

_A_SECOND: Final = 5.0
"""Requests; the tracker publishes no number."""
GONE: Final = "the tracker was removed, or is another one now; nothing was sent"
NOT_MADE: Final = "its issue was given up: send that again first"
_ALONE: Final = frozenset({403, 404})
"""What is one queue's or issue's, not the whole tracker's."""


@dataclass(frozen=True, slots=True)
class _Here:
    way: Way
    queue: str
    issue: asyncpg.Record


class TrackerDeliverer:
    """The company's tracker."""

    kinds: Mapping[str, KindPolicy] = {
        ISSUE: KindPolicy(max_attempts=12, time_limit=40.0),
        COMMENT: KindPolicy(max_attempts=12, time_limit=40.0),
    }

    def __init__(self, pool: Pool, box: SecretBox, tracker: Tracker) -> None:
        self._pool = pool
        self._box = box
        self._tracker = tracker

    def account(self, event: Event) -> Account:
        return Account(account_of(event.stream), _A_SECOND, _A_SECOND)

    async def verify(self, event: Event) -> Verdict:
        try:
            here = await self._here(event)
            if here is None:
                return Delivered(warning=GONE)
            if event.kind == ISSUE:
                return await self._found(here) or Absent()
            return await self._commented(here, UUID(event.payload["comment"])) or Absent()
        except Refused as refused:
            return _failed(refused)

    async def deliver(self, event: Event) -> Outcome:
        try:
            here = await self._here(event)
            if here is None:
                return Delivered(warning=GONE)
            return await (self._make(here) if event.kind == ISSUE else self._comment(here, event))
        except Refused as refused:
            return _failed(refused)

    async def _here(self, event: Event) -> _Here | None:
        async with self._pool.acquire() as connection:
            tracker = await find_tracker(connection)
            issue = await connection.fetchrow(SQL["issue"], UUID(event.payload["issue"]))
        if tracker is None or issue is None or issue["tracker_id"] != tracker.id:
            return None
        try:
            return _Here(tracker.way(self._box), tracker.queue, issue)
        except WrongKey:
            words = "the tracker's token cannot be opened with this installation's key: connect it again"
            raise Refused("open", Fault(words, Sent.NO, code="auth_failed")) from None

    async def _make(self, here: _Here) -> Outcome:
        issue = here.issue
        try:
            made = await self._tracker.create(here.way, here.queue, issue["summary"], issue["description"], issue["id"])
        except Refused as refused:
            if refused.fault.status != CONFLICT:
                raise
            return await self._found(here) or _failed(refused)
        await self._pool.execute(SQL["issue_made"], issue["id"], made.key)
        return Delivered(made.key)

    async def _found(self, here: _Here) -> Delivered | None:
        found = await self._tracker.find(here.way, here.issue["id"])
        if found is None:
            return None
        await self._pool.execute(SQL["issue_made"], here.issue["id"], found.key)
        return Delivered(found.key)

    async def _comment(self, here: _Here, event: Event) -> Outcome:
        row = await self._pool.fetchrow(SQL["comment"], UUID(event.payload["comment"]))
        if row is None:
            return Delivered(warning=GONE)
        if here.issue["key"] is None:
            return Failed(Fault(NOT_MADE, Sent.NO, refusal=Refusal.NEVER))
        written = await self._tracker.comment(
            here.way, here.issue["key"], marked(row["text"], row["id"], row["author"])
        )
        await self._pool.execute(SQL["comment_is_there"], row["id"], str(written.id))
        return Delivered(str(written.id))

    async def _commented(self, here: _Here, comment: UUID) -> Delivered | None:
        if here.issue["key"] is None:
            return None
        for one in await self._tracker.comments(here.way, here.issue["key"]):
            if mark_of(one.text or "") == comment:
                await self._pool.execute(SQL["comment_is_there"], comment, str(one.id))
                return Delivered(str(one.id))
        return None


def account_of(stream: str) -> str:
    """As the outbox calls the tracker's: `tracker:<id>`."""
    return ":".join(stream.split(":")[:2])


def _failed(refused: Refused) -> Failed:
    """Rights in one queue, or an issue that was deleted, hold nothing else."""
    fault = refused.fault
    if fault.status in _ALONE and fault.refusal is Refusal.NEVER:
        fault = replace(fault, status=None)
    return Failed(fault, request=refused.method, answer=refused.said)
