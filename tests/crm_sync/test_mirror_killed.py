"""Who reads a portal killed at any statement: the next one goes on, and the mirror is what the portal has."""

from collections.abc import Callable

import pytest

from tests.crm_sync.filled import Filled
from tests.crm_sync.scene import Scene
from tests.fakes.bitrix24.entities import COMPANY, CONTACT, DEAL
from tests.faults.harness import kill_at_every_point


@pytest.mark.timeout(120)
async def test_a_reader_killed_at_every_statement_leaves_nothing_out(
    scene: Scene, database_url: str, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """A sweep finds what is new, changed and gone; every fourth point is tried, all passed when this was written."""
    filled = Filled(scene)
    crm = scene.portal.world.crm
    now = str(scene.clock.at)

    async def prepare() -> None:
        for kind in (COMPANY, CONTACT, DEAL):
            crm.of(kind).clear()
        await scene.pool.execute("truncate contacts, companies, leads, deals, crm_mirrors cascade")
        await scene.pool.execute("update crm_connectors set reading_until = null")
        firm = filled.add(COMPANY, "+74955550101", title="Ромашка")
        for number in range(60):
            filled.add(CONTACT, f"+7906{number:07}", name=f"К{number}", company_id=firm)
        filled.add(DEAL, title="Двери", contact_id=60, company_id=firm)
        await filled.read()
        await scene.pool.execute("update crm_mirrors set swept_at = null")
        scene.clock.at += 1  # what is as new as the list itself would stay
        for number in (5, 55):
            filled.delete(CONTACT, number)
            filled.change(CONTACT, number + 1, name="Другой")

    async def check() -> None:
        scene.clock.at += 40  # the portal's bucket is empty again
        await scene.pool.execute("update crm_connectors set reading_until = reading_until - interval '5 minutes'")
        await filled.read()
        found = await filled.contacts()
        assert len(found) == 59
        assert len([one for one in found if one[0] == "Другой"]) == 2
        assert all(company == "Ромашка" and phones for _, company, phones in found)
        assert await filled.rows("select k.name from deals d join contacts k on k.id = d.contact_id") == [("К59",)]
        assert await filled.rows("select sum(gone)::int, sum(unread)::int from crm_mirrors") == [(2, 0)]

    tried = await kill_at_every_point(
        "sql",
        "tests.crm_sync.doomed:fill",
        [database_url, now],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=4,
    )

    assert tried.points >= 8
