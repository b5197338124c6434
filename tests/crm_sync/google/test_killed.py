"""Whenever its worker is killed, an account ends with each contact once."""

from collections.abc import Callable

import pytest

from tests.crm_sync.google.office import Office
from tests.faults.harness import kill_at_every_point


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["sql", "socket"])
async def test_each_contact_is_there_once_whenever_its_worker_is_killed(
    office: Office, database_url: str, secret_key: bytes, kind: str, record_property: Callable[[str, object], None]
) -> None:
    await office.contact("Вера", "+79161234567", responsible=office.anna)
    gone = await office.contact("Gone", "+79161234568", responsible=office.anna)
    await office.contact("Changed", "+79161234569", responsible=office.anna)

    begun = office.clock.now

    async def prepare() -> None:
        office.clock.now = begun
        office.fake.people.clear()
        await office.pool.execute("update contacts set deleted_at = null, email = null")
        await office.pool.execute("update contacts set deleted_at = now() where name = 'Вера'")
        await office.pool.execute("delete from google_cards")
        await office.pool.execute(
            "update google_accounts set due_at = $1, looked_at = null, contact_group = null", office.clock()
        )
        await office.turns()
        assert office.fake.names() == ["Anna", "Changed", "Gone"]
        await office.pool.execute("update contacts set deleted_at = case when id = $1 then now() end", gone)
        await office.pool.execute("update contacts set email = 'c@example.com' where name = 'Changed'")

    async def check() -> None:
        await office.turns(hours=5.5)
        await office.turns(minutes=15)  # it may have found out only that something is stale
        assert office.fake.names() == ["Anna", "Changed", "Вера"]
        assert len(office.fake.people) == 3
        assert await office.state() == (None, False, 3)

    arguments = [database_url, secret_key.hex(), office.fake.url, str(begun.timestamp() + 5 * 3600)]
    tried = await kill_at_every_point(
        kind,
        "tests.crm_sync.google.doomed:turn",
        arguments,
        tell=record_property,
        prepare=prepare,
        check=check,
        every=3,
    )
    assert tried.passed
    assert tried.points > 3
