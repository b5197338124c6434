"""Tokens: renewed by one process at a time, kept before they are used, never in words."""

import asyncio

import pytest

from crm_sync.bitrix24.portal import Refused
from crm_sync.bitrix24.wire import Bad, Tokens, read, read_tokens
from crm_sync.connector import Connector
from crm_sync.store import find_connector
from tests.crm_sync.scene import BOX, Scene
from trunkline.outbox.classify import ErrorClass, classify

SCOPE = "scope"


@pytest.fixture
async def known(scene: Scene) -> Connector:
    async with scene.pool.acquire() as connection:
        return await find_connector(connection, scene.connector)


async def kept(scene: Scene) -> str:
    """The access token as it lies in the database."""
    return BOX.open(await scene.pool.fetchval("select access from crm_tokens")).decode()


async def test_processes_that_find_a_token_ended_ask_for_one_pair(scene: Scene, known: Connector) -> None:
    grants = scene.portal.access.grants
    before = len(grants)
    scene.clock.at += 3600
    async with scene.portals() as one, scene.portals() as two, scene.portals() as three:
        await asyncio.gather(*(each.ask(known, SCOPE, {}) for each in (one, two, three) for _ in range(4)))
    assert len(grants) == before + 1
    assert await kept(scene) == grants[-1].access


async def test_a_token_refused_before_its_time_is_renewed_once(scene: Scene, known: Connector) -> None:
    grants = scene.portal.access.grants
    before = len(grants)
    old = grants[-1]
    grants[-1] = type(old)(old.app, old.user, "another", old.refresh, old.expires_at)
    async with scene.portals() as portals:
        told = await asyncio.gather(*(portals.ask(known, SCOPE, {}) for _ in range(5)))
    assert all("telephony" in one.result for one in told)
    assert len(grants) == before + 1


async def test_whoever_is_cut_off_meanwhile_the_pair_is_kept(scene: Scene, known: Connector) -> None:
    scene.clock.at += 3600
    stalled = scene.portal.chaos.stall("/oauth/token/")
    async with scene.portals() as portals:
        task = asyncio.create_task(portals.ask(known, SCOPE, {}))
        await stalled.reached.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        stalled.release()
    assert await kept(scene) == scene.portal.access.grants[-1].access
    async with scene.portals() as portals:
        assert "telephony" in (await portals.ask(known, SCOPE, {})).result


async def test_a_stolen_token_is_told_as_a_sign_in_that_ended(scene: Scene, known: Connector) -> None:
    scene.portal.access.steal(scene.portal.access.grants[-1])
    scene.clock.at += 3600
    async with scene.portals() as portals:
        with pytest.raises(Refused) as refused:
            await portals.ask(known, SCOPE, {})
    assert classify(refused.value.bad.fault) is ErrorClass.AUTH
    assert "connect the portal again" in str(refused.value)


async def test_no_secret_is_in_the_words_of_a_failure(scene: Scene, known: Connector) -> None:
    scene.clock.at += 3600
    secrets = (scene.portal.app.secret, await kept(scene), scene.portal.access.grants[-1].refresh)
    for arm in (scene.portal.chaos.cut_before, scene.portal.chaos.page):
        arm("/oauth/token/", 2)  # a GET whose connection ends is asked again by itself
        async with scene.portals() as portals:
            with pytest.raises(Refused) as refused:
                await portals.ask(known, SCOPE, {})
        said = f"{refused.value} {refused.value.failed} {refused.value.__cause__!r}"
        assert not any(secret in said for secret in secrets)
        assert classify(refused.value.bad.fault) in {ErrorClass.TRANSIENT, ErrorClass.UNKNOWN}


async def test_secrets_lie_sealed(scene: Scene) -> None:
    rows = await scene.pool.fetch("select to_jsonb(c)::text as row from crm_connectors c")
    rows += await scene.pool.fetch("select to_jsonb(t)::text as row from crm_tokens t")
    grant, app = scene.portal.access.grants[-1], scene.portal.app
    told = " ".join(row["row"] for row in rows)
    assert not any(one in told or one.encode().hex() in told for one in (app.secret, grant.access, grant.refresh))


def test_an_endpoint_elsewhere_is_not_obeyed() -> None:
    body = b'{"access_token":"a","refresh_token":"r","expires_in":3600,"user_id":7,"client_endpoint":"%s"}'
    for told, endpoint in (
        (b"https://x.bitrix24.ru/rest/", "https://x.bitrix24.ru/rest/"),
        (b"https://x.bitrix24.ru.evil.example/rest/", "https://x.bitrix24.ru/rest/"),
        (b"http://x.bitrix24.ru/rest/", "https://x.bitrix24.ru/rest/"),
        (b"", "https://x.bitrix24.ru/rest/"),
    ):
        found = read_tokens(200, body % told, "https://x.bitrix24.ru", 100.0)
        assert found == Tokens("a", "r", 3700.0, endpoint, 7)


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (200, b"<html>login</html>", ErrorClass.UNKNOWN),
        (200, b"", ErrorClass.UNKNOWN),
        (200, b'{"result": {"CALL_ID": "x"', ErrorClass.UNKNOWN),
        (200, b"[]", ErrorClass.UNKNOWN),
        (200, b'{"error":"NO_AUTH_FOUND"}', ErrorClass.AUTH),
        (503, b'{"error":"QUERY_LIMIT_EXCEEDED"}', ErrorClass.THROTTLED),
        (503, b'{"error":"OVERLOAD_LIMIT"}', ErrorClass.BLOCKED),
        (500, b'{"error":"PORTAL_DELETED"}', ErrorClass.BLOCKED),
        (400, b'{"error":100,"error_description":"Could not find value"}', ErrorClass.PERMANENT),
        (400, b'{"error":"ERROR_CORE","error_description":"Unknown TYPE"}', ErrorClass.PERMANENT),
        (302, b"", ErrorClass.BLOCKED),
        (404, b"<html>", ErrorClass.BLOCKED),
        (403, b"<html>", ErrorClass.BLOCKED),
        (502, b"<html>", ErrorClass.UNKNOWN),
        (503, b"<html>", ErrorClass.TRANSIENT),
        (429, b"<html>", ErrorClass.THROTTLED),
        (400, b"<html>", ErrorClass.TRANSIENT),
    ],
)
def test_what_an_answer_means(status: int, body: bytes, found: ErrorClass) -> None:
    told = read(status, body)
    assert isinstance(told, Bad)
    assert classify(told.fault) is found
    assert told.fault.reason[0].islower()
