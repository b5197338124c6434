"""A call in a portal: registered, shown to those it rings at, finished; each step noted in `crm_calls` as it is done.

What is repeated is known by that row; what the portal did and we did not hear of, by the portal's own statistics.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crm_sync.bitrix24.call import (
    FINISH,
    HIDE,
    REGISTER,
    SHOW,
    STATISTIC,
    Ended,
    complaints_of,
    entity_of,
    finish_params,
    register_params,
)
from crm_sync.bitrix24.finding import Owners
from crm_sync.bitrix24.owner import Entity, shared_by
from crm_sync.bitrix24.people import People
from crm_sync.bitrix24.portal import Portals, Refused
from crm_sync.bitrix24.wire import NO_USER, NOT_FOUND, Bad
from crm_sync.connector import Connector
from crm_sync.store import SQL, CallThere, call_there
from trunkline.db.types import Pool
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.outbox.event import Fault, Sent


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls in every portal; all methods raise Refused."""

    pool: Pool
    portals: Portals
    people: People
    owners: Owners

    async def register(
        self, known: Connector, call: UUID, there: CallThere, extensions: tuple[str, ...]
    ) -> tuple[str, str]:
        """The portal's id of the call, and what it complained of. Repeated within 30 minutes it is the same."""
        user = there.user_id
        if user is None:
            user = await self.people.whose(known, extensions)
        seated = await self._seated(known, there)
        entity, others = await self.owners.of_call(known, there)
        told, user = await self._registered(known, call, there, user, seated, entity)
        remote = told.get("CALL_ID") if isinstance(told, dict) else None
        if not isinstance(remote, str):
            raise Refused(REGISTER, Bad(Fault("the portal registered the call and gave it no id", Sent.MAYBE)))
        # A try whose answer was lost may have opened his card, whoever is in the call by now.
        shown = [user] if user in seated or there.user_id is not None else []
        await self.pool.execute(SQL["call_registered"], known.id, call, remote, self._now(), entity_of(told), shown)
        complaint = "; ".join(filter(None, (complaints_of(told), shared_by(others))))
        return remote, complaint

    async def show(self, known: Connector, call: UUID, there: CallThere) -> int:
        """Open the card before those who are in the call now, close it before the others; who then sees it."""
        shown, wanted = set(there.shown), await self._seated(known, there)
        for method, users in ((HIDE, shown - wanted), (SHOW, wanted - shown)):
            if users:
                await self.portals.ask(known, method, {"CALL_ID": there.remote_id, "USER_ID": sorted(users)})
                shown = shown - users if method == HIDE else shown | users
                await self.pool.execute(SQL["call_shown"], known.id, call, sorted(shown))
        return len(shown)

    async def finish(self, known: Connector, call: UUID, there: CallThere, told: Ended) -> tuple[str, str]:
        """What it belongs to in the portal, and what that complained of; registers it where that was not done."""
        complaint = ""
        if there.remote_id is None:
            _, complaint = await self.register(known, call, there, told.extensions)
        try:
            result = await self._finished(known, call, told)
        except Refused as refused:
            if not refused.says(NOT_FOUND):
                raise
            if await self.has_ended(known, call, await self._there(known, call)):
                return "the portal had it", complaint
            # It has forgotten that the call began: within 30 minutes it knows our id again, later it is a new one.
            await self.pool.execute(SQL["call_forgotten"], known.id, call)
            _, complaint = await self.register(known, call, await self._there(known, call), told.extensions)
            result = await self._finished(known, call, told)
        await self._note_end(known, call, result)
        return entity_of(result) or "no one's", "; ".join(filter(None, (complaint, complaints_of(result))))

    async def has_ended(self, known: Connector, call: UUID, there: CallThere) -> bool:
        """Whether the portal's statistics have it, by its own id, else by ours of it; noted then."""
        asked = {"CALL_ID": there.remote_id} if there.remote_id else {"EXTERNAL_CALL_ID": str(call)}
        told = (await self.portals.ask(known, STATISTIC, {"FILTER": asked})).result
        rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
        if not rows:
            return False
        if there.remote_id is None and isinstance(remote := rows[0].get("CALL_ID"), str) and remote:
            await self.pool.execute(SQL["call_registered"], known.id, call, remote, self._now(), entity_of(rows[0]), [])
        await self._note_end(known, call, rows[0])
        return True

    async def _registered(
        self,
        known: Connector,
        call: UUID,
        there: CallThere,
        user: int | None,
        seated: set[int],
        entity: Entity | None,
    ) -> tuple[Any, int]:
        """For `user`, or the one whom such calls are for where he has left; noted first, for a repeat must be alike."""
        if user is None:
            words = (
                "nobody of the portal is named for calls of people it does not know: choose one on the page of the CRM"
            )
            raise Refused(REGISTER, Bad(Fault(words, Sent.NO, code="auth_failed")))
        try:
            return await self._register_for(known, call, there, user, seated, entity), user
        except Refused as refused:
            other = await self.people.fallback(known)
            if not refused.says(NO_USER) or other is None or other == user:
                raise
            # Nothing was done for the first.
            return await self._register_for(known, call, there, other, seated, entity), other

    async def _register_for(
        self, known: Connector, call: UUID, there: CallThere, user: int, seated: set[int], entity: Entity | None
    ) -> Any:
        """Of nobody where the portal does not take whose it is: the mirror knows a while whom it has deleted."""
        if user != there.user_id:
            await self.pool.execute(SQL["call_is_for"], known.id, call, user)
        for owner in dict.fromkeys((entity, None)):
            shows = user in seated
            params = register_params(call, there, user=user, creates=known.creates, shows=shows, entity=owner)
            try:
                return (await self.portals.ask(known, REGISTER, params)).result
            except Refused as refused:
                is_permanent = classify(refused.bad.fault) is ErrorClass.PERMANENT
                if owner is None or not is_permanent or refused.says(NO_USER):
                    raise
        raise AssertionError("the last try is nobody's")

    async def _finished(self, known: Connector, call: UUID, told: Ended) -> Any:
        """By the first of those whose call it was that the portal still knows."""
        there = await self._there(known, call)
        user = await self.people.whose(known, told.extensions)
        users = _named(user, there.user_id, await self.people.fallback(known))
        for place, one in enumerate(users):
            try:
                return (await self.portals.ask(known, FINISH, finish_params(there.remote_id or "", one, told))).result
            except Refused as refused:
                if not refused.says(NO_USER) or place + 1 == len(users):
                    raise
        raise AssertionError("a call is registered for somebody")

    async def _note_end(self, known: Connector, call: UUID, result: Any) -> None:
        activity = result.get("CRM_ACTIVITY_ID") if isinstance(result, dict) else None
        await self.pool.execute(
            SQL["call_finished"], known.id, call, self._now(), str(activity or "")[:50], entity_of(result)
        )

    async def _seated(self, known: Connector, there: CallThere) -> set[int]:
        """Who in the portal is in the call now; who is not known there has no card."""
        if not there.goes_on:
            return set()
        return {row["user_id"] for row in await self.pool.fetch(SQL["users_of"], known.id, there.seats)}

    async def _there(self, known: Connector, call: UUID) -> CallThere:
        async with self.pool.acquire() as connection:
            return await call_there(connection, known.id, call)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.portals.clock(), UTC)


def _named(*users: int | None) -> list[int]:
    """Each once, in their order."""
    return list(dict.fromkeys(user for user in users if user is not None))
