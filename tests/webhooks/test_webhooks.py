"""Webhooks against a real receiver on loopback: signature, every kind of answer, addresses that are off limits."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from tests.fakes.certificates import make
from trunkline.crypto import SecretBox
from trunkline.errors import InvalidInput, NotFound
from trunkline.outbox.classify import backoff
from trunkline.outbox.event import Fault, Sent
from trunkline.outbox.upkeep import watch
from trunkline.outbox.worker import OutboxWorker
from trunkline.webhooks import signature, store
from trunkline.webhooks.address import AddressRules, ForbiddenAddress
from trunkline.webhooks.deliverer import WebhookDeliverer, fault_of, retry_after, webhook_session

_NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Receiver:
    """A program that takes webhooks; `answers` are used up one by one, then it answers 204."""

    answers: list[Handler] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        return await self.answers.pop(0)(request) if self.answers else web.Response(status=204)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook?key=private"
    yield receiver
    await runner.cleanup()


@pytest.fixture
def box(secret_key: bytes) -> SecretBox:
    return SecretBox(secret_key)


@asynccontextmanager
async def _worker(
    pool: asyncpg.Pool, redis: Redis, box: SecretBox, allowed: str, answer_seconds: float = 15.0
) -> AsyncIterator[OutboxWorker]:
    rules = AddressRules([allowed] if allowed else [])
    async with webhook_session(rules, answer_seconds=answer_seconds) as session:
        yield OutboxWorker(pool, redis, [WebhookDeliverer(pool, box, session, rules)], chance=lambda: 0.0)


async def _announce(pool: asyncpg.Pool, *events: str) -> int:
    announcements = [
        store.Announcement(event, "call:1", f"call:1:{event}:{place}", _NOW, {"from": "+79161234567", "place": place})
        for place, event in enumerate(events)
    ]
    async with pool.acquire() as connection, connection.transaction():
        return await store.announce(connection, announcements)


async def _subscribe(pool: asyncpg.Pool, box: SecretBox, url: str, *events: str) -> str:
    async with pool.acquire() as connection:
        _, secret = await store.add(connection, box, "CRM", url, events or ("*",))
    return secret


async def _again(pool: asyncpg.Pool, worker: OutboxWorker) -> None:
    await pool.execute("update outbox_streams set due = now(), waiting = null")
    await worker.drain()


async def test_a_delivery_is_signed_and_in_order(
    pool: asyncpg.Pool, redis: Redis, box: SecretBox, receiver: Receiver
) -> None:
    secret = await _subscribe(pool, box, receiver.url, "call.ended")
    assert await _announce(pool, "call.ended", "call.missed", "call.ended") == 2
    assert await _announce(pool, "call.ended") == 1
    async with _worker(pool, redis, box, "127.0.0.1") as worker:
        await worker.drain()
    first = json.loads(receiver.bodies[0])
    assert (first["event"], first["at"], first["data"]["place"]) == ("call.ended", "2026-03-04T05:06:07+00:00", 0)
    assert [json.loads(body)["data"]["place"] for body in receiver.bodies] == [0, 2]
    assert receiver.headers[0]["Trunkline-Delivery"] == first["id"]
    header = receiver.headers[0]["Trunkline-Signature"]
    assert signature.verify(secret.encode(), receiver.bodies[0], header, time.time())
    assert not signature.verify(secret.encode(), receiver.bodies[0] + b" ", header, time.time())
    assert not signature.verify(secret.encode(), receiver.bodies[0], header, time.time() + 301)
    assert not signature.verify(secret.encode(), receiver.bodies[0], "nonsense", time.time())


async def _html(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>sign in</html>", content_type="text/html")


async def _refuse_429(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=429, headers={"Retry-After": "7"})


async def _break_500(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=500, text="<html>Ошибка</html>", content_type="text/html")


async def _redirect(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})


async def _gone(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=404, text="no such hook")


async def _hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@pytest.mark.parametrize(
    ("answer", "error_class", "sent", "waits"),
    [
        (_refuse_429, "throttled", 2, True),
        (_break_500, "unknown_outcome", 2, True),
        (_hang_up, "unknown_outcome", 2, True),
    ],
)
async def test_what_may_pass_is_sent_again_under_the_same_name(
    pool: asyncpg.Pool, redis: Redis, box: SecretBox, receiver: Receiver,
    answer: Handler, error_class: str, sent: int, waits: bool,
) -> None:  # fmt: skip
    await _subscribe(pool, box, receiver.url)
    receiver.answers = [answer]
    await _announce(pool, "call.ended")
    async with _worker(pool, redis, box, "127.0.0.0/8") as worker:
        await worker.drain()
        assert (await watch(pool)).waiting == 1
        await redis.flushall()
        await _again(pool, worker)
    assert len(receiver.bodies) == sent
    assert receiver.headers[0]["Trunkline-Delivery"] == receiver.headers[1]["Trunkline-Delivery"]
    assert (await watch(pool)).waiting == 0


@pytest.mark.parametrize(("answer", "error"), [(_redirect, "HTTP 302"), (_gone, "HTTP 404")])
async def test_what_will_not_pass_is_a_dead_letter_without_the_addresss_secrets(
    pool: asyncpg.Pool, redis: Redis, box: SecretBox, receiver: Receiver, answer: Handler, error: str
) -> None:
    await _subscribe(pool, box, receiver.url)
    receiver.answers = [answer]
    await _announce(pool, "call.ended")
    async with _worker(pool, redis, box, "127.0.0.1") as worker:
        await worker.drain()
    row = await pool.fetchrow("select error, request from outbox_dead")
    assert row is not None
    assert row["error"].startswith(error)
    assert "private" not in row["request"]


async def test_a_web_page_for_an_answer_is_taken_with_a_warning(
    pool: asyncpg.Pool, redis: Redis, box: SecretBox, receiver: Receiver
) -> None:
    await _subscribe(pool, box, receiver.url)
    receiver.answers = [_html]
    await _announce(pool, "call.ended")
    async with _worker(pool, redis, box, "127.0.0.1") as worker:
        await worker.drain()
    assert "web page" in await pool.fetchval("select warning from outbox_log")


async def test_a_receiver_that_reads_and_says_nothing_has_an_unknown_outcome(
    pool: asyncpg.Pool, redis: Redis, box: SecretBox, receiver: Receiver
) -> None:
    async def silent(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    await _subscribe(pool, box, receiver.url)
    receiver.answers = [silent]
    await _announce(pool, "call.ended")
    async with _worker(pool, redis, box, "127.0.0.1", answer_seconds=0.2) as worker:
        await worker.drain()
        row = await pool.fetchrow("select last_error, started_at is not null from outbox")
        assert row is not None
        assert tuple(row) == ("no answer in time", True)
        await _again(pool, worker)
    assert len(receiver.bodies) == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_private_addresses_are_not_touched_unless_allowed(
    pool: asyncpg.Pool, redis: Redis, box: SecretBox, receiver: Receiver, host: str
) -> None:
    await _subscribe(pool, box, receiver.url.replace("127.0.0.1", host))
    await _announce(pool, "call.ended")
    async with _worker(pool, redis, box, "") as worker:
        await worker.drain()
    assert receiver.bodies == []
    assert "is a private address" in await pool.fetchval("select error from outbox_dead")


async def test_nobody_listening_is_tried_later(pool: asyncpg.Pool, redis: Redis, box: SecretBox) -> None:
    await _subscribe(pool, box, "http://127.0.0.1:1/hook")
    await _announce(pool, "call.ended")
    async with _worker(pool, redis, box, "127.0.0.1") as worker:
        await worker.drain()
    row = await pool.fetchrow("select last_error like 'no connection%', started_at is null from outbox")
    assert row is not None
    assert tuple(row) == (True, True)


async def test_a_removed_or_switched_off_endpoint_is_sent_nothing(
    pool: asyncpg.Pool, redis: Redis, box: SecretBox, receiver: Receiver
) -> None:
    await _subscribe(pool, box, receiver.url)
    await _announce(pool, "call.ended")
    async with pool.acquire() as connection:
        [known] = await store.endpoints(connection)
        await store.change(connection, known.id, name="CRM", url=known.url, events=["*"], active=False)
    async with _worker(pool, redis, box, "127.0.0.1") as worker:
        await worker.drain()
        assert await _announce(pool, "call.ended", "call.missed") == 0
        async with pool.acquire() as connection:
            await store.change(connection, known.id, name="CRM", url=known.url, events=["*"], active=True)
            assert await _announce(pool, "call.missed", "call.ended") == 2
            await store.remove(connection, known.id)
        await worker.drain()
    assert receiver.bodies == []
    assert await pool.fetchval("select count(*) from outbox_log where warning <> ''") == 3


@pytest.mark.parametrize(
    ("address", "permitted"),
    [
        ("93.184.215.14", True), ("10.1.2.3", False), ("10.9.9.9", True), ("127.0.0.1", False),
        ("169.254.169.254", False), ("::1", False), ("fe80::1%eth0", False), ("::ffff:10.1.2.3", False),
        ("::ffff:10.9.9.9", True), ("224.0.0.1", False), ("0.0.0.0", False), ("100.64.0.1", False),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
    ],
)  # fmt: skip
def test_which_addresses_are_permitted(address: str, permitted: bool) -> None:
    rules = AddressRules(["10.9.0.0/16"])
    assert rules.permits(address) is permitted
    if not permitted and "%" not in address:
        with pytest.raises(ForbiddenAddress):
            rules.check_literal(f"[{address}]" if ":" in address else address)


@pytest.mark.parametrize("host", ["2130706433", "127.1", "10.9.9", "010.1.2.3"])
def test_an_address_spelt_another_way_is_refused(host: str) -> None:
    """aiohttp connects to it without asking the resolver."""
    with pytest.raises(ForbiddenAddress):
        AddressRules(["10.9.0.0/16"]).check_literal(host)


def test_a_name_is_left_to_the_resolver() -> None:
    AddressRules([]).check_literal("push.example.com")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("Wed, 04 Mar 2026 05:06:17 GMT", 10.0),
        ("Wed, 04 Mar 2020 05:06:17 GMT", 0.0),
        ("soon", None),
        ("Mon, 01 Jan 2026 00:00:00 +9999999999999", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, _NOW.timestamp()) == seconds


@pytest.mark.parametrize(
    ("name", "url", "events", "paths"),
    [
        ("", "https://x.example/", ["*"], ["name"]),
        ("x", "ftp://x.example/", ["*"], ["url"]),
        ("x", "https://user@x.example/", ["*"], ["url"]),
        ("x", "https:///path", [], ["url", "events"]),
        ("x", "https://x.example/", ["call.invented"], ["events"]),
        ("x", "http://x.example:99999/", ["*"], ["url"]),
        ("x", "http://x exam.example/", ["*"], ["url"]),
    ],
)
async def test_a_wrong_endpoint_names_each_mistake(
    pool: asyncpg.Pool, box: SecretBox, name: str, url: str, events: list[str], paths: list[str]
) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(InvalidInput) as caught:
            await store.add(connection, box, name, url, events)
    assert [mistake.path for mistake in caught.value.mistakes] == paths


def test_a_receiver_may_be_away_for_a_day() -> None:
    """Even where chance takes half of every pause away."""
    policy = WebhookDeliverer.kinds["webhook"]

    waited = sum(backoff(failures, policy, 1.0) for failures in range(policy.max_attempts - 1))

    assert waited >= 86_400


async def test_a_receiver_that_lost_a_day_is_sent_it_again(
    pool: asyncpg.Pool, redis: Redis, box: SecretBox, receiver: Receiver
) -> None:
    await _subscribe(pool, box, receiver.url)
    await _announce(pool, "call.started", "call.ended")
    async with _worker(pool, redis, box, "127.0.0.1") as worker:
        await worker.drain()
        await pool.execute("update outbox_log set at = at - interval '25 h' where payload ->> 'event' = 'call.started'")
        async with pool.acquire() as connection, connection.transaction():
            (known,) = await store.endpoints(connection)
            assert await store.replay(connection, known.id, datetime.now(UTC)) == 1
        await worker.drain()
        async with pool.acquire() as connection, connection.transaction():
            assert await store.replay(connection, known.id, datetime.now(UTC)) == 1  # what was sent again is not

    assert [json.loads(body)["event"] for body in receiver.bodies] == ["call.started", "call.ended", "call.ended"]
    assert receiver.bodies[1] == receiver.bodies[2]
    assert receiver.headers[1]["Trunkline-Delivery"] == receiver.headers[2]["Trunkline-Delivery"]


async def test_the_log_tells_what_became_of_each_and_sends_one_again(
    pool: asyncpg.Pool, redis: Redis, box: SecretBox, receiver: Receiver
) -> None:
    await _subscribe(pool, box, receiver.url)
    async with _worker(pool, redis, box, "127.0.0.1") as worker:
        await _announce(pool, "call.started", "call.ended")
        await worker.drain()
        async with pool.acquire() as connection, connection.transaction():
            (known,) = await store.endpoints(connection)
            latest, _ = await store.deliveries(connection, known.id, None, 9)
            await store.replay_one(connection, known.id, latest.idem, datetime.now(UTC))
            with pytest.raises(NotFound):
                await store.replay_one(connection, uuid4(), "x", datetime.now(UTC))
            waiting, *_ = await store.deliveries(connection, known.id, None, 9)
        await worker.drain()
        receiver.answers = [_gone]
        await _announce(pool, "call.missed")
        await worker.drain()
    async with pool.acquire() as connection:
        told = await store.deliveries(connection, known.id, None, 9)
        older = await store.deliveries(connection, known.id, (told[1].at, told[1].id), 9)

    assert (waiting.state, waiting.payload["event"]) == ("waiting", "call.ended")
    seen = [(one.state, one.payload["event"], one.attempts) for one in told]
    assert seen == [
        ("refused", "call.missed", 1),
        ("delivered", "call.ended", 1),
        ("delivered", "call.ended", 1),
        ("delivered", "call.started", 1),
    ]
    assert older == told[2:]
    assert receiver.headers[1]["Trunkline-Delivery"] == receiver.headers[2]["Trunkline-Delivery"]


async def test_an_answer_that_is_none_tells_nothing_of_what_was_asked() -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/9.9 nonsense\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server, aiohttp.ClientSession() as session:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(aiohttp.ClientError) as caught:
            await session.get(f"http://127.0.0.1:{port}/?key=secret", headers={"Authorization": "secret"})

    fault = fault_of(caught.value)
    assert (fault.sent, "secret" in fault.reason) == (Sent.MAYBE, False)


async def test_no_connection_in_time_tells_nothing_of_what_was_asked() -> None:
    """The one connection there may be is taken; aiohttp's own words have the whole address."""

    async def hold(_request: web.Request) -> web.Response:
        arrived.set()
        await done.wait()
        return web.Response()

    arrived, done = asyncio.Event(), asyncio.Event()
    app = web.Application()
    app.router.add_get("/", hold)
    rules = AddressRules(["127.0.0.0/8"])
    async with TestServer(app) as server, webhook_session(rules, limit_per_host=1, connect=0.05) as session:
        first = asyncio.create_task(session.get(server.make_url("/")))
        await arrived.wait()
        with pytest.raises(aiohttp.ConnectionTimeoutError) as caught:
            await session.get(server.make_url("/?to=79161234567"))
        done.set()
        (await first).release()

    assert fault_of(caught.value) == Fault("no connection in time", Sent.NO)


async def test_a_bad_certificate_may_be_mended(tmp_path: Path) -> None:
    """It is a ValueError as well, but the address is one."""
    shown = make(tmp_path / "own.pem", "localhost")
    server = TestServer(web.Application(), scheme="https", host="localhost")
    await server.start_server(ssl=shown.server_side())
    async with server, webhook_session(AddressRules(["127.0.0.0/8", "::1/128"])) as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError) as caught:
            await session.get(server.make_url("/"))

    fault = fault_of(caught.value)
    assert (fault.sent, fault.refusal, fault.reason.startswith("no connection: ")) == (Sent.NO, None, True)
