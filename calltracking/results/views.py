"""Views of the report that people keep: what is asked, under a name, for oneself or for everybody who reads reports."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from calltracking.channels.address import clean
from calltracking.results.asking import asked
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.reports.days import asked_days
from trunkline.web.i18n import gettext as _

_SQL: Final = load_queries("calltracking.results", "views.sql")
FIELDS: Final = ("days", "since", "until", "by", "model", "sure", "beside", "vat")
"""What a view keeps of an address."""
_LONGEST_NAME: Final = 100
_MOST: Final = 100


class ReportView(msgspec.Struct, frozen=True):
    """A view: its name, what is asked (as the report's address has it), whose it is, whether others see it."""

    id: UUID
    name: str
    fields: dict[str, str]
    shared: bool
    own: bool
    person: str


async def list_views(connection: Connection, person: UUID) -> list[ReportView]:
    """One's own first, then those that others share."""
    return [ReportView(**row) for row in await connection.fetch(_SQL["list_views"], person)]


async def save_view(
    connection: Connection, person: UUID, name: str, fields: Mapping[str, str], zone: ZoneInfo, *, shared: bool
) -> ReportView:
    """Keep it, in place of one's own of the same name; raises InvalidInput."""
    plain = clean(name, _LONGEST_NAME + 1)
    if not 1 <= len(plain) <= _LONGEST_NAME:
        raise InvalidInput(Mistake("name", _("must be a name of 1 to %(most)s characters") % {"most": _LONGEST_NAME}))
    kept = {field: value for field in FIELDS if (value := fields.get(field, ""))}
    asked(kept)
    asked_days(kept, datetime.now(UTC), zone)
    if await connection.fetchval(_SQL["count_views"], person, plain) >= _MOST:
        raise InvalidInput(Mistake("name", _("%(most)s views are kept already: remove one first") % {"most": _MOST}))
    kept_id = await connection.fetchval(_SQL["save_view"], uuid7(time.time()), person, plain, kept, shared)
    return next(one for one in await list_views(connection, person) if one.id == kept_id)


async def remove_view(connection: Connection, person: UUID, view: UUID) -> None:
    """Only one's own; raises NotFound."""
    if await connection.fetchval(_SQL["remove_view"], view, person) is None:
        raise NotFound(_("There is no such view of yours."))
