"""The groups of hosted PBXs follow who works, over real HTTP, whatever becomes of the requests."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from tests.fakes.group_apis import TOKEN, Beeline, MegaFon, Uis, serving
from tests.pbx.hooks.test_store import BOX
from trunkline.db.types import Pool
from trunkline.pbx.beeline.groups import BeelineAgents
from trunkline.pbx.hooks.api import Api, hosted_api
from trunkline.pbx.hooks.groups_store import GroupSeen, groups_seen
from trunkline.pbx.hooks.keeping import KeepingTiming
from trunkline.pbx.hooks.store import HostedPbx, save_hosted
from trunkline.pbx.megafon.groups import MegaFonGroups
from trunkline.pbx.uis.groups import UisGroups
from trunkline.presence.hosted_groups import HostedGroups
from trunkline.webhooks.address import AddressRules

MOSCOW = ZoneInfo("Europe/Moscow")
LOGINS = {"101": "anna", "102": "boris", "103": "vera"}
AT_ONCE = KeepingTiming(look_every=0, again=0, refused=3600)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MegaFonGroups, "pace", 0)
    monkeypatch.setattr(UisGroups, "pace", 0)
    monkeypatch.setattr(BeelineAgents, "pace", 0)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with hosted_api(AddressRules(["127.0.0.0/8"]), answer_seconds=60) as api:
        yield api


@pytest.fixture
async def sales(pool: Pool) -> None:
    """Anna, Boris and Vera answer the queue `sales`; the line of the PBX `cloud` is routed."""
    await pool.execute("insert into queues (id, name, target) values ('sales', 'Sales', 'sales')")
    for at, (extension, login) in enumerate(LOGINS.items()):
        person = UUID(int=0x100 + at)
        await pool.execute("insert into people (id, name, extension) values ($1, $2, $3)", person, login, extension)
        await pool.execute("insert into queue_members (queue_id, person_id) values ('sales', $1)", person)


async def line(pool: Pool, mode: str) -> None:
    await pool.execute("delete from lines")
    await pool.execute(
        "insert into lines (id, number, pbx_id, mode) values ($1, '+74951234567', 'cloud', $2)", UUID(int=1), mode
    )


async def add(pool: Pool, kind: str, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    async with pool.acquire() as connection:
        pbx = HostedPbx(id="cloud", name="Cloud", kind=kind, settings=dict(settings))
        assert await save_hosted(connection, BOX, pbx, secrets)
    await line(pool, "route")


@asynccontextmanager
async def megafon(pool: Pool, token: str = TOKEN, **people: bool) -> AsyncIterator[MegaFon]:
    """A cabinet with the department `dep1` of these people."""
    cabinet = MegaFon({"dep1": people})
    async with serving(cabinet):
        settings = {"api_url": cabinet.url, "logins": LOGINS, "groups": {"sales": "dep1"}}
        await add(pool, "megafon", settings, {"token": "t", "api_token": token})
        yield cabinet


def node(pool: Pool, api: Api, name: str = "one", timing: KeepingTiming = AT_ONCE) -> HostedGroups:
    return HostedGroups(pool, None, BOX, api, name, MOSCOW, timing)


async def turn(groups: HostedGroups) -> None:
    await asyncio.gather(*await groups.turns(datetime.now(UTC)))


async def goes(pool: Pool, login: str, state: str) -> None:
    await pool.execute(
        "insert into presence_states (person_id, state, since) select id, $2::text::presence_state, now() from people "
        "where name = $1 on conflict (person_id) do update set state = excluded.state",
        login,
        state,
    )


async def seen(pool: Pool) -> GroupSeen:
    async with pool.acquire() as connection:
        (one,) = await groups_seen(connection, "cloud")
    return one


async def alarms(pool: Pool) -> list[tuple[str, int, bool]]:
    rows = await pool.fetch("select facts->>'reason' as reason, count, cleared_at is null as open from alarms")
    return [(row["reason"], row["count"], row["open"]) for row in rows]


async def test_whoever_works_is_rung_and_only_what_differs_is_asked_for(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=False, boris=True, vera=True) as cabinet:
        groups = node(pool, api)
        await goes(pool, "vera", "break")
        await turn(groups)
        await turn(groups)

        assert cabinet.rung == {"dep1": {"anna": True, "boris": True, "vera": False}}
        assert [(one["user"], one["status"]) for one in cabinet.switched()] == [("anna", "on"), ("vera", "off")]
        shown = await seen(pool)
        assert (shown.rung, shown.differs, shown.fault) == (("101", "102"), False, "")
        await goes(pool, "vera", "online")
        await turn(groups)
        assert cabinet.rung["dep1"]["vera"]


async def test_it_is_looked_at_when_something_changes_here_or_it_is_time_to(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=True, boris=True, vera=True) as cabinet:
        groups = node(pool, api, timing=KeepingTiming(look_every=3600))
        await turn(groups)
        asked = len(cabinet.asked)
        await turn(groups)
        assert (len(cabinet.asked), asked) == (asked, 6)

        await goes(pool, "anna", "offline")
        await turn(groups)
        assert not cabinet.rung["dep1"]["anna"]


@pytest.mark.parametrize("mode", ["observe", "advise"])
async def test_a_line_that_is_not_routed_changes_nothing_and_shows_what_would_be(
    pool: Pool, api: Api, sales: None, mode: str
) -> None:
    async with megafon(pool, anna=False, boris=True) as cabinet:
        groups = node(pool, api)
        await line(pool, mode)
        await goes(pool, "boris", "break")
        await turn(groups)

        shown = await seen(pool)
        assert (shown.rung, shown.due_on, shown.due_off, shown.absent) == (("102",), ("101",), ("102",), ("103",))
        assert not cabinet.switched()
        await line(pool, "route")
        await turn(groups)
        await turn(groups)
        assert cabinet.rung["dep1"] == {"anna": True, "boris": False}


async def test_who_is_last_goes_on_being_rung(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=True, boris=True, vera=True) as cabinet:
        groups = node(pool, api)
        for login in ("vera", "boris", "anna"):
            await goes(pool, login, "offline")
            await turn(groups)

        assert cabinet.rung["dep1"] == {"anna": True, "boris": False, "vera": False}
        await turn(groups)
        assert (await seen(pool)).kept
        await goes(pool, "boris", "online")
        await turn(groups)
        assert cabinet.rung["dep1"] == {"anna": True, "boris": True, "vera": False}, "until he is seen to be rung"
        await turn(groups)
        assert cabinet.rung["dep1"] == {"anna": False, "boris": True, "vera": False}


async def test_a_change_whose_answer_is_lost_is_looked_for_and_not_repeated(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=False, boris=True, vera=True) as cabinet:
        groups = node(pool, api)
        cabinet.loses = 1
        await turn(groups)
        assert (await seen(pool)).fault
        assert cabinet.rung["dep1"]["anna"]

        await turn(groups)
        assert len(cabinet.switched()) == 1
        assert (await seen(pool)).fault == ""
        assert await alarms(pool) == []


async def test_what_the_cabinet_undoes_at_once_is_mended(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=False, boris=True, vera=True) as cabinet:
        groups = node(pool, api)
        cabinet.at_once = lambda: cabinet.rung["dep1"].update(boris=False)
        await turn(groups)
        assert cabinet.rung["dep1"] == {"anna": True, "boris": False, "vera": True}

        await turn(groups)
        assert cabinet.rung["dep1"] == {"anna": True, "boris": True, "vera": True}


async def test_a_refusal_is_told_once_and_the_pbx_left_in_peace_until_it_is_set_up_anew(
    pool: Pool, api: Api, sales: None
) -> None:
    async with megafon(pool, token="an-old-one", anna=False) as cabinet:
        groups = node(pool, api)
        for _ in range(3):
            await turn(groups)

        assert len(cabinet.asked) == len(LOGINS)
        assert await alarms(pool) == [("HTTP 401 Invalid token", 1, True)]
        assert (await seen(pool)).fault == "HTTP 401 Invalid token"
        settings = {"api_url": cabinet.url, "logins": LOGINS, "groups": {"sales": "dep1"}}
        await add(pool, "megafon", settings, {"token": "t", "api_token": TOKEN})
        await turn(groups)
        await turn(groups)
        assert cabinet.rung["dep1"]["anna"]
        assert [is_open for *_, is_open in await alarms(pool)] == [False]


async def test_one_that_says_yes_and_does_nothing_is_told_of(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=False, boris=True, vera=True) as cabinet:
        cabinet.deaf = True
        groups = node(pool, api)
        for _ in range(5):
            await turn(groups)

        assert len(cabinet.switched()) == 2
        assert await alarms(pool) == [("nothing changed", 1, True)]


async def test_one_that_asks_for_a_rest_gets_it_and_is_no_alarm(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=False, boris=True) as cabinet:
        cabinet.answers = [web.Response(status=429, headers={"Retry-After": "600"})]
        groups = node(pool, api)
        await turn(groups)
        await turn(groups)

        assert len(cabinet.asked) == 1
        assert await alarms(pool) == []


async def test_a_node_that_dies_between_two_changes_is_followed_by_another(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=False, boris=False, vera=True) as cabinet:
        dying, other = node(pool, api, "one"), node(pool, api, "two")
        reached = asyncio.Event()
        cabinet.at_once = reached.set
        doomed = asyncio.create_task(turn(dying))
        await reached.wait()
        doomed.cancel()
        await asyncio.gather(doomed, return_exceptions=True)
        await turn(other)
        before = len(cabinet.asked)
        await turn(other)
        assert len(cabinet.asked) == before, "the seat is the dead node's still"

        await pool.execute("update pbx_acting set until = now() - interval '1 s'")
        await turn(other)
        assert cabinet.rung["dep1"] == {"anna": True, "boris": True, "vera": True}
        asked = len(cabinet.asked)
        await turn(dying)
        assert len(cabinet.asked) == asked


async def test_a_node_whose_seat_is_taken_in_the_middle_stops_there(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=False, boris=False, vera=False) as cabinet:
        taken = asyncio.Event()
        cabinet.at_once = taken.set
        turning = asyncio.create_task(turn(node(pool, api, "one")))
        MegaFonGroups.pace = 0.2
        await taken.wait()
        await pool.execute("update pbx_acting set node = 'two', until = now() + interval '1 h'")
        await turning

        assert len(cabinet.switched()) == 1


async def test_a_line_that_is_taken_back_in_the_middle_changes_nothing_more(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=False) as cabinet:
        cabinet.rung["dep2"] = {"anna": False}
        settings = {"api_url": cabinet.url, "logins": LOGINS, "groups": {"sales": "dep1", "vip": "dep2"}}
        await pool.execute("insert into queues (id, name, target) values ('vip', 'VIP', 'vip')")
        await pool.execute("insert into queue_members (queue_id, person_id) values ('vip', $1)", UUID(int=0x100))
        await add(pool, "megafon", settings, {"token": "t", "api_token": TOKEN})
        switching = asyncio.Event()
        cabinet.at_once = switching.set
        turning = asyncio.create_task(turn(node(pool, api)))
        MegaFonGroups.pace = 0.2
        await switching.wait()
        await line(pool, "observe")
        await turning

        assert len(cabinet.switched()) == 1


async def test_a_group_that_is_not_there_is_said_and_the_others_are_kept(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=False) as cabinet:
        settings = {"api_url": cabinet.url, "logins": LOGINS, "groups": {"sales": "dep1", "vip": "none"}}
        await add(pool, "megafon", settings, {"token": "t", "api_token": TOKEN})
        await turn(node(pool, api))

        async with pool.acquire() as connection:
            kept, missing = await groups_seen(connection, "cloud")
        assert (kept.queue, kept.fault, kept.absent) == ("sales", "", ("102", "103"))
        assert missing.fault == "there is no such group, or nobody of ours is in it"
        assert cabinet.rung["dep1"]["anna"]


async def test_a_queue_that_is_not_here_or_has_no_people_yet_switches_nobody(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=True, boris=False, vera=True) as cabinet:
        await pool.execute("insert into queues (id, name, target) values ('new', 'New', 'new')")
        for queue in ("slaes", "new"):
            settings = {"api_url": cabinet.url, "logins": LOGINS, "groups": {queue: "dep1"}}
            await add(pool, "megafon", settings, {"token": "t", "api_token": TOKEN})
            await turn(node(pool, api))
            await pool.execute("delete from pbx_acting")

            shown = await seen(pool)
            assert (shown.fault, shown.differs) == ("there is no such queue here, or nobody is in it", False)
            assert not cabinet.switched()


async def test_two_queues_may_have_one_group(pool: Pool, api: Api, sales: None) -> None:
    async with megafon(pool, anna=True, boris=True) as cabinet:
        await pool.execute("insert into queues (id, name, target) values ('vip', 'VIP', 'vip')")
        await pool.execute("update queue_members set queue_id = 'vip' where person_id = $1", UUID(int=0x101))
        settings = {"api_url": cabinet.url, "logins": LOGINS, "groups": {"sales": "dep1", "vip": "dep1"}}
        await add(pool, "megafon", settings, {"token": "t", "api_token": TOKEN})
        await turn(node(pool, api))

        assert not cabinet.switched()


async def test_uis_is_asked_with_the_whole_group_and_read_again_where_it_changed(
    pool: Pool, api: Api, sales: None
) -> None:
    cabinet = Uis({"4411": {"901": True, "902": False, "904": True}})
    cabinet.people = {"901": ("Анна", 25), "902": ("Борис", 26), "904": ("Чужой", 99)}
    async with serving(cabinet):
        settings = {
            "data_api": cabinet.url,
            "employees": {"Анна": "101", "26": "102"},
            "groups": {"sales": "4411"},
        }
        await add(pool, "uis", settings, {"data_token": TOKEN})
        groups = node(pool, api)
        await goes(pool, "anna", "break")
        cabinet.at_once = lambda: cabinet.rung["4411"].update({"905": True})
        await turn(groups)
        assert cabinet.rung["4411"] == {"901": True, "902": False, "904": True, "905": True}

        await turn(groups)
        assert cabinet.rung["4411"] == {"901": False, "902": True, "904": True, "905": True}
        assert await alarms(pool) == []


@asynccontextmanager
async def beeline(pool: Pool, groups: Mapping[str, str], token: str = TOKEN, **people: bool) -> AsyncIterator[Beeline]:
    """A call centre with these agents."""
    cabinet = Beeline({"agents": people})
    async with serving(cabinet):
        settings = {"api": cabinet.url, "users": {**LOGINS, "104": "gleb"}, "groups": dict(groups)}
        await add(pool, "beeline", settings, {"token": token})
        yield cabinet


async def test_agents_of_beeline_take_calls_while_they_work(pool: Pool, api: Api, sales: None) -> None:
    async with beeline(pool, {"sales": "101, 102,103,104"}, anna=False, boris=True, gleb=True) as cabinet:
        groups = node(pool, api)
        await goes(pool, "boris", "break")
        for _ in range(3):
            await turn(groups)

        assert cabinet.rung["agents"] == {"anna": True, "boris": False, "gleb": False}
        told = [(one["user"], one["status"]) for one in cabinet.switched()]
        assert told == [("anna", "ONLINE"), ("boris", "OFFLINE"), ("gleb", "OFFLINE")]
        shown = await seen(pool)
        assert (shown.rung, shown.differs, shown.absent, shown.fault) == (("101",), False, ("103",), "")
        cabinet.loses = 1
        await goes(pool, "boris", "online")
        await turn(groups)
        await turn(groups)
        assert cabinet.rung["agents"]["boris"]
        assert await alarms(pool) == []


async def test_the_last_agent_of_beeline_goes_on(pool: Pool, api: Api, sales: None) -> None:
    async with beeline(pool, {"sales": "101,102"}, anna=False, boris=True) as cabinet:
        await goes(pool, "boris", "break")
        cabinet.deaf = True
        for _ in range(4):
            await turn(node(pool, api))
        assert cabinet.rung["agents"] == {"anna": False, "boris": True}
        assert {one["status"] for one in cabinet.switched()} == {"ONLINE"}


async def test_a_refused_token_of_beeline_is_told_once(pool: Pool, api: Api, sales: None) -> None:
    async with beeline(pool, {"sales": "101,102"}, token="another", anna=False) as cabinet:
        groups = node(pool, api)
        for _ in range(3):
            await turn(groups)
        assert (len(cabinet.asked), await alarms(pool)) == (1, [("HTTP 401 Unauthorized no such token", 1, True)])


async def test_who_stands_in_two_lists_of_beeline_is_kept_by_the_first(pool: Pool, api: Api, sales: None) -> None:
    await pool.execute("insert into queues (id, name, target) values ('support', 'Support', 'support')")
    person = await pool.fetchval("select id from people where name = 'boris'")
    await pool.execute("insert into queue_members (queue_id, person_id) values ('support', $1)", person)
    async with beeline(pool, {"sales": "101, 102", "support": "102, 101"}, anna=False, boris=False) as cabinet:
        groups = node(pool, api)
        for _ in range(3):
            await turn(groups)
        assert cabinet.rung["agents"] == {"anna": True, "boris": True}
        assert len(cabinet.switched()) == 2


@pytest.mark.parametrize("left_out", ["api_url", "logins", "groups"])
async def test_one_that_is_not_set_up_for_it_is_not_asked(pool: Pool, api: Api, sales: None, left_out: str) -> None:
    async with megafon(pool, anna=False) as cabinet:
        settings = {"api_url": cabinet.url, "logins": LOGINS, "groups": {"sales": "dep1"}}
        await add(pool, "megafon", {**settings, left_out: ""}, {"token": "t", "api_token": TOKEN})
        await turn(node(pool, api))

        assert not cabinet.asked
