"""An account becomes the mirror: everything at first, then what changes; what is deleted goes."""

from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from crm_sync.amocrm.check import check
from crm_sync.amocrm.mirroring import AmoMirroring
from crm_sync.filling import Filling
from crm_sync.mirrors import SQL
from tests.crm_sync.amo_filled import AmoFilled
from tests.crm_sync.amo_scene import AmoScene
from tests.fakes.amocrm.account import PIPELINE
from tests.fakes.amocrm.world import ACTIVE, WON
from trunkline.outbox.event import Account

PHONE, OTHER = "+79065550101", "+79065550102"
THERE = "select count(*) from contacts where deleted_at is null"


@pytest.fixture
def filled(amo: AmoScene) -> AmoFilled:
    return AmoFilled(amo)


async def test_everything_is_read_at_first(filled: AmoFilled) -> None:
    anna = filled.world.add_user("Анна", "anna@example.com")
    await filled.scene.person("101", "anna@example.com")
    firm = filled.world.add("companies", "8 (495) 555-01-01", name="ООО «Ромашка»", responsible_user_id=anna)
    one = filled.world.add(
        "contacts", PHONE, "8 906 555 01 02", name="Иван Петров", responsible_user_id=anna, _companies=[firm]
    )
    filled.world.rows["contacts"][one]["custom_fields_values"].append(
        {"field_code": "EMAIL", "values": [{"value": "ivan@example.com"}]}
    )
    deal = {"pipeline_id": PIPELINE["id"], "_contacts": [one], "_companies": [firm]}
    filled.world.add("leads", name="Двери", price=1250.5, status_id=WON, closed_at=int(filled.scene.clock.at), **deal)
    filled.world.add("leads", name="Окна", status_id=ACTIVE, **deal)

    assert await filled.read() is False

    assert await filled.contacts() == [
        ("Иван Петров", "ООО «Ромашка»", f"{PHONE},{OTHER}"),
        ("ООО «Ромашка»", "ООО «Ромашка»", "+74955550101"),
    ]
    source = (await filled.scene.known()).account
    asked = "select k.email, p.name, k.source from contacts k join people p on p.id = k.responsible_id order by 1"
    assert await filled.rows(asked) == [("ivan@example.com", "101", source), (None, "101", source)]
    assert await filled.rows(
        """select d.title, d.stage, d.amount::float, k.name, c.name, d.closed_at is null from deals d
           join contacts k on k.id = d.contact_id join companies c on c.id = d.company_id order by d.title"""
    ) == [
        ("Двери", "Успешно", 1250.5, "Иван Петров", "ООО «Ромашка»", False),
        ("Окна", "Замер", 0.0, "Иван Петров", "ООО «Ромашка»", True),
    ]
    assert await filled.rows("select entity from crm_mirrors where swept_at is not null order by 1") == [
        ("companies",), ("contacts",), ("deals",),
    ]  # fmt: skip


async def test_who_is_a_customer_there_is_a_client_here(filled: AmoFilled) -> None:
    """Also one whose becoming it changed nothing else; a class that was found here stays."""
    firm = filled.world.add("companies", "8 (495) 555-01-01", name="Ромашка")
    people = {
        name: filled.world.add("contacts", f"+790655501{number:02}", name=name)
        for number, name in enumerate(("Анна", "Борис", "Вера", "Глеб"))
    }
    filled.world.add_customer(("companies", firm))
    for name in ("Анна", "Глеб"):
        filled.world.add_customer(("contacts", people[name]))
    await filled.read()
    classes = "select name, class::text from contacts order by name"
    assert await filled.rows(classes) == [
        ("Анна", "client"), ("Борис", "unknown"), ("Вера", "unknown"), ("Глеб", "client"), ("Ромашка", "client"),
    ]  # fmt: skip
    assert await filled.rows("select class::text from companies") == [("client",)]

    await filled.scene.pool.execute("update contacts set class = 'partner' where name = 'Глеб'")
    filled.world.add_customer(("contacts", people["Борис"]))
    await filled.later(8 * 86400)
    assert await filled.rows(classes) == [
        ("Анна", "client"), ("Борис", "client"), ("Вера", "unknown"), ("Глеб", "partner"), ("Ромашка", "client"),
    ]  # fmt: skip


async def test_what_changes_follows_and_the_same_again_changes_nothing(filled: AmoFilled) -> None:
    one = filled.world.add("contacts", PHONE, name="Иван")
    deal = filled.world.add("leads", name="Двери", status_id=WON, _contacts=[one])
    await filled.read()
    before = await filled.rows("select id, version, updated_at from contacts")
    await filled.later()
    assert await filled.rows("select id, version, updated_at from contacts") == before

    filled.scene.clock.at += 3600
    phones = [{"field_code": "PHONE", "values": [{"value": OTHER}]}]
    filled.world.change("contacts", one, name="Пётр", custom_fields_values=phones)
    filled.world.change("leads", deal, status_id=ACTIVE)
    filled.world.add("contacts", "+79065550103", name="Олег")
    await filled.later()

    assert await filled.contacts() == [("Пётр", "", OTHER), ("Олег", "", "+79065550103")]
    assert await filled.rows("select closed_at from deals") == [(None,)]


async def test_a_change_within_the_overlap_is_seen(filled: AmoFilled) -> None:
    """Whose time the account tells as a little before what was read last."""
    filled.world.add("contacts", PHONE, name="Иван")
    await filled.read()
    filled.world.add("contacts", OTHER, name="Олег", updated_at=int(filled.scene.clock.at) - 100)
    await filled.later(5)
    assert [name for name, *_ in await filled.contacts()] == ["Олег", "Иван"]


async def test_many_are_read_page_by_page_and_several_share_a_number(filled: AmoFilled) -> None:
    """More than a page changed in one second, and more came after them."""
    for number in range(700):
        filled.scene.clock.at += 0 if number < 300 else 0.01
        filled.world.add("contacts", PHONE if number < 2 else f"+7906{number:07}", name=f"К{number}")
    await filled.later(0)
    assert await filled.rows(THERE) == [(700,)]
    assert await filled.rows("select count(*) from contact_phones where number = $1", PHONE) == [(2,)]
    await filled.later(3600)
    asked = filled.scene.account.asked("GET contacts")
    await filled.later()
    assert filled.scene.account.asked("GET contacts") == asked + 1
    assert filled.scene.account.throttled == 0


async def test_what_is_deleted_while_it_is_read_shifts_nothing_past(filled: AmoFilled) -> None:
    filled.turn = timedelta(0)  # a page a turn
    for number in range(600):
        filled.scene.clock.at += 1
        filled.world.add("contacts", f"+7906{number:07}", name=f"К{number}")
    ids = sorted(filled.world.rows["contacts"])
    more, turns = True, 0
    while more:
        more = await filled.read()
        for number in ids[turns * 20 : turns * 20 + 20]:
            filled.world.delete("contacts", number)
        turns += 1
        filled.scene.clock.at += 1
    assert turns >= 3
    left = [str(number) for number in filled.world.rows["contacts"]]
    assert await filled.rows("select count(*) from contacts where external_id = any ($1)", left) == [(len(left),)]


async def test_what_was_deleted_goes_with_the_weekly_sweep(filled: AmoFilled) -> None:
    contacts = [filled.world.add("contacts", f"+7906{number:07}", name=f"К{number}") for number in range(220)]
    firm = filled.world.add("companies", PHONE, name="Ромашка")
    deal, trashed = (filled.world.add("leads", name=name, status_id=ACTIVE) for name in ("Двери", "Окна"))
    await filled.read()
    for number in (contacts[0], contacts[99], contacts[100], contacts[219]):
        filled.world.delete("contacts", number)
    filled.world.delete("companies", firm)
    filled.world.delete("leads", deal)
    filled.world.change("leads", trashed, is_deleted=True)
    await filled.later(3600)
    assert await filled.rows(THERE) == [(221,)]
    await filled.later(8 * 86400)
    assert await filled.rows(THERE) == [(216,)]
    assert await filled.rows("select deleted_at is null from companies") == [(False,)]
    assert await filled.rows("select stage, closed_at is null from deals") == [("deleted", False)] * 2
    gone = "select entity, gone from crm_mirrors order by entity"
    assert await filled.rows(gone) == [("companies", 1), ("contacts", 4), ("deals", 2)]
    asked = filled.scene.account.asked("GET contacts")
    await filled.later()
    assert filled.scene.account.asked("GET contacts") == asked + 1


async def test_an_account_that_suddenly_shows_few_is_not_believed(filled: AmoFilled) -> None:
    for number in range(60):
        filled.world.add("contacts", f"+7906{number:07}", name=f"К{number}")
    await filled.read()
    for number in list(filled.world.rows["contacts"])[:40]:
        filled.world.delete("contacts", number)
    await filled.later(8 * 86400)
    assert await filled.rows(THERE) == [(60,)]
    assert (await filled.trouble())["contacts"].startswith("the portal shows 20 of 60")
    for on in (False, True):
        await filled.scene.pool.execute(SQL["choose_fills"], filled.scene.connector, on)
    await filled.later()
    assert await filled.rows(THERE) == [(20,)]
    assert await filled.trouble() == {}


async def test_what_is_read_leaves_calls_their_turn(filled: AmoFilled, redis: Redis) -> None:
    """Of the three requests that may go at once a reader takes the third alone: a card never waits for it."""
    for number in range(600):
        filled.world.add("contacts", f"+7906{number:07}", updated_at=int(filled.scene.clock.at) - number)
    known = await filled.scene.known()
    async with filled.scene.crm(redis) as crm:
        await Filling(filled.scene.pool, {"amocrm": AmoMirroring(crm.accounts)}, filled.scene.clock).one_round()
        granted, _ = await crm.accounts.pace.take(Account(f"{known.account}:requests", 4, 3), 1)
    assert granted == 1
    assert filled.scene.account.throttled == 0
    assert await filled.rows(THERE) == [(600,)]


async def test_what_keeps_it_from_being_read_is_told_and_passes(filled: AmoFilled) -> None:
    one = filled.world.add("contacts", PHONE, name="Иван")
    await filled.read()
    filled.scene.clock.at += 600
    filled.world.change("contacts", one, name="Пётр")
    filled.scene.account.chaos.page("GET contacts", times=1)
    await filled.later()
    assert (await filled.trouble())["contacts"].startswith("a server before amoCRM answered HTTP 502")
    async with filled.scene.crm() as crm:
        found = await check(crm.accounts, await filled.scene.known())
    assert any(one.text.startswith("contacts are not read: a server") for one in found if not one.good)
    await filled.later()
    assert await filled.trouble() == {}
    assert [name for name, *_ in await filled.contacts()] == ["Пётр"]


async def test_one_that_wants_to_be_left_alone_is(filled: AmoFilled) -> None:
    filled.world.add("contacts", PHONE, name="Иван")
    filled.scene.account._recent.extend([filled.scene.clock.at + 30] * 7)
    await filled.read()
    heard = len(filled.scene.account.heard)
    assert (filled.scene.account.throttled, await filled.trouble()) == (1, {})
    await filled.later(120)
    assert len(filled.scene.account.heard) > heard
    assert await filled.rows(THERE) == [(1,)]


async def test_a_record_nobody_can_read_costs_only_itself(filled: AmoFilled) -> None:
    filled.world.add("contacts", PHONE, name="Иван")
    filled.world.change("contacts", filled.world.add("contacts", OTHER), name=["Олег"])
    filled.world.add("contacts", "12", name="Без номера")
    await filled.read()
    assert await filled.contacts() == [("Иван", "", PHONE), ("Без номера", "", "")]
    assert await filled.rows("select read, unread from crm_mirrors where entity = 'contacts'") == [(2, 1)]


async def test_one_who_signed_in_before_this_was_read_is_read_from_the_start(filled: AmoFilled) -> None:
    """Rows of an earlier connection that are there no more go at once."""
    one = filled.world.add("contacts", PHONE, name="Иван")
    filled.world.add("contacts", OTHER, name="Олег")
    await filled.read()
    await filled.scene.pool.execute("delete from crm_mirrors")
    filled.world.delete("contacts", one)
    await filled.later()
    assert await filled.rows("select name from contacts where deleted_at is null") == [("Олег",)]
    since = await filled.scene.pool.fetchval("select min(since) from crm_mirrors")
    assert since > datetime(2026, 1, 1, tzinfo=UTC)
