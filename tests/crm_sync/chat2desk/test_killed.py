"""A worker killed while it tells of a call and writes to a client: the next one goes on, and says neither twice."""

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.crm_sync.chat2desk.conftest import KEY, Office
from tests.faults.harness import kill_at_every_point
from tests.missed.told import CLIENT, Heard
from trunkline.messages.channels import DIALOG_KIND
from trunkline.outbox.append import append

ANSWERED = Heard(1, answered=True, agents=("102",))
SAID = {"dialog": "500", "client": "", "phone": CLIENT, "subject": "Review", "text": "How was it?", "page": ""}


@pytest.mark.timeout(120)
async def test_a_worker_killed_at_every_point_says_each_once(
    office: Office, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    await office.connect()
    await office.writes()

    async def prepare() -> None:
        await office.pool.execute("truncate chat2desk_calls, outbox, outbox_log, outbox_dead cascade")
        await office.pool.execute("truncate outbox_streams, outbox_accounts")
        office.fake.messages.clear()
        await office.call(ANSWERED)
        async with office.pool.acquire() as connection, connection.transaction():
            await append(connection, "chat2desk:client:500", DIALOG_KIND, f"message:{UUID(int=7)}", SAID)

    async def check() -> None:
        await office.deliver(4)
        assert (len(office.fake.texts()), len(office.fake.texts(kind="to_client"))) == (1, 1)
        assert await office.pool.fetchval("select count(*) from outbox") == 0
        assert await office.pool.fetchval("select count(*) from outbox_dead") == 0

    tried = await kill_at_every_point(
        "socket",
        "tests.crm_sync.chat2desk.doomed:drain",
        [database_url, KEY],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=5,
    )

    assert tried.points >= 3
