"""What changed in a portal's CRM by its queue of offline events: one row for each object that changed (crm.md §2.5).

A row names an object and no more: it is read, and what a row calls deleted is taken out where the portal does not show
it either. Rows are reserved while they are worked on, and cleared once what they led to is kept; those that a process
which died had reserved are found in the list of the queue. Without the plan, the rights or an application there is no
queue: changes are looked for by their time then.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from crm_sync.answer import Later, Strange
from crm_sync.bitrix24.asking import Scan
from crm_sync.bitrix24.items import PAGE, named, refusal_of, told
from crm_sync.bitrix24.portal import Refused
from crm_sync.connector import Connector
from crm_sync.mirror import ENTITIES
from crm_sync.mirrors import SQL, noticed, places
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.web.i18n import gettext as _
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

_NAMES: Final[Mapping[str, str]] = {"COMPANY": "companies", "CONTACT": "contacts", "LEAD": "leads", "DEAL": "deals"}
_EVENTS: Final[Mapping[str, tuple[str, bool]]] = {
    f"ONCRM{name}{what}": (entity, what == "DELETE")
    for name, entity in _NAMES.items()
    for what in ("ADD", "UPDATE", "DELETE")
}
"""Each event's entity, and whether it says that the object is gone."""
_AGAIN: Final = timedelta(hours=1)
"""So old may be what is known of whether events are bound."""
_FOR_LONG: Final = frozenset({ErrorClass.AUTH, ErrorClass.BLOCKED, ErrorClass.PERMANENT})
_SHORT_PAGES: Final = 2
_LONG_PAGES: Final = 20
_BOUND: Final = "Handler already binded"
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


Fields = Callable[[str], Awaitable[Mapping[str, str]]]
"""The company's own fields of an entity (deal_fields)."""


@dataclass(slots=True)
class _Queue:
    """What this process knows of a portal's."""

    is_bound: bool = False
    asked_at: datetime = _LONG_AGO
    is_whole: bool = False
    """Whether nothing in it is reserved but what is worked on now."""
    is_long: bool = False
    faults: dict[str, str] = field(default_factory=dict)
    """Entities whose rows of this turn stay reserved, and why."""


@dataclass(frozen=True, slots=True)
class Offline:
    """Of any portal; one call at a time for each."""

    pool: Pool
    scan: Scan
    _queues: dict[UUID, _Queue] = field(default_factory=dict)

    async def follow(self, known: Connector, own: Fields) -> bool:
        """Whether the queue told of all changes. Raises Later."""
        queue = self._queues.setdefault(known.id, _Queue())
        queue.faults.clear()
        try:
            if not await self._is_bound(known, queue):
                return False
            for process in () if queue.is_whole else await self._left(known):
                await self._batch(known, queue, own, {"process_id": process})
            queue.is_whole = False
            await self._emptied(known, queue, own)
            queue.is_whole = not queue.faults
        except (Refused, Strange) as error:
            log.warning("crm_events_not_read", connector=known.name, error=str(error))
            if queue.is_bound or not (isinstance(error, Refused) and classify(error.bad.fault) in _FOR_LONG):
                queue.asked_at = _LONG_AGO  # looked at anew: somebody may have taken it back
            return False
        except (Later, *DATABASE_TROUBLE):
            raise
        except Exception:
            log.exception("crm_events_fault", connector=known.name)
            return False  # changes are found by their time all the same
        return queue.is_whole and not queue.is_long

    async def tell(self, known: Connector) -> None:
        """On the page, after what else was read: which entities' events wait, and why."""
        for entity, trouble in self._queues[known.id].faults.items() if known.id in self._queues else ():
            await self.pool.execute(SQL["in_trouble"], known.id, entity, trouble[:500], self._now())

    async def _emptied(self, known: Connector, queue: _Queue, own: Fields) -> None:
        """All rows, if there are not many more than a page of them; else their changes are faster found by their time.

        Of a long queue what was deleted is read alone, some pages a turn, until it is short again.
        """
        was_long = queue.is_long
        for _page in range(_LONG_PAGES if was_long else _SHORT_PAGES):
            if not await self._batch(known, queue, own, {}, deleted_alone=was_long):
                queue.is_long = False
                return
        queue.is_long = True

    async def _is_bound(self, known: Connector, queue: _Queue) -> bool:
        """Bind what is missing; looked at now and then, for somebody may have taken it back."""
        if known.by_webhook:
            return False
        if self._now() - queue.asked_at < _AGAIN:
            return queue.is_bound
        queue.asked_at, queue.is_bound = self._now(), False
        feature = (await self.scan.ask(known, "feature.get", {"CODE": "rest_offline_extended"})).result
        if not isinstance(feature, dict) or feature.get("value") != "Y":
            return False
        rows = (await self.scan.ask(known, "event.get", {})).result
        bound = {
            str(row.get("event", "")).upper()
            for row in (rows if isinstance(rows, list) else ())
            if isinstance(row, dict) and str(row.get("offline", 0)) == "1"
        }
        if missing := [event for event in _EVENTS if event not in bound]:
            await self._bind(known, missing)
        queue.is_bound = True
        return not missing  # what changed before they were bound is found by its time

    async def _bind(self, known: Connector, events: Sequence[str]) -> None:
        asked = {event: f"event.bind?event={event}&event_type=offline" for event in events}
        answer = (await self.scan.ask(known, "batch", {"halt": 0, "cmd": asked})).result
        errors = answer.get("result_error") if isinstance(answer, dict) else None
        for place, event in enumerate(asked):
            bad = refusal_of(errors, event, place)
            if bad is not None and _BOUND not in bad.said:
                raise Refused("event.bind", bad)

    async def _left(self, known: Connector) -> Sequence[str]:
        """Under which names somebody who died had reserved rows."""
        rows = (await self.scan.ask(known, "event.offline.list", {"order": {"ID": "ASC"}})).result
        found = (row.get("PROCESS_ID") for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict))
        return list(dict.fromkeys(str(one)[:100] for one in found if one))

    async def _batch(
        self, known: Connector, queue: _Queue, own: Fields, which: Mapping[str, str], *, deleted_alone: bool = False
    ) -> bool:
        """Fifty rows at most; whether there may be more. Rows of an entity that fails stay reserved."""
        answer = (await self.scan.ask(known, "event.offline.get", {"clear": 0, "limit": PAGE, **which})).result
        rows = answer.get("events") if isinstance(answer, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Strange(_("the portal answered with something other than its queue of events"))
        if not rows:
            return False
        changed, deleted = _objects(rows)
        failed = set()
        for entity in ENTITIES:
            ids = sorted(deleted[entity] if deleted_alone else changed[entity])
            if ids and (fault := await self._guarded(known, entity, ids, deleted[entity], own)):
                queue.faults[entity] = fault
                failed.add(entity)
        done = [str(row.get("MESSAGE_ID")) for row in rows if _event_of(row)[0] not in failed]
        if done:  # without a name all of them would be cleared
            said = {"process_id": answer.get("process_id"), "message_id": done}
            await self.scan.ask(known, "event.offline.clear", said)
        return len(rows) == PAGE

    async def _guarded(self, known: Connector, entity: str, ids: Sequence[int], deleted: set[int], own: Fields) -> str:
        """Why it was not read, empty where it was: what one entity cannot do keeps none of the others."""
        try:
            await self._read(known, entity, ids, deleted, await own(entity))
        except (Refused, Later, *DATABASE_TROUBLE):
            raise  # not the entity's
        except Strange as strange:
            log.warning("crm_objects_not_read", connector=known.name, entity=entity, error=str(strange))
            return str(strange)
        except Exception:
            log.exception("crm_objects_fault", connector=known.name, entity=entity)
            return _("a fault of ours: the worker's log tells more")
        return ""

    async def _read(
        self, known: Connector, entity: str, ids: Sequence[int], deleted: set[int], fields: Mapping[str, str]
    ) -> None:
        """What an entity is refused for good is told by who looks for changes by their time. Else raises Refused."""
        asked = {"halt": 1, "cmd": named(entity, ids, fields.values())}
        answer = (await self.scan.ask(known, "batch", asked)).result
        read, bad = told(entity, 0, 1, answer, self._now(), fields)
        if bad is not None and classify(bad.fault) not in {ErrorClass.AUTH, ErrorClass.PERMANENT}:
            raise Refused("crm.item.list", bad)  # its rows stay reserved: nothing else tells of deletions for a week
        if read is None or bad is not None:
            log.warning("crm_objects_not_read", connector=known.name, entity=entity)
            return
        gone = sorted(deleted - {int(one) for one in read.ids})
        async with self.pool.acquire() as connection:
            mirror = (await places(connection, known))[entity]
            await noticed(connection, known, mirror, read, gone, self._now())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.scan.portals.clock(), UTC)


def _event_of(row: Mapping[str, Any]) -> tuple[str, bool]:
    return _EVENTS.get(str(row.get("EVENT_NAME", "")).upper(), ("", False))


def _objects(rows: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, set[int]], Mapping[str, set[int]]]:
    """Ids of each entity's that rows name; and of those that they call deleted."""
    changed: dict[str, set[int]] = defaultdict(set)
    deleted: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        entity, is_gone = _event_of(row)
        data = row.get("EVENT_DATA")
        fields = data.get("FIELDS") if isinstance(data, dict) else None
        identifier = str(fields.get("ID", "")) if isinstance(fields, dict) else ""
        if entity and identifier.isascii() and identifier.isdecimal() and len(identifier) <= 18:
            changed[entity].add(int(identifier))
            if is_gone:
                deleted[entity].add(int(identifier))
    return changed, deleted
