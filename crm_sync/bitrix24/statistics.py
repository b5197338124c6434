"""A portal's statistics of calls for a window: `voximplant.statistic.get`, fifty a page, fifty pages a batch.

Pages go on behind the last ID of the one before, as those of items do (crm.md §2.7).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from crm_sync.answer import Strange
from crm_sync.bitrix24.asking import Scan
from crm_sync.bitrix24.call import STATISTIC, ended, entity_of
from crm_sync.bitrix24.items import PAGE, of_batch, refusal_of
from crm_sync.bitrix24.news import FINISHED, event_of
from crm_sync.bitrix24.portal import Refused
from crm_sync.connector import Connector
from crm_sync.reconciliation import Named, Ours, Theirs
from trunkline.outbox.event import NewEvent
from trunkline.web.i18n import gettext as _

_PAGES: Final = 50
_SECONDS: Final = "seconds"


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of any portal, for a comparison; all methods raise Refused, Later and Strange."""

    scan: Scan

    async def began_within(
        self, known: Connector, _ours: Sequence[Ours], since: datetime, until: datetime
    ) -> list[Theirs]:
        """All finished calls of the window, whoever told them."""
        return await began_within(self.scan, known, since, until)

    async def of_calls(self, known: Connector, calls: Sequence[Ours]) -> Named:
        """Those of these calls that are there at all, by either id."""
        return Named(await of_calls(self.scan, known, calls))

    def again(self, row: Mapping[str, Any]) -> NewEvent:
        """Its delivery asks the portal once more, and registers it anew."""
        return event_of(row, FINISHED, "finish:again", ended=msgspec.to_builtins(ended(row)))


async def began_within(scan: Scan, known: Connector, since: datetime, until: datetime) -> list[Theirs]:
    """All finished calls that began from `since` to before `until`. Raises Refused, Later, Strange."""
    window = {
        ">=CALL_START_DATE": since.isoformat(timespec=_SECONDS),
        "<CALL_START_DATE": until.isoformat(timespec=_SECONDS),
    }
    found: list[Theirs] = []
    last: int | None = 0
    while last is not None:
        asked = [_listed(window | {">ID": _behind(page, last)}) for page in range(_PAGES if found else 2)]
        pages = await _batch(scan, known, asked)
        last, rows = _joined(pages, last)
        found += map(_theirs, rows)
    return found


async def of_calls(scan: Scan, known: Connector, calls: Sequence[Ours]) -> list[Theirs]:
    """Those of these calls that are there at all, by either id: fifty questions a request."""
    filters: list[dict[str, Any]] = [{"EXTERNAL_CALL_ID": str(one.call_id)} for one in calls]
    filters += [{"CALL_ID": one.remote_id} for one in calls if one.remote_id]
    found: list[Theirs] = []
    for first in range(0, len(filters), _PAGES):
        for page in await _batch(scan, known, [_listed(one) for one in filters[first : first + _PAGES]]):
            found += map(_theirs, page)
    return found


def _behind(page: int, last: int) -> str:
    return str(last) if page == 0 else f"$result[p{page - 1}][{PAGE - 1}][ID]"


def _listed(conditions: Mapping[str, Any]) -> str:
    said = [(f"FILTER[{name}]", value) for name, value in conditions.items()]
    return f"{STATISTIC}?{urlencode([*said, ('SORT', 'ID'), ('ORDER', 'ASC')])}"


async def _batch(scan: Scan, known: Connector, asked: Sequence[str]) -> list[list[Mapping[str, Any]]]:
    """A page of each; one that was refused ends it all."""
    answer = (await scan.ask(known, "batch", {"halt": 1, "cmd": {f"p{n}": one for n, one in enumerate(asked)}})).result
    if not isinstance(answer, dict):
        raise Strange(_("the portal answered a batch with no list of results"))
    pages = []
    for place in range(len(asked)):
        if (bad := refusal_of(answer.get("result_error"), f"p{place}", place)) is not None:
            raise Refused(STATISTIC, bad)
        page = of_batch(answer.get("result"), f"p{place}", place)
        if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
            raise Strange(_("the portal answered with something other than its statistics of calls"))
        pages.append(page)
    return pages


def _joined(pages: Iterable[list[Mapping[str, Any]]], last: int) -> tuple[int | None, list[Mapping[str, Any]]]:
    """The rows up to the first page that was not full, and the last ID; None: there is no more. Raises Strange."""
    rows: list[Mapping[str, Any]] = []
    for page in pages:
        for row in page:
            identifier = str(row.get("ID"))
            if not identifier.isdecimal() or int(identifier[:19]) <= last:
                raise Strange(_("the portal's calls are not in the order of their ids"))
            last = int(identifier[:19])
        rows += page
        if len(page) < PAGE:
            return None, rows
    return last, rows


def _theirs(row: Mapping[str, Any]) -> Theirs:
    external = str(row.get("EXTERNAL_CALL_ID") or "")
    return Theirs(str(row.get("CALL_ID") or ""), external if _is_ours(external) else "", entity_of(row))


def _is_ours(external: str) -> bool:
    """Other programs have ids of their own."""
    try:
        return str(UUID(external)) == external
    except ValueError:
        return False
