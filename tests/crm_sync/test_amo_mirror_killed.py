"""Who reads an account killed at any statement: the next one goes on, and the mirror is what the account has."""

from collections.abc import Callable

import pytest

from tests.crm_sync.amo_filled import AmoFilled
from tests.crm_sync.amo_scene import AmoScene
from tests.fakes.amocrm.world import ACTIVE
from tests.faults.harness import kill_at_every_point


@pytest.mark.timeout(120)
async def test_a_reader_killed_at_every_statement_leaves_nothing_out(
    amo: AmoScene, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """A sweep finds what is gone while changes are read; each twenty-fourth point is tried, all passed when written."""
    filled = AmoFilled(amo)
    contacts: list[int] = []
    begin = amo.clock.at

    def a_request_later() -> float:
        """Who is killed waits by a clock of his own: the account's goes on with each request of his."""
        amo.clock.at += 0.25
        return amo.clock.at

    amo.account.now = a_request_later

    async def prepare() -> None:
        amo.clock.at = begin
        amo.account._recent.clear()
        for kind in ("companies", "contacts", "leads"):
            filled.world.rows[kind].clear()
        await amo.pool.execute("truncate contacts, companies, leads, deals, crm_mirrors cascade")
        await amo.pool.execute("update crm_connectors set reading_until = null")
        firm = filled.world.add("companies", "+74955550101", name="Ромашка")
        contacts[:] = [
            filled.world.add("contacts", f"+7906{number:07}", name=f"К{number}", _companies=[firm])
            for number in range(110)
        ]
        filled.world.add("leads", name="Двери", status_id=ACTIVE, _contacts=contacts[59:60], _companies=[firm])
        await filled.read()
        await amo.pool.execute("update crm_mirrors set swept_at = '2026-01-01'")
        amo.clock.at = begin + 60
        for number in (contacts[5], contacts[105]):
            filled.world.delete("contacts", number)
            filled.world.change("contacts", number + 1, name="Другой")

    async def check() -> None:
        amo.clock.at += 40
        await amo.pool.execute("update crm_connectors set reading_until = reading_until - interval '5 minutes'")
        await filled.read()
        found = [one for one in await filled.contacts() if one[0] != "Ромашка"]
        assert len(found) == 108
        assert len([one for one in found if one[0] == "Другой"]) == 2
        assert all(company == "Ромашка" and phones for _, company, phones in found)
        assert await filled.rows("select k.name from deals d join contacts k on k.id = d.contact_id") == [("К59",)]
        assert await filled.rows("select sum(gone)::int, sum(unread)::int from crm_mirrors") == [(2, 0)]

    tried = await kill_at_every_point(
        "sql",
        "tests.crm_sync.doomed:fill_amo",
        [database_url, str(begin + 61), amo.account.access.app.redirect],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=24,
    )

    assert tried.points >= 6
