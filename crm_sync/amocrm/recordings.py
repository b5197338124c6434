"""Delivers links to recordings: each is written into the note that the account has of the call.

A note may be edited (the vendor's `PATCH …/notes`), and the same edit again changes nothing: what was sent without an
answer is sent again. The link is made once, and found again for every try.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from crm_sync.amocrm.account import SCAN, Accounts, Refused
from crm_sync.amocrm.matching import Entity, rows_of, told_entity
from crm_sync.amocrm.news import RECORD
from crm_sync.amocrm.store import SQL
from crm_sync.amocrm.wire import UNKNOWN_HERE, Query
from crm_sync.connector import Connector
from crm_sync.delivering import Untold, connector_of, outcome_of
from crm_sync.untold import LATER_SECONDS, NotYet, to_tell, wanted
from crm_sync.untold import SQL as RECORDS
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
from trunkline.recorded.port import Recorded, SoundGone

_DAY: Final = KindPolicy(max_attempts=300, time_limit=90.0, backoff_cap=300.0)
_RATE, _BURST = 1.0, 3.0
_LISTED: Final = 250
_KEPT: Final = ("uniq", "duration", "source", "phone", "call_result", "call_status", "call_responsible")
"""What a note has beside the link, as it was told (crm.md §3.2)."""


class AmocrmRecordDeliverer:
    """Delivers them to every account that is connected."""

    kinds: Mapping[str, KindPolicy] = {RECORD: _DAY}

    def __init__(self, accounts: Accounts, recorded: Recorded) -> None:
        self._accounts = accounts
        self._recorded = recorded

    def account(self, event: Event) -> Account:
        return Account(f"amocrm:{event.payload['account']}", _RATE, _BURST, reserve=SCAN)

    async def verify(self, _event: Event) -> Verdict:
        """A link that is written again takes its own place."""
        return Absent()

    async def deliver(self, event: Event) -> Outcome:
        return await outcome_of(self._told(event))

    async def _told(self, event: Event) -> Outcome:
        async with self._accounts.reach.pool.acquire() as connection:
            known = await connector_of(connection, event, event.payload["account"])
        return await self._tell(known, UUID(event.payload["call"]), UUID(event.payload["recording"]))

    async def _tell(self, known: Connector, call: UUID, recording: UUID) -> Outcome:
        pool, now = self._accounts.reach.pool, self._accounts.now
        state = wanted(await pool.fetchrow(SQL["record_state"], known.id, call))
        if state["finished_at"] is None:
            if state["waits"]:
                raise NotYet("that the call is over is still to be told", LATER_SECONDS)
            if state["given_up"]:
                words = "the account was not told that the call is over: that was given up, and comes first"
                return Failed(Fault(words, Sent.NO, refusal=Refusal.NEVER))
            raise Untold("nobody there was told of the call", is_usual=True)
        async with pool.acquire() as connection:
            one = to_tell(recording, await self._recorded.of_call(connection, call))
        entity = told_entity(state["entity"])
        note = await self._note(known, entity, call) if entity else None
        if entity is None or note is None:
            raise Untold("the note of the call is not there any more, or it is an unsorted lead without one")
        async with pool.acquire() as connection, connection.transaction():
            try:
                link = await self._recorded.link(connection, one.id, f"amoCRM: {known.name}", now)
            except SoundGone:
                raise Untold("the link to the recording was taken back; nothing was sent") from None
        if link is None:
            raise Untold("server.sites_url is empty: nobody outside could open a link to the recording")
        if note["params"].get("link") != link:
            await self._accounts.change(known, f"{entity.kind}/notes", [_edited(note, entity, link)])
        await pool.execute(RECORDS["record_told"], known.id, call, one.id, one.version, now)
        return Delivered(f"NOTE {note['id']}")

    async def _note(self, known: Connector, entity: Entity, call: UUID) -> dict[str, Any] | None:
        """That of the call, by our id of it; None where there is none any more."""
        query: Query = [
            ("filter[note_type][0]", "call_in"),
            ("filter[note_type][1]", "call_out"),
            ("order[updated_at]", "desc"),
            ("limit", _LISTED),
        ]
        try:
            result = await self._accounts.read(known, f"{entity.kind}/{entity.id}/notes", query)
        except Refused as refused:
            if refused.says(UNKNOWN_HERE):
                return None
            raise
        for row in rows_of(result, "notes"):
            params = row.get("params")
            if isinstance(params, dict) and params.get("uniq") == str(call) and isinstance(row.get("id"), int):
                return row
        return None


def _edited(note: Mapping[str, Any], entity: Entity, link: str) -> dict[str, Any]:
    """The vendor wants the whole of a note's parameters."""
    params = {name: note["params"][name] for name in _KEPT if note["params"].get(name) not in {None, ""}}
    return {
        "id": note["id"],
        "entity_id": note.get("entity_id") or entity.id,
        "note_type": note.get("note_type"),
        "params": params | {"link": link},
    }
