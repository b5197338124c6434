"""A portal's CRM becomes the mirror: everything at first, then what changes; what is deleted goes."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crm_sync.bitrix24.check import Addresses, check
from crm_sync.body import LONGEST_ANSWER
from crm_sync.mirror import Read
from crm_sync.mirrors import SQL, places, swept
from tests.crm_sync.filled import ASKED, Filled
from tests.crm_sync.scene import Scene
from tests.fakes.bitrix24.entities import COMPANY, CONTACT, DEAL, LEAD

PHONE, OTHER = "+79065550101", "+79065550102"


@pytest.fixture
def filled(scene: Scene) -> Filled:
    return Filled(scene)


def nothing_against(filled: Filled) -> None:
    """What we asked, held to the vendor's specifications, within batches too."""
    assert filled.scene.portal.violations == []


async def test_everything_is_read_at_first(filled: Filled) -> None:
    pool = filled.scene.pool
    await pool.execute("insert into people (id, name, extension) values (gen_random_uuid(), 'Anna', '101')")
    anna = int(filled.scene.user("101"))
    firm = filled.add(COMPANY, "8 (495) 555-01-01", title="ООО «Ромашка»", company_type="SUPPLIER", assigned_by_id=anna)
    one = filled.add(
        CONTACT, f"{PHONE},8 906 555 01 02", name="Иван", last_name="Петров", company_id=firm, assigned_by_id=anna,
        email=[{"VALUE": "ivan@example.com"}],
    )  # fmt: skip
    lead = filled.add(LEAD, OTHER, title="Окна", status_id="NEW", contact_id=one)
    filled.add(
        DEAL, title="Двери", stage_id="C1:WON", opportunity="1250.50", contact_id=one, company_id=firm, lead_id=lead
    )

    assert await filled.read() is False

    assert await filled.contacts() == [
        ("Иван Петров", "ООО «Ромашка»", f"{PHONE},{OTHER}"),
        ("ООО «Ромашка»", "ООО «Ромашка»", "+74955550101"),
    ]
    assert await filled.rows(
        "select k.email, k.class, p.name, k.source from contacts k join people p on p.id = k.responsible_id order by 1"
    ) == [
        ("ivan@example.com", "client", "Anna", (await filled.known()).account),
        (None, "supplier", "Anna", (await filled.known()).account),
    ]
    assert await filled.rows(
        "select l.title, l.stage, l.phone, k.name, l.closed_at from leads l join contacts k on k.id = l.contact_id"
    ) == [("Окна", "NEW", OTHER, "Иван Петров", None)]
    ((title, stage, amount, name, lead_title, closed),) = await filled.rows(
        """select d.title, d.stage, d.amount, c.name, l.title, d.closed_at is not null
           from deals d join companies c on c.id = d.company_id join leads l on l.id = d.lead_id"""
    )
    assert (title, stage, float(amount), name, lead_title, closed) == (
        "Двери", "C1:WON", 1250.5, "ООО «Ромашка»", "Окна", True,
    )  # fmt: skip
    nothing_against(filled)


async def test_what_changes_follows_and_the_same_again_changes_nothing(filled: Filled) -> None:
    one = filled.add(CONTACT, PHONE, name="Иван")
    deal = filled.add(DEAL, title="Двери", stage_id="WON", contact_id=one)
    await filled.read()
    before = await filled.rows("select id, version, updated_at from contacts")
    await filled.later()
    assert await filled.rows("select id, version, updated_at from contacts") == before

    filled.scene.clock.at += 600
    filled.change(CONTACT, one, name="Пётр", phone=[{"ID": _phone_id(filled, one), "VALUE": OTHER}])
    filled.change(DEAL, deal, stage_id="NEW")
    new = filled.add(CONTACT, "+79065550103", name="Олег")
    await filled.later()

    assert await filled.contacts() == [("Пётр", "", OTHER), ("Олег", "", "+79065550103")]
    assert new == 2
    assert await filled.rows("select stage, closed_at from deals") == [("NEW", None)]
    nothing_against(filled)


def _phone_id(filled: Filled, contact: int) -> str:
    return str(filled.scene.portal.world.crm.of(CONTACT)[contact]["PHONE"][0]["ID"])


async def test_many_are_read_page_by_page_and_several_share_a_number(filled: Filled) -> None:
    for number in range(230):
        filled.add(CONTACT, PHONE if number < 2 else f"+7906{number:07}", name=f"К{number}")
    await filled.read()
    assert await filled.rows("select count(*) from contacts") == [(230,)]
    assert await filled.rows("select count(*) from contact_phones where number = $1", PHONE) == [(2,)]
    filled.scene.clock.at += 600
    for number in range(1, 231):
        filled.change(CONTACT, number, name="Другой")
    asked = len([one for one in filled.scene.portal.heard if one.method == "batch"])
    await filled.later()
    assert await filled.rows("select count(*) from contacts where name = 'Другой'") == [(230,)]
    now = len([one for one in filled.scene.portal.heard if one.method == "batch"])
    assert now - asked == 4 + 1  # one of each entity; the second of the contacts has all other pages
    nothing_against(filled)


async def test_what_was_deleted_goes_with_the_weekly_sweep(filled: Filled) -> None:
    for number in range(120):
        filled.add(CONTACT, f"+7906{number:07}", name=f"К{number}")
    firm = filled.add(COMPANY, PHONE, title="Ромашка")
    lead, deal = filled.add(LEAD, OTHER, title="Окна"), filled.add(DEAL, title="Двери")
    await filled.read()
    for number in (1, 60, 61, 119, 120):
        filled.delete(CONTACT, number)
    for kind, number in ((COMPANY, firm), (LEAD, lead), (DEAL, deal)):
        filled.delete(kind, number)
    await filled.later(3600)
    assert await filled.rows("select count(*) from contacts where deleted_at is null") == [(121,)]
    await filled.later(8 * 86400)
    assert await filled.rows("select count(*) from contacts where deleted_at is null") == [(115,)]
    gone = "select external_id from contacts where deleted_at is not null order by external_id"
    assert [row[0] for row in await filled.rows(gone)] == ["1", "119", "120", "60", "61", f"company:{firm}"]
    assert await filled.rows("select deleted_at is null from companies") == [(False,)]
    assert await filled.rows("select stage, closed_at is null from leads") == [("deleted", False)]
    assert await filled.rows("select stage, closed_at is null from deals") == [("deleted", False)]
    assert await filled.rows("select entity, gone from crm_mirrors where gone > 0 order by gone, entity") == [
        ("companies", 1), ("deals", 1), ("leads", 1), ("contacts", 5),
    ]  # fmt: skip
    nothing_against(filled)


async def test_a_portal_that_suddenly_shows_few_is_not_believed(filled: Filled) -> None:
    for number in range(60):
        filled.add(CONTACT, f"+7906{number:07}", name=f"К{number}")
    await filled.read()
    for number in range(1, 41):
        filled.delete(CONTACT, number)
    await filled.later(8 * 86400)
    assert await filled.rows("select count(*) from contacts where deleted_at is null") == [(60,)]
    assert (await filled.trouble())["contacts"].startswith("the portal shows 20 of 60")
    for on in (False, True):
        await filled.scene.pool.execute(SQL["choose_fills"], filled.scene.connector, on)
    await filled.later()
    assert await filled.rows("select count(*) from contacts where deleted_at is null") == [(20,)]
    assert await filled.trouble() == {}


async def test_a_portal_that_shows_no_more_in_mid_way_is_not_believed(filled: Filled) -> None:
    """Half of all is there when the sweep begins, and of the last part nothing."""
    filled.pages = 1
    for number in range(130):
        filled.add(CONTACT, f"+7906{number:07}", name=f"К{number}")
    await filled.read()
    for number in range(101, 131):
        filled.delete(CONTACT, number)
    await filled.later(8 * 86400)
    there = "select count(*) from contacts where deleted_at is null"
    assert await filled.rows(there) == [(130,)]
    assert (await filled.trouble())["contacts"].startswith("the portal shows 0 of 30")
    await filled.later()
    assert await filled.rows("select sweep_id from crm_mirrors where entity = 'contacts'") == [(100,)]
    for on in (False, True):
        await filled.scene.pool.execute(SQL["choose_fills"], filled.scene.connector, on)
    await filled.later(3600)
    assert await filled.rows(there) == [(100,)]
    assert await filled.rows("select believed from crm_mirrors where entity = 'contacts'") == [(False,)]


async def test_a_portal_that_was_removed_and_added_again_is_not_believed_blindly(filled: Filled) -> None:
    for number in range(60):
        filled.add(CONTACT, f"+7906{number:07}", name=f"К{number}")
    await filled.read()
    await filled.scene.pool.execute("delete from crm_mirrors")
    for number in range(1, 41):
        filled.delete(CONTACT, number)
    await filled.later()
    assert await filled.rows("select count(*) from contacts where deleted_at is null") == [(60,)]
    assert (await filled.trouble())["contacts"].startswith("the portal shows 20 of 60")


@pytest.mark.parametrize("entity", ["companies", "contacts", "leads", "deals"])
async def test_what_is_newer_than_the_list_is_not_gone(filled: Filled, entity: str) -> None:
    """Another process has read of it since: the list was made before it was there."""
    number = filled.add(ASKED[entity], title="Двери", name="Иван")
    await filled.read()
    made = datetime.fromtimestamp(filled.scene.clock.at, UTC)
    filled.scene.clock.at += 600
    filled.change(ASKED[entity], number, title="Окна")
    await filled.later()
    known = await filled.known()
    for at, gone in ((made, 0), (made + timedelta(hours=1), 1)):
        read = Read([], [], [], 0, None, at)
        async with filled.scene.pool.acquire() as connection:
            await swept(connection, known, (await places(connection, known))[entity], read, at)
        assert await filled.rows("select gone from crm_mirrors where entity = $1", entity) == [(gone,)]


async def test_what_somebody_here_changed_stays_until_the_portal_says_something_newer(filled: Filled) -> None:
    one = filled.add(CONTACT, PHONE, name="Иван")
    await filled.read()
    await filled.scene.pool.execute("update contacts set version = version + 1, vip = true, name = 'Ваня'")
    await filled.later()
    assert await filled.rows("select name, vip from contacts") == [("Ваня", True)]
    filled.change(CONTACT, one, last_name="Петров")
    await filled.later()
    assert await filled.rows("select name, vip from contacts") == [("Иван Петров", True)]


TROUBLES = {
    "scope": ("insufficient_scope", "the application lacks a permission"),
    "time": ("OPERATION_TIME_LIMIT", "the portal has worked too long on requests of this kind"),
    "often": ("QUERY_LIMIT_EXCEEDED", "the portal was asked too often"),
    "html": ("", "a server before the portal answered HTTP 502"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_what_keeps_the_portal_from_being_read_is_told_and_passes(filled: Filled, trouble: str) -> None:
    filled.add(CONTACT, PHONE, name="Иван")
    await filled.read()
    filled.scene.clock.at += 600
    filled.change(CONTACT, 1, name="Пётр")
    code, words = TROUBLES[trouble]
    chaos = filled.scene.portal.chaos
    chaos.refuse(code, "batch", times=4) if code else chaos.page("batch", times=4)
    await filled.later()
    said = await filled.trouble()
    assert set(said) == {"companies", "contacts", "leads", "deals"}
    assert all(one.startswith(words) for one in said.values())
    await filled.later(3600)
    assert await filled.trouble() == {}
    assert [name for name, *_ in await filled.contacts()] == ["Пётр"]


async def test_an_entity_that_is_refused_is_told_by_the_check(filled: Filled) -> None:
    filled.add(CONTACT, PHONE, name="Иван")
    filled.scene.portal.chaos.refuse("insufficient_scope", "batch", times=4)
    await filled.read()
    async with filled.scene.portals() as portals:
        found = await check(filled.scene.pool, portals, await filled.known(), Addresses(None, None))
    bad = [one.text for one in found if not one.good]
    assert any(one.startswith("contacts are not read: the application lacks a permission") for one in bad)
    await filled.later(3600)
    async with filled.scene.portals() as portals:
        found = await check(filled.scene.pool, portals, await filled.known(), Addresses(None, None))
    assert "its contacts, companies, leads and deals are here" in [one.text for one in found if one.good]


async def test_a_portal_that_has_worked_enough_is_gone_on_with(filled: Filled) -> None:
    """Of a batch, what came before the limit is kept."""
    for number in range(300):
        filled.add(CONTACT, f"+7906{number:07}", name=f"К{number}")
    filled.scene.portal.running.operating.costs["crm.item.list"] = 150.0  # a method may work 480 s in ten minutes
    turns = 0
    while await filled.rows("select 1 from crm_mirrors where swept_at is null") or not turns:
        await filled.later(600)
        turns += 1
        assert turns < 20
    assert turns > 2
    assert await filled.rows("select count(*) from contacts") == [(300,)]


async def test_an_answer_that_is_too_long_is_asked_for_in_parts(filled: Filled) -> None:
    filled.longest = 60_000
    for number in range(400):
        filled.add(CONTACT, f"+7906{number:07}", name=f"К{number}" + "я" * 40)
    await filled.read()
    assert await filled.rows("select count(*) from contacts") == [(400,)]
    assert await filled.trouble() == {}
    # Twenty lists, then ten, then five, and five and one more of what is left.
    assert len([one for one in filled.scene.portal.heard if one.method == "batch"]) > 3 + 3


async def test_a_sweep_asks_for_whole_answers_again(filled: Filled) -> None:
    """One slow answer does not make all later sweeps longer."""
    for number in range(400):
        filled.add(CONTACT, f"+7906{number:07}", name=f"К{number}" + "я" * 40)
    filled.scene.clock.at += 600
    async with filled.scene.portals(longest=60_000) as portals:
        filling = filled.filling(portals)
        await filling.one_round()
        portals.longest = LONGEST_ANSWER
        filled.scene.clock.at += 8 * 86400
        asked = len([one for one in filled.scene.portal.heard if one.method == "batch"])
        await filling.one_round()
    now = len([one for one in filled.scene.portal.heard if one.method == "batch"])
    assert now - asked == 4 + 4  # of each entity what changed, and everything


async def test_a_record_nobody_can_read_costs_only_itself(filled: Filled) -> None:
    filled.add(CONTACT, PHONE, name="Иван")
    bad = filled.add(CONTACT, OTHER, name="Олег")
    filled.scene.portal.world.crm.of(CONTACT)[bad]["COMPANY_ID"] = "нет"
    filled.add(CONTACT, "12", name="Без номера")
    await filled.read()
    assert await filled.contacts() == [("Иван", "", PHONE), ("Без номера", "", "")]
    assert await filled.rows("select read, unread from crm_mirrors where entity = 'contacts'") == [(2, 1)]


async def test_what_we_cannot_cope_with_costs_only_its_entity(filled: Filled) -> None:
    """A row that a table of ours refuses."""
    filled.add(CONTACT, PHONE, name="Иван")
    filled.add(DEAL, title="Двери")
    await filled.scene.pool.execute("alter table contacts add constraint nobody check (name <> 'Иван')")
    await filled.read()
    assert await filled.rows("select title from deals") == [("Двери",)]
    assert await filled.trouble() == {"contacts": "a fault of ours: the worker's log tells more"}
    await filled.scene.pool.execute("alter table contacts drop constraint nobody")
    await filled.later(3600)
    assert await filled.trouble() == {}
    assert [name for name, *_ in await filled.contacts()] == ["Иван"]


async def test_a_number_beyond_its_column_costs_only_its_record(filled: Filled) -> None:
    bad = filled.add(CONTACT, PHONE, name="Иван")
    filled.add(CONTACT, "+79160000009", name="Пётр")
    filled.scene.portal.world.crm.of(CONTACT)[bad]["ASSIGNED_BY_ID"] = 10**30
    await filled.read()
    assert await filled.trouble() == {}
    assert [name for name, *_ in await filled.contacts()] == ["Пётр"]
    assert await filled.rows("select unread from crm_mirrors where entity = 'contacts'") == [(1,)]


async def test_what_we_cannot_cope_with_costs_only_its_portal(filled: Filled) -> None:
    """A fault beside the entities is told in the log, and the turn is given back."""
    filled.add(CONTACT, PHONE, name="Иван")
    users = filled.scene.portal.world.users
    users[1] = replace(users[1], inner="1\0")
    assert await filled.read() is False
    assert await filled.rows("select reading_until from crm_connectors") == [(None,)]


async def test_calls_find_their_tokens_whatever_is_read(filled: Filled) -> None:
    """The reader never takes what is kept for calls."""
    filled.pages = 1
    for number in range(800):
        filled.add(CONTACT, f"+7906{number:07}", name=f"К{number}")
    began = filled.scene.clock.at
    await filled.read()
    heard = len([one for one in filled.scene.portal.heard if one.method == "batch"])
    # Without Valkey a worker has half of everything: five at once, then one a second.
    assert heard - 5 <= filled.scene.clock.at - began
    assert heard == 3 + 17  # sixteen full pages, and what is behind them


async def test_two_processes_take_turns(filled: Filled) -> None:
    filled.add(CONTACT, PHONE, name="Иван")
    stall = filled.scene.portal.chaos.stall("batch")
    first = asyncio.create_task(filled.read())
    await stall.reached.wait()
    asked = len(filled.scene.portal.heard)
    await filled.read()
    assert len(filled.scene.portal.heard) == asked
    stall.release()
    await first
    assert [name for name, *_ in await filled.contacts()] == ["Иван"]


async def test_what_is_switched_off_or_moved_is_not_read(filled: Filled) -> None:
    filled.add(CONTACT, PHONE, name="Иван")
    await filled.scene.pool.execute(SQL["choose_fills"], filled.scene.connector, False)
    await filled.read()
    assert await filled.contacts() == []
    await filled.scene.pool.execute(SQL["choose_fills"], filled.scene.connector, True)
    await filled.scene.pool.execute("update crm_connectors set active = false")
    await filled.read()
    assert await filled.contacts() == []
    await filled.scene.pool.execute("update crm_connectors set active = true")
    await filled.later()
    assert len(await filled.contacts()) == 1
    await filled.scene.pool.execute("update crm_mirrors set source = 'bitrix24:other.bitrix24.ru', swept_at = now()")
    await filled.later()
    assert await filled.rows("select distinct source from crm_mirrors") == [((await filled.known()).account,)]
    assert await filled.rows("select count(*) from crm_mirrors where swept_at is not null") == [(4,)]
