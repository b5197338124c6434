"""A portal that is reached by an incoming webhook: each call is one activity of whoever has the number."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from crm_sync.bitrix24.crm import Bitrix24, open_bitrix24
from crm_sync.bitrix24.webhook import is_webhook, tokens_of
from crm_sync.port import NotSignedIn, Reach
from crm_sync.store import find_connector
from tests.crm_sync.scene import BOX, LOOPBACK, Scene
from tests.crm_sync.test_chaos import calls_come
from tests.fakes.bitrix24.chaos import Chaos
from tests.fakes.bitrix24.entities import COMPANY, CONTACT, LEAD
from tests.faults.harness import kill_at_every_point
from trunkline.webhooks.deliverer import webhook_session

ADD, MAKE, FIND = "crm.activity.add", "crm.item.add", "crm.activity.list"
CLIENT = {"PHONE": [{"VALUE": "8 (916) 123-45-67"}]}


@asynccontextmanager
async def crm_of(scene: Scene) -> AsyncIterator[Bitrix24]:
    async with webhook_session(LOOPBACK) as session:
        reach = Reach(scene.pool, None, BOX, session, LOOPBACK, lambda _: "", lambda _: "https://x/y", scene.clock)
        async with open_bitrix24(reach) as crm:
            yield crm


@pytest.fixture
async def hooked(scene: Scene) -> Scene:
    """The same portal, reached by its administrator's webhook."""
    async with crm_of(scene) as crm, scene.pool.acquire() as connection:
        known = await find_connector(connection, scene.connector)
        await crm.take_token(connection, known, f"{scene.portal.webhook_url}crm.deal.list.json")
        await crm.look_around(known)
    scene.portal.heard.clear()
    return scene


async def each_once(scene: Scene, many: int) -> None:
    """The property: by our id of the call, and none of it in telephony."""
    calls = [str(call) for call in await scene.calls()]
    assert len(calls) == many
    activities = scene.portal.world.activities.values()
    assert Counter(row.get("ORIGIN_ID") for row in activities) == dict.fromkeys(calls, 1)
    assert await scene.pool.fetchval("select count(*) from crm_calls where finished_at is null") == 0
    assert await scene.dead() == []
    assert scene.portal.violations == []
    assert scene.portal.calls == []
    leads = Counter(one["VALUE"] for row in scene.portal.world.crm.of(LEAD).values() for one in row["PHONE"])
    assert set(leads.values()) <= {1}


async def test_a_call_is_an_activity_of_whoever_has_the_number(hooked: Scene) -> None:
    crm = hooked.portal.world.crm
    crm.add(LEAD, CLIENT)
    crm.add(COMPANY, CLIENT)
    contact = crm.add(CONTACT, CLIENT)
    crm.add(CONTACT, CLIENT)
    await hooked.happens("simple_answered")
    await hooked.deliver()
    await each_once(hooked, 1)
    (row,) = hooked.portal.world.activities.values()
    assert (row["OWNER_TYPE_ID"], row["OWNER_ID"], row["TYPE_ID"]) == (CONTACT, contact, "2")
    assert (row["COMPLETED"], row["DIRECTION"], str(row["RESPONSIBLE_ID"])) == ("Y", "1", hooked.user("101"))
    assert row["SUBJECT"] == "Incoming call from +79161234567"
    assert row["DESCRIPTION"] == "Line: +74951234567\nTalk: 0 min 2 s"
    entity, activity = await hooked.pool.fetchrow("select entity, activity from crm_calls")  # type: ignore[misc]
    assert (entity, activity) == (f"CONTACT {contact}", row["ID"])
    assert await hooked.pool.fetchval("select warning from outbox_log") == "3 more have this number"
    assert [one.method for one in hooked.portal.heard if not one.is_inner] == ["batch", ADD]


@pytest.mark.parametrize(
    ("name", "subject", "completed"),
    [
        ("simple_no_answer", "Missed call from +79161234567", "N"),
        ("outgoing_call", "Outgoing call to +79265550101", "Y"),
    ],
)
async def test_a_missed_call_stays_to_be_done(hooked: Scene, name: str, subject: str, completed: str) -> None:
    hooked.portal.world.crm.add(CONTACT, {"PHONE": [{"VALUE": subject.rsplit(maxsplit=1)[-1]}]})
    await hooked.happens(name)
    await hooked.deliver()
    (row,) = hooked.portal.world.activities.values()
    assert (row["SUBJECT"], row["COMPLETED"]) == (subject, completed)


async def test_calls_of_one_unknown_number_at_once_make_one_lead(hooked: Scene) -> None:
    await calls_come(hooked, 8, alike=True)
    await hooked.deliver_all()
    await each_once(hooked, 8)
    (lead,) = hooked.portal.world.crm.of(LEAD).values()
    assert (lead["ORIGINATOR_ID"], lead["ORIGIN_ID"]) == ("trunkline", "+79161234567")


async def test_what_nobody_has_is_told_to_nobody_where_no_leads_are_made(hooked: Scene) -> None:
    await hooked.pool.execute("update crm_connectors set creates = false")
    await hooked.happens("simple_answered")
    await hooked.deliver()
    assert hooked.portal.world.activities == {}
    warning = await hooked.pool.fetchval("select warning from outbox_log")
    assert warning == "nobody there has the number, and nothing is made of it: it was not written"


@pytest.mark.parametrize("method", [ADD, MAKE])
async def test_what_was_not_answered_is_looked_for_before_it_is_sent_again(hooked: Scene, method: str) -> None:
    await calls_come(hooked, 1)
    hooked.portal.chaos.cut_after(method)
    await hooked.deliver()
    await hooked.deliver()  # it may be on its way still: nothing is asked, and no attempt is counted
    assert len(hooked.portal.asked(method)) == 1
    await hooked.deliver_all()
    await each_once(hooked, 1)
    assert len(hooked.portal.asked(method)) == 1


async def test_who_was_deleted_meanwhile_is_followed_by_whoever_has_the_number_then(hooked: Scene) -> None:
    await calls_come(hooked, 1, alike=True)
    await hooked.deliver_all()
    hooked.portal.world.crm.of(LEAD).clear()
    await hooked.happens("simple_busy")
    await hooked.deliver_all()
    assert await hooked.dead() == []
    assert len(hooked.portal.world.activities) == 2
    assert len(hooked.portal.world.crm.of(LEAD)) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_faults_at_random_over_many_calls(hooked: Scene, seed: int) -> None:
    dice, many = random.Random(seed), 12
    arm = (Chaos.cut_before, Chaos.cut_after, Chaos.page, lambda chaos, method: chaos.refuse("QUERY_LIMIT_EXCEEDED"))
    await calls_come(hooked, many, alike=seed == 0)
    for _ in range(6):
        for _ in range(dice.randrange(5)):
            dice.choice(arm)(hooked.portal.chaos, dice.choice((ADD, MAKE, FIND, "batch", "user.get")))
        await hooked.deliver()
        hooked.clock.at += dice.choice((1, 60, 80, 2000))
        await hooked.pool.execute("delete from outbox_accounts")
    await hooked.deliver_all(40)
    await each_once(hooked, many)


async def test_a_webhook_that_is_no_good_is_refused_and_its_secret_told_to_nobody(hooked: Scene) -> None:
    code = hooked.portal.webhook_url.rstrip("/").rpartition("/")[2]
    lacking = hooked.portal.access.add_webhook(1, frozenset({"crm"}))
    wrong = {
        "https://other.bitrix24.ru/rest/1/abcdef1/": "no_webhook",
        "x": "no_webhook",
        f"{hooked.portal.url}rest/1/{lacking.code}/": "webhook_lacks",
        f"{hooked.portal.url}rest/1/nosuchcode/": "NO_AUTH_FOUND",
    }
    async with crm_of(hooked) as crm, hooked.pool.acquire() as connection:
        known = await find_connector(connection, hooked.connector)
        assert known.by_webhook
        for address, why in wrong.items():
            with pytest.raises(NotSignedIn) as refused:
                await crm.take_token(connection, known, address)
            assert refused.value.code == why
    await calls_come(hooked, 1)
    hooked.portal.access.webhooks.clear()
    await hooked.deliver()
    (held,) = await hooked.pool.fetch("select state, reason from outbox_accounts")
    assert (held["state"], code in held["reason"]) == ("needs_auth", False)
    everything = [await hooked.pool.fetch(f"select * from {table}") for table in ("outbox", "crm_tokens", "crm_calls")]
    assert code not in str(everything)


@pytest.mark.timeout(120)
async def test_a_worker_killed_at_any_socket_write_leaves_one_activity(
    hooked: Scene, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Every third point is tried; all passed when this was written."""

    async def prepare() -> None:
        await hooked.pool.execute("truncate calls, steps, crm_calls, crm_clients, outbox, outbox_log, outbox_streams")
        hooked.portal.world.activities.clear()
        hooked.portal.world.crm.of(LEAD).clear()
        hooked.clock.at += 60
        await hooked.happens("simple_answered")

    async def check() -> None:
        await hooked.deliver_all()
        await each_once(hooked, 1)

    asked = [database_url, str(hooked.clock.at)]
    told = {"tell": record_property, "prepare": prepare, "check": check, "every": 3}
    tried = await kill_at_every_point("socket", "tests.crm_sync.doomed:drain", asked, **told)  # type: ignore[arg-type]
    assert tried.points >= 5


async def test_the_doctor_says_what_is_lost(hooked: Scene) -> None:
    async with crm_of(hooked) as crm, hooked.pool.acquire() as connection:
        found = await crm.check(await find_connector(connection, hooked.connector))
    texts = [one.text for one in found if one.good]
    assert f"{hooked.portal.url.removeprefix('http://').rstrip('/')} is reached by an incoming webhook" in texts
    assert any("no card opens" in text for text in texts)
    assert "the webhook has the permissions it needs" in texts
    assert hooked.portal.violations == []


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("https://company.bitrix24.ru/rest/1/abcdef123/", "https://company.bitrix24.ru/rest/1/"),
        (" https://Company.bitrix24.ru/rest/12/abcdef123/profile.json ", "https://company.bitrix24.ru/rest/12/"),
        ("https://company.bitrix24.ru/rest/1/abcdef123", "https://company.bitrix24.ru/rest/1/"),
        ("http://company.bitrix24.ru/rest/1/abcdef123/", ""),
        ("https://company.bitrix24.ru.evil.example/rest/1/abcdef123/", ""),
        ("https://a@company.bitrix24.ru/rest/1/abcdef123/", ""),
        ("https://company.bitrix24.ru/rest/1/../abcdef123/", ""),
        ("https://[company/rest/1/abcdef123/", ""),
        ("https://company.bitrix24.ru/rest/0/abcdef123/", ""),
    ],
)
def test_addresses_of_webhooks(address: str, endpoint: str) -> None:
    found = tokens_of(address, "https://company.bitrix24.ru")
    assert (found.endpoint if found else "") == endpoint
    assert found is None or (is_webhook(found.endpoint) and found.access == "abcdef123")
    assert not is_webhook("https://company.bitrix24.ru/rest/")
