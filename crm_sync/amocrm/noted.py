"""What an account has of our calls: notes with our ids of them, and unsorted leads, for a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from crm_sync.amocrm.account import SCAN, Accounts, Refused
from crm_sync.amocrm.call import LEADS, UNSORTED
from crm_sync.amocrm.matching import Entity, rows_of, told_entity
from crm_sync.amocrm.news import told_again
from crm_sync.amocrm.paging import PAGE, next_page, page_of
from crm_sync.amocrm.wire import UNKNOWN_HERE, Query
from crm_sync.connector import Connector
from crm_sync.reconciliation import Named, Ours, Theirs
from trunkline.outbox.event import NewEvent

_NOTES: Final = "notes"
_CALLS: Final[Query] = [("filter[note_type][0]", "call_in"), ("filter[note_type][1]", "call_out")]
_MOST_PAGES: Final = 400
"""Of unsorted leads: 100,000."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Of any account; all methods raise Refused and Strange."""

    accounts: Accounts

    async def began_within(
        self, known: Connector, ours: Sequence[Ours], since: datetime, _until: datetime
    ) -> list[Theirs]:
        """Notes by what they are on, by when they were written: no call is noted before it begins.

        A call that is noted nowhere may be an unsorted lead still; one that is both counts once.
        """
        entities = [told_entity(one.entity) or Entity(LEADS, 0) for one in ours]
        found: list[Theirs] = []
        for kind in sorted({entity.kind for entity in entities}):
            found += await self._notes(known, kind, int(since.timestamp()))
        noted = {one.external for one in found}
        if any(str(one.call_id) not in noted for one in ours):
            unsorted = await self._unsorted(known, int(since.timestamp()))
            found += [one for one in unsorted if one.external not in noted]
        return found

    async def of_calls(self, known: Connector, calls: Sequence[Ours]) -> Named:
        """Those that are on what they were told to belong to; what is there no more took its notes with it."""
        there: list[Theirs] = []
        gone: set[UUID] = set()
        for one in calls:
            entity = told_entity(one.entity)
            if entity is None:
                continue  # an unsorted lead that is none any more: whoever tells it again looks for it
            query: Query = [*_CALLS, ("order[updated_at]", "desc"), ("limit", PAGE)]
            try:
                result = await self.accounts.read(known, f"{entity.kind}/{entity.id}/{_NOTES}", query, lane=SCAN)
            except Refused as refused:
                if not refused.says(UNKNOWN_HERE):
                    raise
                gone.add(one.call_id)
            else:
                there += _ours_of(entity.kind, rows_of(result, _NOTES), entity.id)
        return Named(there, frozenset(gone))

    def again(self, row: Mapping[str, Any]) -> NewEvent:
        """Its delivery looks for it before it is sent."""
        return told_again(row)

    async def _notes(self, known: Connector, kind: str, since: int) -> list[Theirs]:
        found: list[Theirs] = []
        cursor: int | None = 0
        while cursor is not None:
            query: Query = [*page_of(since, cursor), *_CALLS]
            result = await self.accounts.read(known, f"{kind}/{_NOTES}", query, lane=SCAN)
            rows = rows_of(result, _NOTES)
            found += _ours_of(kind, rows)
            cursor, _last = next_page(result, rows, since, cursor)
        return found

    async def _unsorted(self, known: Connector, since: int) -> list[Theirs]:
        """The newest first, back to those of `since`."""
        found: list[Theirs] = []
        for page in range(1, _MOST_PAGES):
            query: Query = [("filter[category][0]", "sip"), ("order[created_at]", "desc"), ("limit", PAGE)]
            result = await self.accounts.read(known, "leads/unsorted", [*query, ("page", page)], lane=SCAN)
            rows = rows_of(result, UNSORTED)
            found += [told for row in rows if (told := _unsorted_of(row)) is not None]
            last = rows[-1].get("created_at") if rows else None
            if len(rows) < PAGE or not isinstance(last, int) or last < since:
                break
        return found


def _ours_of(kind: str, rows: Sequence[Mapping[str, Any]], entity: int = 0) -> list[Theirs]:
    """Of notes those of our calls; other programs have ids of their own."""
    found = []
    for row in rows:
        params = row.get("params")
        uniq = params.get("uniq") if isinstance(params, dict) else None
        where = row.get("entity_id") or entity
        if _is_ours(uniq) and isinstance(where, int):
            found.append(Theirs(f"note {row.get('id')}", str(uniq), str(Entity(kind, where))))
    return found


def _unsorted_of(row: Mapping[str, Any]) -> Theirs | None:
    uid = row.get("source_uid")
    if not _is_ours(uid):
        return None
    leads = rows_of(row, LEADS)
    lead = leads[0].get("id") if leads else None
    return Theirs(f"unsorted {row.get('uid')}", str(uid), str(Entity(LEADS, lead)) if isinstance(lead, int) else "")


def _is_ours(uniq: object) -> bool:
    try:
        return isinstance(uniq, str) and str(UUID(uniq)) == uniq
    except ValueError:
        return False
