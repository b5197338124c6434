"""A subscription at Beeline is kept alive: made, prolonged, found lost, made again; and there is one at a time."""

import re
import time
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from msgspec.structs import replace

from router.wiring import build_question_app
from tests.fakes.beeline import FakeBeeline, Half
from tests.pbx.beeline.keeping import BASE, Clock, add_pbx, standing, visits
from tests.pbx.hooks.test_store import BOX, apply
from tests.router.company import PATIENT_MS, head_of
from tests.router.conftest import WriteDirectory, settings, spool, spool_dir, write_directory
from tests.router.test_hooks import kept
from trunkline.calls.applier import CallApplier
from trunkline.crypto import token_hash
from trunkline.db.types import Pool
from trunkline.directory.reader import Directory
from trunkline.directory.values import PbxBrief
from trunkline.pbx.hooks.check import check_hosted
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.store import keep_heard, list_hosted
from trunkline.pbx.hooks.subscription_store import new_address
from trunkline.pbx.store import add_token
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

__all__ = ["settings", "spool", "spool_dir", "write_directory"]


async def test_it_is_subscribed_to_with_an_address_of_ours(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    await visits(pool, clock)
    (made,) = fake.made.values()
    found = re.fullmatch(rf"{BASE}/router/v1/hooks/beeline/([\w-]{{43}})", made.url)

    assert found is not None
    assert await pool.fetchval("select token_hashes from pbxs") == [token_hash(found[1])]
    assert found[1].encode() not in await pool.fetchval("select address from pbx_subscriptions")
    told = await standing(pool)
    assert (told.id, told.until, told.trouble) == (fake.live[0], made.until, "")


async def test_it_is_prolonged_before_it_ends_and_never_twice(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    await visits(pool, clock)
    seen = set(fake.live)
    for _ in range(30):
        clock.goes_on(hours=1)
        await visits(pool, clock)
        assert len(fake.live) == 1
        seen |= set(fake.live)

    assert len(seen) == 2
    assert {one.url for one in fake.made.values()} == {fake.made[fake.live[0]].url}


async def test_the_new_one_is_there_before_the_old_one_ends(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    await visits(pool, clock)
    clock.goes_on(hours=19)
    there: list[int] = []

    async def look() -> None:
        there.append(len(fake.live))

    fake.meanwhile = look
    await visits(pool, clock)

    assert min(there) >= 1


@pytest.mark.parametrize("says_so", [True, False])
async def test_one_that_is_lost_is_made_again(pool: Pool, fake: FakeBeeline, clock: Clock, says_so: bool) -> None:
    """It says so, or it is asked after ten minutes later."""
    await visits(pool, clock)
    lost = fake.live[0]
    del fake.made[lost]
    if says_so:
        body = b"<Event><subscriptionId>%b</subscriptionId><eventData type='SubscriptionTerminatedEvent'/></Event>"
        at = int(clock().timestamp() * 1e6)
        ended = HookRecord("cloud", "beeline", at, "", "POST", "", "", body % lost.encode())
        async with pool.acquire() as connection:
            await keep_heard(connection, [(ended, 0)])
    clock.goes_on(minutes=1)
    await visits(pool, clock)
    assert len(fake.live) == int(says_so)
    clock.goes_on(minutes=10)
    await visits(pool, clock)

    assert fake.live == [(await standing(pool)).id]
    assert lost not in fake.live


async def test_the_word_that_it_ended_is_looked_into(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    """Whoever knows the address may say so."""
    await visits(pool, clock)
    (lives,) = fake.live
    body = b"<Event><subscriptionId>%b</subscriptionId><eventData type='SubscriptionTerminatedEvent'/></Event>"
    forged = HookRecord("cloud", "beeline", int(clock().timestamp() * 1e6), "", "POST", "", "", body % lives.encode())
    async with pool.acquire() as connection:
        await keep_heard(connection, [(forged, 0)])
    clock.goes_on(minutes=1)
    await visits(pool, clock)

    assert fake.live == [lives]
    assert "GET" in fake.asked


async def test_it_ends_where_the_pbx_is_switched_off(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    await visits(pool, clock)
    await add_pbx(pool, fake, active=False)
    await visits(pool, clock)

    assert fake.live == []
    assert (await standing(pool)).id == ""


async def test_another_address_is_subscribed_with_before_the_old_one_closes(
    pool: Pool, fake: FakeBeeline, clock: Clock
) -> None:
    await visits(pool, clock)
    (before,) = fake.made.values()
    async with pool.acquire() as connection:
        await new_address(connection, BOX, "cloud", clock())
    assert token_hash(before.url.rpartition("/")[2]) in await pool.fetchval("select token_hashes from pbxs")
    clock.goes_on(seconds=30)
    await visits(pool, clock)
    (after,) = fake.made.values()

    assert after.url != before.url
    assert token_hash(after.url.rpartition("/")[2]) == (await pool.fetchval("select token_hashes from pbxs"))[0]


async def test_an_address_that_was_closed_is_made_anew(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    """`trunkline pbx token`, twice."""
    await visits(pool, clock)
    await add_token(pool, "cloud")
    await add_token(pool, "cloud")
    clock.goes_on(seconds=30)
    await visits(pool, clock)
    (made,) = fake.made.values()

    assert token_hash(made.url.rpartition("/")[2]) in await pool.fetchval("select token_hashes from pbxs")


async def test_findings(pool: Pool, fake: FakeBeeline, clock: Clock) -> None:
    async def told() -> dict[str, bool]:
        async with pool.acquire() as connection:
            (pbx,) = await list_hosted(connection)
            found = await check_hosted(connection, pbx, BOX, "http://127.0.0.1:1", clock())
        return {one.text: one.good for one in found}

    assert (await told())["its events are not subscribed to"] is False
    await visits(pool, clock)
    until = f"{fake.made[fake.live[0]].until:%Y-%m-%d %H:%M:%S} UTC"
    assert (await told())[f"its events are subscribed to until {until}, and are again before"] is True
    await add_pbx(pool, fake, "wrong")
    await visits(pool, clock)
    assert (await told())["Its API refuses the token. HTTP 401 Unauthorized Токен не найден"] is False


async def test_from_the_subscription_to_the_call(
    pool: Pool,
    fake: FakeBeeline,
    clock: Clock,
    write_directory: WriteDirectory,
    settings: Settings,
    spool: SpoolWriter,
    spool_dir: Path,
) -> None:
    """The address is made, subscribed with, sent to, and what comes is a call; what is kept does not open it."""
    await visits(pool, clock)
    hashes = await pool.fetchval("select token_hashes from pbxs")
    pbx = PbxBrief(
        "cloud", "beeline", PATIENT_MS, tuple(hashes), settings=b'{"users":{"101":"9650000101@ip.beeline.ru"}}'
    )
    directory = Directory.open(write_directory(head=head_of(pbxs=(pbx,))))
    async with TestServer(build_question_app(settings, directory, spool)) as server:
        base = str(server.make_url("")).rstrip("/")
        clock.goes_on(seconds=30)
        await visits(pool, clock, base)
        await fake.push(Half("101", 1, 9, 69, began=time.time()))
        await fake.terminate(fake.live[0])
    hooks, _ = kept(spool_dir)
    at = int(clock().timestamp() * 1e6)  # the keeper's clock is ahead of the application's
    await apply(pool, CallApplier(), [replace(one, received=at) for one in hooks])
    clock.goes_on(seconds=30)
    await visits(pool, clock, base)
    (row,) = await pool.fetch("select * from calls")
    bodies = await pool.fetch("select body, verdict from hooks_heard")

    assert (row["direction"], row["client"], row["dialled"]) == ("in", "+79160000004", "+74951234567")
    assert (row["outcome"], row["answered_by"], row["talk_ms"]) == ("answered", "101", 60_000)
    assert len(fake.live) == 1  # again
    secret = fake.made[fake.live[0]].url.rpartition("/")[2]
    assert {one["verdict"] for one in bodies} == {"fits"}
    assert not any(secret in one["body"] for one in bodies)
