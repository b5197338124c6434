"""What changed in a portal is told by its queue of offline events; without one, by its time."""

from collections.abc import Callable

import pytest

from tests.crm_sync.filled import Filled
from tests.crm_sync.scene import Scene
from tests.fakes.bitrix24.entities import COMPANY, CONTACT, DEAL
from tests.faults.harness import kill_at_every_point

GET, CLEAR = "event.offline.get", "event.offline.clear"
OPEN = "select external_id from deals where stage <> 'deleted' order by external_id::int"


@pytest.fixture
async def filled(scene: Scene) -> Filled:
    """A portal whose queue is followed, read once: with a company, two contacts of it and three deals."""
    told = Filled(scene, has_queue=True)
    firm = told.add(COMPANY, "+74955550101", title="Ромашка")
    for number in range(2):
        told.add(CONTACT, f"+7906{number:07}", name=f"К{number}", company_id=firm)
    for _ in range(3):
        told.add(DEAL, title="Двери", contact_id=1)
    await told.read()
    scene.clock.at += 60
    await told.read()
    scene.portal.heard.clear()
    return told


def asked_by_time(filled: Filled) -> int:
    return sum("updatedTime" in str(one.params.get("filter")) for one in filled.scene.portal.asked("crm.item.list"))


async def test_what_changed_and_what_was_deleted_is_here_a_minute_later(filled: Filled) -> None:
    async with filled.process() as filling:
        await filling.one_round()
        filled.scene.portal.heard.clear()
        filled.change(CONTACT, 1, name="Новый", phone=[{"VALUE": "+79065559999"}])
        filled.add(CONTACT, "+79065550102", name="Ещё")
        filled.delete(CONTACT, 2)
        filled.delete(COMPANY, 1)
        filled.delete(DEAL, 2)
        filled.scene.clock.at += 60
        await filling.one_round()
    names = [row[0] for row in await filled.contacts()]
    assert names == ["Новый", "Ещё"]
    assert await filled.rows(OPEN) == [("1",), ("3",)]
    assert await filled.rows("select sum(gone)::int from crm_mirrors") == [(3,)]
    assert asked_by_time(filled) == 0
    assert filled.scene.portal.world.events.offline.rows == []
    assert filled.scene.portal.violations == []


@pytest.mark.parametrize(("many", "by_time"), [(80, False), (330, True)])
async def test_a_long_queue_is_emptied_while_changes_are_read_by_their_time(
    filled: Filled, many: int, by_time: bool
) -> None:
    async with filled.process() as filling:
        await filling.one_round()
        filled.scene.portal.heard.clear()
        filled.scene.clock.at += 60
        for number in range(many):
            filled.add(CONTACT, f"+7916{number:07}", name="Н")
        filled.delete(DEAL, 1)  # the last in the queue
        await filling.one_round()
        assert await filled.rows("select count(*) from contacts where name = 'Н'") == [(many,)]
        assert (asked_by_time(filled) > 0) == by_time
        filled.scene.clock.at += 60
        await filling.one_round()
        assert await filled.rows(OPEN) == [("2",), ("3",)]
        assert filled.scene.portal.world.events.offline.rows == []
        filled.scene.clock.at += 60
        filled.scene.portal.heard.clear()
        await filling.one_round()
    assert [one.method for one in filled.scene.portal.heard] == [GET]  # a minute in which nothing happens
    assert filled.scene.portal.violations == []


@pytest.mark.parametrize("method", [GET, CLEAR, "batch"])
async def test_what_was_reserved_and_not_cleared_is_found_again(filled: Filled, method: str) -> None:
    filled.delete(CONTACT, 2)
    filled.scene.portal.chaos.cut_after(method)
    async with filled.process() as filling:
        for _ in range(3):
            await filling.one_round()
            filled.scene.clock.at += 60
    assert [row[0] for row in await filled.contacts()] == ["К0", "Ромашка"]
    assert filled.scene.portal.world.events.offline.rows == []


@pytest.mark.parametrize("trouble", ["plan", "nobody", "refused"])
async def test_without_the_queue_changes_are_looked_for_by_their_time(filled: Filled, trouble: str) -> None:
    portal = filled.scene.portal
    if trouble == "plan":
        portal.world.rules.features = frozenset()
    elif trouble == "nobody":
        portal.world.events.bindings.clear()
        portal.world.users[1].is_admin = False
    else:
        portal.chaos.refuse("ACCESS_DENIED", GET, 9)
    filled.change(CONTACT, 1, name="Новый")
    await filled.later(120)
    assert "Новый" in [row[0] for row in await filled.contacts()]
    assert asked_by_time(filled) > 0


async def test_what_the_queue_does_not_name_is_found_by_its_time_now_and_then(filled: Filled) -> None:
    async with filled.process() as filling:
        await filling.one_round()
        filled.change(CONTACT, 1, name="Новый")
        filled.scene.portal.world.events.offline.rows.clear()  # lost there
        filled.scene.clock.at += 60
        await filling.one_round()
        assert "Новый" not in [row[0] for row in await filled.contacts()]
        filled.scene.clock.at += 900
        await filling.one_round()
    assert "Новый" in [row[0] for row in await filled.contacts()]


async def test_what_could_not_be_read_stays_in_the_queue(filled: Filled) -> None:
    """The batch is answered well, its one command is not: the portal has worked too long for it."""
    portal = filled.scene.portal
    async with filled.process() as filling:
        await filling.one_round()
        filled.delete(CONTACT, 2)
        filled.scene.clock.at += 60
        operating, listing = portal.running.operating, "crm.item.list"
        operating.costs[listing] = 1000.0
        operating.charge(listing, portal.heard[-1].by)
        operating.costs.clear()
        await filling.one_round()
        assert len(await filled.contacts()) == 3
        assert len(portal.world.events.offline.rows) == 1
        filled.scene.clock.at += 900
        await filling.one_round()
    assert [row[0] for row in await filled.contacts()] == ["К0", "Ромашка"]
    assert portal.world.events.offline.rows == []


async def test_a_fault_with_one_entity_stops_nothing_else(filled: Filled) -> None:
    """Its rows stay reserved until it is mended, and the page tells it."""
    async with filled.process() as filling:
        await filling.one_round()
        await filled.scene.pool.execute("alter table contacts add constraint tests_none check (deleted_at is null)")
        filled.delete(CONTACT, 2)
        filled.delete(DEAL, 2)
        filled.change(CONTACT, 1, name="Новый")
        filled.scene.clock.at += 60
        await filling.one_round()
        assert await filled.rows(OPEN) == [("1",), ("3",)]
        assert "Новый" in [row[0] for row in await filled.contacts()]  # by its time
        assert await filled.trouble() == {"contacts": "a fault of ours: the worker's log tells more"}
        assert len(filled.scene.portal.world.events.offline.rows) == 2
        await filled.scene.pool.execute("alter table contacts drop constraint tests_none")
        filled.scene.clock.at += 60
        await filling.one_round()
    assert [row[0] for row in await filled.contacts()] == ["Новый", "Ромашка"]
    assert filled.scene.portal.world.events.offline.rows == []


@pytest.mark.timeout(120)
async def test_a_reader_killed_at_any_statement_leaves_no_event_out(
    filled: Filled, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Every sixth point is tried; deletions are told by nothing else for a week."""
    scene, crm = filled.scene, filled.scene.portal.world.crm

    async def prepare() -> None:
        await scene.pool.execute("update crm_connectors set reading_until = null")
        if 2 not in crm.of(CONTACT):
            crm.of(CONTACT)[2] = dict(crm.of(CONTACT)[1]) | {"ID": "2"}
        await scene.pool.execute("update contacts set deleted_at = null, version = 1 where external_id = '2'")
        scene.portal.world.events.offline.rows.clear()
        scene.clock.at += 1
        filled.delete(CONTACT, 2)

    async def check() -> None:
        scene.clock.at += 60
        await scene.pool.execute("update crm_connectors set reading_until = reading_until - interval '5 minutes'")
        await filled.read()
        assert await filled.rows("select external_id from contacts where deleted_at is not null") == [("2",)]
        assert scene.portal.world.events.offline.rows == []

    tried = await kill_at_every_point(
        "sql",
        "tests.crm_sync.doomed:fill",
        [database_url, str(scene.clock.at)],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=6,
    )
    assert tried.points >= 4
