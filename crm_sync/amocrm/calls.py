"""A call in an account: a note on the entity it belongs to, or an unsorted lead; each try noted before it is made.

amoCRM knows no repeat by itself (crm.md §0.4): what was sent and not answered is looked for by our id of the call,
a minute later, before it is sent again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from crm_sync.amocrm.account import Accounts, Refused
from crm_sync.amocrm.call import UNSORTED, Ended, note_of, note_type, unsorted_of
from crm_sync.amocrm.clients import Clients
from crm_sync.amocrm.matching import Entity, rows_of, told_entity
from crm_sync.amocrm.people import People
from crm_sync.amocrm.store import SQL, CallThere
from crm_sync.amocrm.wire import UNKNOWN_HERE, Query
from crm_sync.answer import Bad
from crm_sync.connector import Connector
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.outbox.event import Fault, Sent

_SETTLES: Final = timedelta(seconds=60)
"""So long it may still be working on what it has not answered: asked earlier, it would not know of it."""
_APART: Final = timedelta(days=1)
"""What the clocks of both may differ by."""
_USER_FIELDS: Final = ("responsible_user_id", "created_by", "call_responsible")
_LISTED: Final = 250
NOBODY: Final = "nobody there has the number, and nothing is made of it: it was not written"


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls in every account; all methods raise Refused."""

    accounts: Accounts
    clients: Clients
    people: People

    async def tell(self, known: Connector, call: UUID, there: CallThere, told: Ended) -> tuple[str, str]:
        """What it belongs to there, and what somebody should know of that; both may be empty."""
        users = await self.people.whose(known, told.extensions)
        for again in (True, False):
            found = await self.clients.place(known, there.phone)
            if found is None:
                break
            try:
                await self._note(known, call, there, told, found.entity, users)
            except Refused as refused:
                if not (_is_gone(refused) and again):
                    raise
                # Deleted since it was found: whoever has the number now gets the call.
                await self.accounts.reach.pool.execute(SQL["forget_client"], known.id, there.phone)
            else:
                return str(found.entity), f"{found.others} more have this number" if found.others else ""
        if there.outgoing or not known.creates:
            return "", NOBODY
        return await self._unsorted(known, call, there, told, users), ""

    async def is_there(self, known: Connector, call: UUID, there: CallThere) -> bool:
        """Whether the account has what was sent to it without an answer; noted, either way."""
        assert there.tried_at is not None
        rest = (there.tried_at + _SETTLES - self.accounts.now).total_seconds()
        if rest > 0:
            words = "it was sent and not answered: amoCRM is asked in a minute whether it has it"
            # As if it had asked for that pause itself: of this call alone, and no attempt.
            raise Refused("GET v4/notes", Bad(Fault(words, Sent.NO, 429, retry_after=rest, alone=True)))
        entity = told_entity(there.entity)
        if entity is not None:
            found = entity if await self._has_note(known, call, there, entity) else None
        else:
            found = await self._unsorted_there(known, call, there)
        if found is None:
            await self.accounts.reach.pool.execute(SQL["call_absent"], known.id, call)
            return False
        await self._done(known, call, str(found))
        return True

    async def _note(
        self, known: Connector, call: UUID, there: CallThere, told: Ended, entity: Entity, users: Sequence[int | None]
    ) -> None:
        def made(user: int | None) -> dict[str, Any]:
            return note_of(call, there, told, entity.id, user)

        await self._send_by(users, made, known, call, f"{entity.kind}/notes", str(entity))
        await self._done(known, call, str(entity))

    async def _unsorted(
        self, known: Connector, call: UUID, there: CallThere, told: Ended, users: Sequence[int | None]
    ) -> str:
        """The lead that was made, and whose contact has the number from now on."""

        def made(user: int | None) -> dict[str, Any]:
            return unsorted_of(call, there, told, known.host, user)

        try:
            result = await self._send_by(users, made, known, call, "leads/unsorted/sip", UNSORTED)
        except Refused as refused:
            # The same twice is an error by one of the vendor's pages, and a tag by the other (crm.md §3.2).
            is_refused = classify(refused.bad.fault) is ErrorClass.PERMANENT
            entity = await self._listed(known, call, there) if is_refused else None
            if entity is None:
                raise
        else:
            entity = await self._made(known, there, rows_of(result, UNSORTED))
        told_as = str(entity or UNSORTED)
        await self._done(known, call, told_as)
        return told_as

    async def _send_by(
        self,
        users: Sequence[int | None],
        made: Callable[[int | None], dict[str, Any]],
        known: Connector,
        call: UUID,
        path: str,
        entity: str,
    ) -> Any:
        """By the first of `users` whom the account takes: who has left since is not named."""
        for place, user in enumerate(users):
            try:
                return await self._send(known, call, path, [made(user)], entity)
            except Refused as refused:
                if place + 1 == len(users) or not _blames_user(refused):
                    raise
        raise AssertionError("a call may be nobody's")

    async def _send(self, known: Connector, call: UUID, path: str, body: Any, entity: str) -> Any:
        """Once, noted before: what is answered with anything but silence leaves no doubt."""
        pool = self.accounts.reach.pool
        await pool.execute(SQL["call_tried"], known.id, call, entity, self.accounts.now)
        try:
            return await self.accounts.write(known, path, body)
        except Refused as refused:
            if classify(refused.bad.fault) is not ErrorClass.UNKNOWN:
                await pool.execute(SQL["call_absent"], known.id, call)
            raise

    async def _has_note(self, known: Connector, call: UUID, there: CallThere, entity: Entity) -> bool:
        """By our id of the call (crm.md §6.4)."""
        assert there.tried_at is not None
        query: Query = [
            ("filter[note_type][0]", note_type(there)),
            ("filter[updated_at][from]", int((there.tried_at - _APART).timestamp())),
            ("order[updated_at]", "desc"),
            ("limit", _LISTED),
        ]
        try:
            told = await self.accounts.read(known, f"{entity.kind}/{entity.id}/notes", query)
        except Refused as refused:
            if _is_gone(refused):
                return False
            raise
        return any(_uniq(row.get("params")) == str(call) for row in rows_of(told, "notes"))

    async def _unsorted_there(self, known: Connector, call: UUID, there: CallThere) -> Entity | None:
        """Unsorted still; or taken by somebody since, and noted with the contact or a lead of his."""
        listed = await self._listed(known, call, there)
        if listed is not None:
            return listed
        for entity in await self.clients.entities(known, there.phone):
            if await self._has_note(known, call, there, entity):
                return entity
        return None

    async def _listed(self, known: Connector, call: UUID, there: CallThere) -> Entity | None:
        query: Query = [("filter[category][0]", "sip"), ("order[created_at]", "desc"), ("limit", _LISTED)]
        rows = rows_of(await self.accounts.read(known, "leads/unsorted", query), UNSORTED)
        ours = [row for row in rows if str(call) in {row.get("source_uid"), _uniq(row.get("metadata"))}]
        return await self._made(known, there, ours) or Entity(UNSORTED, 0) if ours else None

    async def _made(self, known: Connector, there: CallThere, rows: Sequence[dict[str, Any]]) -> Entity | None:
        """The lead of an unsorted one; its contact is remembered."""
        for contact in rows_of(rows[0], "contacts") if rows else ():
            await self.clients.remember(known, there.phone, Entity("contacts", int(contact["id"])))
        leads = rows_of(rows[0], "leads") if rows else []
        return Entity("leads", int(leads[0]["id"])) if leads else None

    async def _done(self, known: Connector, call: UUID, entity: str) -> None:
        await self.accounts.reach.pool.execute(SQL["call_finished"], known.id, call, entity, self.accounts.now)


def _is_gone(refused: Refused) -> bool:
    """Whether the entity is not there any more."""
    return refused.says(UNKNOWN_HERE) or refused.says("entity_id")


def _blames_user(refused: Refused) -> bool:
    """Whether it does not take whom we named: he has left since."""
    return any(refused.says(name) for name in _USER_FIELDS)


def _uniq(params: Any) -> Any:
    return params.get("uniq") if isinstance(params, dict) else None
