"""A worker killed while it makes an issue and writes a comment: the next one goes on, and makes neither twice."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from crm_sync.tracker.store import SQL, add_comment, find_tracker, open_issue
from tests.crm_sync.scene import ROOT
from tests.crm_sync.tracker.conftest import KEY, Office
from tests.faults.harness import kill_at_every_point

CALL = UUID(int=7)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("kind", "every"), [("sql", 5), ("socket", 7)])
async def test_a_worker_killed_at_every_point_makes_an_issue_and_a_comment_once(
    office: Office,
    database_url: str,
    kind: str,
    every: int,
    record_property: Callable[[str, object], None],
) -> None:
    await office.connect()
    person = await office.pool.fetchval("select person_id from accounts")

    async def prepare() -> None:
        await office.pool.execute("truncate tracker_issues, outbox, outbox_log, outbox_dead cascade")
        await office.pool.execute("truncate outbox_streams, outbox_accounts")
        office.fake.issues.clear()
        office.fake.comments.clear()
        now = datetime.now(UTC)
        async with office.pool.acquire() as connection, connection.transaction():
            tracker = await find_tracker(connection)
            assert tracker is not None
            await open_issue(connection, tracker, "call", CALL, ("Call", ""), person, ROOT, now)
            issue = await connection.fetchrow(SQL["issue_about"], "call", CALL)
            assert issue is not None
            await add_comment(connection, tracker, issue, "He called again", "Root", ROOT, now)

    async def check() -> None:
        await office.deliver(4)
        assert (list(office.fake.issues), len(office.fake.comments["PHONE-1"])) == (["PHONE-1"], 1)
        assert await office.pool.fetchval("select count(*) from outbox") == 0
        assert await office.pool.fetchval("select count(*) from outbox_dead") == 0
        assert await office.pool.fetchval("select count(*) from tracker_comments where remote_id is null") == 0

    tried = await kill_at_every_point(
        kind,
        "tests.crm_sync.tracker.doomed:drain",
        [database_url, KEY],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=every,
    )

    assert tried.points >= 3
