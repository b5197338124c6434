"""Test calls as rows: begun, looked after, and their result kept with its day."""

import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from calltracking.proof.testcall import LONGEST, Found, TestCall, Verdict, checked_page, judged
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.ids import lowest_id, uuid7
from trunkline.reports.days import Days
from trunkline.web.i18n import gettext as _

_SQL: Final = load_queries("calltracking.proof", "tests.sql")
_LETTERS: Final = string.ascii_lowercase + string.digits
_SLACK: Final = timedelta(minutes=5)


async def begin_test(
    connection: Connection, site: UUID, hosts: Sequence[str], page: str, person: UUID | None, now: datetime
) -> UUID:
    """A test under a mark of its own; raises InvalidInput where the page is not the site's or it leases no numbers."""
    page = checked_page(page, hosts)
    if not await connection.fetchval(_SQL["leases_numbers"], site):
        message = _("The site leases no numbers: give one of its placements a pool first.")
        raise InvalidInput(Mistake("page", message))
    test, mark = uuid7(now.timestamp()), "test-" + "".join(secrets.choice(_LETTERS) for _place in range(10))
    await connection.execute(_SQL["add_test"], test, site, mark, page, person, now)
    return test


async def find_test(connection: Connection, sites: Sequence[UUID], test: UUID) -> TestCall | None:
    """One, of these sites."""
    for row in await connection.fetch(_SQL["tests"], list(sites), test, None, None, LONGEST):
        return msgspec.convert(dict(row), TestCall)
    return None


async def list_tests(connection: Connection, site: UUID, days: Days) -> list[TestCall]:
    """Those of a site begun in these days, the latest first."""
    rows = await connection.fetch(_SQL["tests"], [site], None, days.since, days.until, LONGEST)
    return [msgspec.convert(dict(row), TestCall) for row in rows]


async def look(connection: Connection, test: TestCall, now: datetime) -> None:
    """Keep how far an open test has come."""
    row = await connection.fetchrow(_SQL["found"], test.site_id, test.mark, lowest_id(test.started_at - _SLACK))
    found = Found(**row) if row else Found()
    await _note(connection, test.id, found, judged(found, test.started_at, now), now)


async def give_up(connection: Connection, test: TestCall, now: datetime) -> None:
    """End it by hand, as it is known."""
    found = Found(
        test.visit_id, test.visited_at, test.number, test.kind, test.shown_at, test.call_id, test.called_at,
        confidence=test.confidence,
    )  # fmt: skip
    await _note(connection, test.id, found, Verdict("failed", "given_up"), now)


async def _note(connection: Connection, test: UUID, found: Found, verdict: Verdict, now: datetime) -> None:
    mine = found.given_to is None or found.given_to == found.visit_id
    await connection.execute(
        _SQL["note"],
        *(test, found.visit_id, found.visited_at, found.number, found.kind, found.shown_at),
        *(found.call_id, found.called_at, found.confidence if mine else None),
        *(verdict.state, verdict.why, None if verdict.state == "open" else now),
    )
