"""What an account posts is a hint what to ask it for; that it posts is looked at, and seen to."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from yarl import URL

from crm_sync.amocrm.check import check
from crm_sync.amocrm.hints import hinted, read_hints
from crm_sync.amocrm.mirroring import AmoMirroring
from crm_sync.amocrm.subscribing import EVENTS
from crm_sync.filling import Filling
from crm_sync.heard import HINTS_WAKE, EventApplier
from crm_sync.hooks import path_of, secret_of
from tests.calltracking.conftest import Street, open_street
from tests.crm_sync.amo_filled import AmoFilled
from tests.crm_sync.amo_scene import AmoScene
from tests.crm_sync.office import nobody_listens
from tests.fakes.amocrm.hooks import Hooks, form_of
from tests.fakes.amocrm.world import ACTIVE
from tests.fakes.waiting import eventually
from trunkline.keys import settings_key
from trunkline.outbox.wake import wake
from trunkline.writer import SpoolApplier

NOBODY = UUID(int=7)
PHONE, OTHER = "+79065550101", "+79065550102"
ALARMS = "select key from alarms where cleared_at is null"


@dataclass
class Posting(AmoFilled):
    """An account that posts to a public listener."""

    street: Street

    @property
    def hooks(self) -> Hooks:
        return self.scene.account.hooks

    async def hear(self) -> None:
        """What was accepted becomes rows."""
        root: Path = self.street.app[settings_key].data_dir / "spool"
        await SpoolApplier(self.scene.pool, "node", root, [EventApplier()], nobody_listens).drain()

    async def hints(self) -> None:
        """What was touched is asked for."""
        async with self.scene.crm() as crm:
            amocrm = AmoMirroring(crm.accounts)
            filling = Filling(self.scene.pool, {"amocrm": amocrm}, self.scene.clock, hinted={"amocrm": amocrm})
            await filling.hints_round()

    async def bad(self) -> list[str]:
        """What `check` finds wrong with what the account posts."""
        async with self.scene.crm() as crm:
            found = await check(crm.accounts, await self.scene.known())
        return [one.text for one in found if not one.good and "webhook" in one.text]


@pytest.fixture
async def posting(
    amo: AmoScene, database_url: str, valkey_url: str, redis: Redis, data_dir: Path
) -> AsyncIterator[Posting]:
    async with open_street(database_url, valkey_url, data_dir, TRUNKLINE_LIMITS_SPOOL_MB="16") as street:
        secret = secret_of(street.app[settings_key].secret_box(), amo.connector)
        amo.handler = str(street.client.make_url(f"{path_of(amo.connector)}{secret}"))
        async with amo.crm() as crm:
            await crm.look_around(await amo.known())
        yield Posting(amo, street)


async def test_a_sign_in_subscribes_to_what_is_read(posting: Posting) -> None:
    (hook,) = posting.hooks.rows.values()
    assert (hook["destination"], set(hook["settings"]), hook["disabled"]) == (posting.scene.handler, set(EVENTS), False)
    asked = len(posting.scene.account.heard)
    async with posting.scene.crm() as crm:
        await crm.look_around(await posting.scene.known())
    assert posting.scene.account.heard[asked:] == ["GET users", "GET webhooks"]


async def test_what_was_touched_is_asked_for_and_nothing_else_is_believed(posting: Posting) -> None:
    one = posting.world.add("contacts", PHONE, name="Иван")
    firm = posting.world.add("companies", OTHER, name="Ромашка")
    deal = posting.world.add("leads", name="Двери", status_id=ACTIVE)
    await posting.read()
    posting.scene.clock.at += 1
    posting.world.change("contacts", one, name="Пётр", _companies=[firm])
    posting.world.change("leads", deal, name="Окна")
    forged = posting.world.rows["contacts"][one] | {"name": "Кто-то другой"}
    assert await posting.hooks.tell("contacts", "update", forged) == [200]
    assert await posting.hooks.tell("leads", "status", posting.world.rows["leads"][deal]) == [200]
    assert await posting.hooks.tell("companies", "update", posting.world.rows["companies"][firm]) == [200]
    await posting.hear()
    assert await posting.rows("select entity, id from crm_hints order by 1") == [
        ("companies", firm), ("contacts", one), ("deals", deal),
    ]  # fmt: skip
    asked = len(posting.scene.account.heard)
    await posting.hints()
    assert sorted(set(posting.scene.account.heard[asked:])) == [
        "GET companies", "GET contacts", "GET leads", "GET leads/pipelines",
    ]  # fmt: skip
    assert ("Пётр", "Ромашка", PHONE) in await posting.contacts()
    assert await posting.rows("select title from deals") == [("Окна",)]
    assert await posting.rows("select id from crm_hints") == []


async def test_what_was_deleted_goes_at_once_where_the_account_shows_it_no_more(posting: Posting) -> None:
    gone, stays = (posting.world.add("contacts", phone, name=phone) for phone in (PHONE, OTHER))
    firm, deal = posting.world.add("companies", "+74955550101"), posting.world.add("leads", status_id=ACTIVE)
    await posting.read()
    posting.scene.clock.at += 1
    rows = {kind: dict(posting.world.rows[kind]) for kind in ("contacts", "companies", "leads")}
    for kind, number in (("contacts", gone), ("companies", firm), ("leads", deal)):
        posting.world.delete(kind, number)
        await posting.hooks.tell(kind, "delete", rows[kind][number])
    await posting.hooks.tell("contacts", "delete", rows["contacts"][stays])  # whoever says so
    await posting.hear()
    await posting.hints()
    assert await posting.contacts() == [(OTHER, "", OTHER)]
    assert await posting.rows("select deleted_at is null from companies") == [(False,)]
    assert await posting.rows("select stage from deals") == [("deleted",)]
    assert await posting.rows("select sum(gone)::int from crm_mirrors") == [(3,)]


async def test_who_reads_is_woken_by_what_was_touched(posting: Posting, redis: Redis) -> None:
    """Long before the minute is over."""
    async with posting.scene.crm() as crm, asyncio.TaskGroup() as group:
        amocrm = AmoMirroring(crm.accounts)
        pool, readers, clock = posting.scene.pool, {"amocrm": amocrm}, posting.scene.clock
        task = group.create_task(Filling(pool, readers, clock, redis, {"amocrm": amocrm}, gathering=0.0).run())
        await eventually(lambda: pool.fetchval("select count(*) = 3 from crm_mirrors where swept_at is not null"))
        one = posting.world.add("contacts", PHONE, name="Иван")
        await posting.hooks.tell("contacts", "add", posting.world.rows["contacts"][one])
        await posting.hear()

        async def is_read() -> bool:
            await wake(redis, HINTS_WAKE)
            return await posting.contacts() == [("Иван", "", PHONE)]

        await eventually(is_read)
        task.cancel()


async def test_much_that_is_not_there_is_left_to_the_sweep(posting: Posting) -> None:
    for number in range(30):
        posting.world.add("contacts", f"+7906{number:07}")
    await posting.read()
    rows = [*posting.world.rows["contacts"].values()]
    posting.world.rows["contacts"].clear()
    posting.scene.clock.at += 1
    await posting.hooks.tell("contacts", "update", *rows)
    await posting.hear()
    await posting.hints()
    assert await posting.rows("select count(*) from contacts where deleted_at is null") == [(30,)]
    assert await posting.rows("select id from crm_hints") == []


@pytest.mark.parametrize("state", ["active = false", "fills = false"])
async def test_a_crm_that_is_not_read_is_not_asked(posting: Posting, state: str) -> None:
    await posting.scene.pool.execute(f"update crm_connectors set {state}")
    assert await posting.hooks.tell("contacts", "update", {"id": 5}) == [200]
    await posting.hear()
    assert await posting.rows("select id from crm_hints") == []


async def test_an_address_that_we_never_gave_is_not_there(posting: Posting) -> None:
    client = posting.street.client
    form = form_of("contacts", "update", ({"id": 5},))
    assert (await client.post(f"{path_of(posting.scene.connector)}guessed", data=form)).status == 404
    other = secret_of(posting.street.app[settings_key].secret_box(), NOBODY)
    assert (await client.post(f"{path_of(NOBODY)}{other}", data=form)).status == 200
    many = form_of("contacts", "update", tuple({"id": one, "name": "x" * 60} for one in range(1, 800)))
    assert (await client.post(URL(posting.scene.handler or "").path, data=many)).status == 200
    await posting.hear()
    assert await posting.rows("select count(*) from crm_hints") == [(799,)]


async def test_one_that_the_account_switched_off_is_told_and_made_anew(posting: Posting) -> None:
    """It is looked at by the check, and each day; an older address of ours is posted to no more."""
    handler = posting.scene.handler
    await posting.read()
    for look in ("check", "day"):
        posting.hooks.rows[handler or ""]["disabled"] = True
        posting.hooks.subscribe({"destination": f"{handler}old", "settings": ["add_lead"]}, 1)
        posting.hooks.subscribe({"destination": "https://other.example/hook", "settings": ["add_lead"]}, 1)
        if look == "check":
            assert await posting.bad() == [
                "amoCRM had switched our webhook off, since it was not answered; it is on again"
            ]
            assert await posting.bad() == []
        else:
            await posting.later(3600)
            assert posting.hooks.rows[handler or ""]["disabled"]
            await posting.later(86_400)
            assert await posting.rows(ALARMS) == [("crm.hooks:sales",)]
        assert set(posting.hooks.rows) == {handler, "https://other.example/hook"}
        assert not posting.hooks.rows[handler or ""]["disabled"]
    await posting.later(86_401)
    assert await posting.rows(ALARMS) == []


async def test_who_may_not_subscribe_is_read_each_minute(posting: Posting) -> None:
    """Who signed in administers it no more."""
    posting.hooks.rows.clear()
    posting.world.users[posting.scene.account.admin]["rights"]["is_admin"] = False
    posting.world.add("contacts", PHONE, name="Иван")
    await posting.later(86_401)
    assert posting.hooks.rows == {}
    assert await posting.contacts() == [("Иван", "", PHONE)]


CASES: dict[str, tuple[bytes, list[tuple[str, int]] | None]] = {
    "brackets as they are": (b"leads[add][0][id]=12", [("deals", 12)]),
    "a company": (b"contacts[update][1][type]=company&contacts[update][1][id]=5", [("companies", 5)]),
    "the same twice": (b"contacts[add][0][id]=5&contacts[update][0][id]=5", [("contacts", 5)]),
    "of what is not read": (b"account[id]=7&task[add][0][id]=9", []),
    "ids within": (b"leads[add][0][custom_fields][0][id]=9&leads[note][0][note][id]=8", []),
    "no number": (b"leads[add][0][id]=-1&leads[add][1][id]=1e5&leads[add][2][id]=9999999999999999", []),
    "a portal's": (b"event=ONEXTERNALCALLSTART&data[USER_ID]=1", None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize("case", CASES)
def test_a_form_names_what_was_touched(case: str) -> None:
    body, told = CASES[case]
    event = read_hints(NOBODY, body)
    assert (None if event is None else hinted(event.said)) == told


@given(st.binary(max_size=300), st.lists(st.integers(1, 10**9), min_size=1, max_size=20, unique=True))
def test_whatever_stands_beside_it_each_id_is_read(junk: bytes, ids: list[int]) -> None:
    read_hints(NOBODY, junk)
    form = urlencode(form_of("leads", "update", tuple({"id": one, "name": junk.hex()} for one in ids)))
    event = read_hints(NOBODY, form.encode())
    assert event is not None
    assert hinted(event.said) == [("deals", one) for one in ids]
