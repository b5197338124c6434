"""Clients: only where they allow it, not too often, within hours; the request for a review after a talk."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from tests.messages.conftest import PHONE, Office, put, round_at, states
from tests.messages.rules import name_id, rule, step
from tests.webhooks.test_webhooks import Receiver, receiver
from trunkline.crypto import SecretBox
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.dialing.guard import Limits
from trunkline.dialing.store import contacts_of
from trunkline.ids import uuid7
from trunkline.messages.happening import Kind
from trunkline.messages.permitting import Asked, Lately, Told, refusal
from trunkline.messages.rule import Channel, Settings, Whom
from trunkline.messages.store import talks_ended
from trunkline.outbox.worker import OutboxWorker
from trunkline.webhooks import store as webhooks
from trunkline.webhooks.address import AddressRules
from trunkline.webhooks.deliverer import WebhookDeliverer, webhook_session

__all__ = ["receiver"]

LOOPBACK = AddressRules(["127.0.0.0/8"])
RULE = name_id("review")
WHO = frozenset({"phone:1"})


def review(**more: Any) -> Any:
    more.setdefault("every_days", 30)
    to = step(Whom.CLIENT, more.pop("channel", Channel.EMAIL))
    return rule("review", to, kind=Kind.CALL_ENDED, seconds=30, template="Оцените разговор: {line}", **more)


async def talk(pool: Pool, at: datetime, seconds: int = 60, **more: Any) -> UUID:
    """A talk with the client that ended then, told to the rules."""
    call = uuid7(at.timestamp())
    async with pool.acquire() as connection, connection.transaction():
        await ensure_partition(connection, "calls", at.year, at.month)
        await connection.execute(
            "insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at,"
            " ended_at, outcome, answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial,"
            " has_gap) values ($1::uuid, 'office', $1::text, 'in', $2, '', $2, '', $3, $3, $4, '', '{}', '{}', '{}',"
            " '{}', '{}', 0, $5, false, false)",
            call, more.get("client", PHONE), at, more.get("outcome", "answered"), seconds * 1000,
        )  # fmt: skip
        for _ in range(2):
            await talks_ended(connection, [call], at)
    return call


async def allow(pool: Pool, office: Office, allowed: bool = True) -> None:
    await pool.execute(
        "insert into client_consents (contact_id, allowed, at) values ($1, $2, now())"
        " on conflict (contact_id) do update set allowed = excluded.allowed",
        office["client"], allowed,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "lately", "settings", "why"),
    [
        (Asked(RULE, True, 0, True), (0, ()), {}, ""),
        (Asked(RULE, True, 0, None), (0, ()), {}, "not_asked"),
        (Asked(RULE, True, 0, None), (0, ()), {"unasked": True}, ""),
        (Asked(RULE, True, 0, False), (0, ()), {"unasked": True}, "said_no"),
        (Asked(RULE, True, 0, True), (3, ()), {}, "told_enough"),
        (Asked(RULE, True, 30, True), (1, (RULE,)), {}, "told_lately"),
        (Asked(RULE, True, 0, True), (1, (RULE,)), {}, ""),
        (Asked(RULE, False, 30, None), (9, (RULE,)), {}, "told_lately"),
        (Asked(RULE, False, 0, None), (9, ()), {}, ""),
    ],
)
def test_permission(asked: Asked, lately: tuple[int, tuple[UUID, ...]], settings: dict[str, Any], why: str) -> None:
    told = [Told(WHO, None, True, False)] * lately[0] + [Told(WHO, one, False, True) for one in lately[1]]
    others = [Told(frozenset({"phone:2"}), RULE, True, True)] * 9
    assert refusal(asked._replace(names=WHO), Lately([*told, *others]), Settings(**settings)) == why


def test_one_who_has_several_names_is_told_once() -> None:
    lately = Lately([Told(frozenset({"contact:1", "phone:1"}), RULE, True, True)])
    lately.note(Asked(None, True, 0, True, frozenset({"phone:1", "email:a"})))
    asked = (("contact:1", "phone:1", "email:a"), ("email:a",), ("x",))
    assert [len(lately.to(frozenset(names))) for names in asked] == [2, 1, 0]


@pytest.mark.parametrize(
    ("change", "count"),
    [({}, 1), ({"seconds": 29}, 0), ({"outcome": "missed"}, 0), ({"client": ""}, 0)],
)
async def test_which_talks(pool: Pool, office: Office, change: dict[str, Any], count: int) -> None:
    await put(pool, review())
    await talk(pool, datetime.now(UTC), **change)
    assert len(await states(pool)) == count


async def test_a_colleague_is_asked_nothing(pool: Pool, office: Office) -> None:
    await put(pool, review())
    await pool.execute("update people set mobile = $1 where id = $2", PHONE, office["head"])
    await talk(pool, datetime.now(UTC))
    assert await states(pool) == []


async def test_once_in_so_many_days(pool: Pool, redis: Redis, office: Office) -> None:
    await put(pool, review())
    await allow(pool, office)
    await pool.execute("update message_settings set opens = 0, closes = 1440")
    await pool.execute("update missed_rules set country = 'ZZ'")  # no holidays
    now = datetime.now(UTC)
    for _ in range(2):
        await talk(pool, now)
    await round_at(pool, redis, now)
    await talk(pool, now)
    await round_at(pool, redis, now + timedelta(days=29))
    assert sorted((state, why) for _, state, why in await states(pool)) == [
        ("refused", "told_lately"), ("refused", "told_lately"), ("sent", ""),
    ]  # fmt: skip
    await talk(pool, now)
    await round_at(pool, redis, now + timedelta(days=31))
    assert sum(state == "sent" for _, state, _ in await states(pool)) == 2


async def test_who_says_no_is_not_written_to(pool: Pool, redis: Redis, office: Office) -> None:
    await put(pool, review(every_days=0))
    await pool.execute("update message_settings set opens = 0, closes = 1440")
    await pool.execute("update missed_rules set country = 'ZZ'")
    now = datetime.now(UTC)
    for allowed, told in ((True, ("sent", "")), (False, ("refused", "said_no"))):
        await allow(pool, office, allowed)
        await pool.execute("delete from messages")
        await talk(pool, now)
        await round_at(pool, redis, now)
        assert [(state, why) for _, state, why in await states(pool)] == [told]


async def test_clients_are_never_told_at_night(pool: Pool, redis: Redis, office: Office) -> None:
    """Whatever the rule says."""
    await put(pool, review(working=False))
    await allow(pool, office)
    now = datetime.now(UTC)
    await talk(pool, now)
    night = now.replace(hour=22) + timedelta(days=1)
    await round_at(pool, redis, night)
    assert await states(pool) == [("Иванов", "waiting", "hours")]


async def test_a_gateway_is_told_by_webhook(
    pool: Pool, redis: Redis, office: Office, receiver: Receiver, box: SecretBox
) -> None:
    """Whatever it makes of it: an SMS, a message of a messenger."""
    await put(pool, review(channel=Channel.WEBHOOK))
    await allow(pool, office)
    await pool.execute("update message_settings set opens = 0, closes = 1440")
    await pool.execute("update missed_rules set country = 'ZZ'")
    now = datetime.now(UTC)
    await talk(pool, now)
    await round_at(pool, redis, now)
    assert [(state, why) for _, state, why in await states(pool)] == [("refused", "no_receiver")]
    async with pool.acquire() as connection:
        await webhooks.add(connection, box, "SMS", receiver.url, ["message.told"])
    await talk(pool, now)
    for _ in range(2):
        await round_at(pool, redis, now)
    async with webhook_session(LOOPBACK) as session:
        await OutboxWorker(pool, redis, [WebhookDeliverer(pool, box, session, LOOPBACK)]).drain()
    (body,) = receiver.bodies
    told = json.loads(body)
    assert told["event"] == "message.told"
    assert told["data"]["to"] == {
        "kind": "client",
        "id": str(office["client"]),
        "name": "Иванов",
        "phone": PHONE,
        "email": "ivanov@example.com",
    }
    assert told["data"]["text"].startswith("Оцените разговор")


async def test_the_cap_of_calls_holds_messages_and_counts_them(pool: Pool, redis: Redis, office: Office) -> None:
    await put(pool, review(every_days=0))
    await allow(pool, office)
    await pool.execute("update message_settings set opens = 0, closes = 1440, client_most = 100")
    await pool.execute("update missed_rules set country = 'ZZ'")
    await pool.execute("update dial_rules set contact_most = 3, contact_days = 2")
    now = datetime.now(UTC)
    for minutes in (2, 1):
        await talk(pool, now - timedelta(minutes=minutes))
    await pool.execute("update calls set direction = 'out'")

    async def told() -> list[tuple[str, str]]:
        return sorted((state, why) for _, state, why in await states(pool))

    await round_at(pool, redis, now)
    assert await told() == [("sent", ""), ("waiting", "contacted")]  # the first message was the third contact
    limits = Limits(contact_most=3, contact_days=2)
    async with pool.acquire() as connection:
        for number, contact in ((PHONE, None), ("", office["client"])):
            assert await contacts_of(connection, number, limits, now, contact=contact) == 3
        assert await contacts_of(connection, "+79990000000", limits, now) == 0
    await talk(pool, now + timedelta(minutes=1))  # he calls himself
    await round_at(pool, redis, now + timedelta(minutes=31))
    assert await told() == [("sent", "")] * 3


async def test_what_the_cap_held_for_its_days_is_not_told(pool: Pool, redis: Redis, office: Office) -> None:
    await put(pool, review(every_days=0))
    await allow(pool, office)
    await pool.execute("update message_settings set opens = 0, closes = 1440")
    await pool.execute("update missed_rules set country = 'ZZ'")
    await pool.execute("update dial_rules set contact_most = 1, contact_days = 2")
    now = datetime.now(UTC)
    await talk(pool, now)
    late = now + timedelta(days=2, minutes=1)
    call = await talk(pool, late - timedelta(minutes=5), seconds=1)  # too short to ask about
    await pool.execute("update calls set direction = 'out' where id = $1", call)
    await round_at(pool, redis, late)
    assert [(state, why) for _, state, why in await states(pool)] == [("refused", "contacted")]
