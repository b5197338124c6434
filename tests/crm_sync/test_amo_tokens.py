"""Tokens of an amoCRM account: rotated by one process, kept before use, never asked for twice; or long-lived."""

import asyncio
from datetime import UTC, datetime

import pytest

from crm_sync.amocrm.account import Refused
from crm_sync.amocrm.wire import Good, read, read_long_lived, read_tokens, reading
from crm_sync.answer import Bad, Tokens
from crm_sync.port import NotSignedIn
from tests.crm_sync.amo_scene import AmoScene
from tests.crm_sync.scene import BOX
from tests.fakes.amocrm.access import ACCESS_SECONDS, token
from tests.fakes.amocrm.account import TOKENS
from trunkline.outbox.classify import ErrorClass, classify


async def kept(amo: AmoScene) -> str:
    """The access token as it lies in the database."""
    return BOX.open(await amo.pool.fetchval("select access from crm_tokens")).decode()


async def test_processes_that_find_a_token_ended_ask_for_one_pair(amo: AmoScene) -> None:
    """The refresh token dies with its use (crm.md §3.1): the second to ask would lose the sign-in."""
    known = await amo.known()
    amo.clock.at += ACCESS_SECONDS
    async with amo.crm() as one, amo.crm() as two, amo.crm() as three:
        await asyncio.gather(*(each.accounts.read(known, "account") for each in (one, two, three) for _ in range(2)))
    assert amo.account.access.asked == ["authorization_code", "refresh_token"]
    assert await kept(amo) == amo.account.access.grants[-1].access


async def test_a_token_refused_before_its_time_is_renewed_once(amo: AmoScene) -> None:
    known = await amo.known()
    amo.account.access.grants[-1] = amo.account.access.grants[-1].__class__(
        "another", *list(vars(amo.account.access.grants[-1]).values())[1:]
    )
    async with amo.crm() as crm:
        told = await asyncio.gather(*(crm.accounts.read(known, "account") for _ in range(3)))
    assert [one["name"] for one in told] == ["Окна"] * 3
    assert amo.account.access.asked.count("refresh_token") == 1


async def test_whoever_is_cut_off_meanwhile_the_pair_is_kept(amo: AmoScene) -> None:
    known = await amo.known()
    amo.clock.at += ACCESS_SECONDS
    stalled = amo.account.chaos.stall(TOKENS)
    async with amo.crm() as crm:
        task = asyncio.create_task(crm.accounts.read(known, "account"))
        await stalled.reached.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        stalled.release()
    assert await kept(amo) == amo.account.access.grants[-1].access


async def test_a_request_for_tokens_is_made_once_and_its_loss_is_told_as_such(amo: AmoScene) -> None:
    known = await amo.known()
    amo.clock.at += ACCESS_SECONDS
    amo.account.chaos.cut_after(TOKENS)
    async with amo.crm() as crm:
        with pytest.raises(Refused) as refused:
            await crm.accounts.read(known, "account")
        assert amo.account.access.asked.count("refresh_token") == 1
        assert classify(refused.value.bad.fault) is ErrorClass.TRANSIENT
        with pytest.raises(Refused) as refused:
            await crm.accounts.read(known, "account")
    assert classify(refused.value.bad.fault) is ErrorClass.AUTH
    assert "connect the account again" in str(refused.value)


async def test_a_stolen_token_is_told_as_a_sign_in_that_ended(amo: AmoScene) -> None:
    known = await amo.known()
    amo.account.access.steal()
    async with amo.crm() as crm:
        with pytest.raises(Refused) as refused:
            await crm.accounts.read(known, "account")
    assert classify(refused.value.bad.fault) is ErrorClass.AUTH


async def test_no_secret_is_in_the_words_of_a_failure_and_all_lie_sealed(amo: AmoScene) -> None:
    known = await amo.known()
    amo.clock.at += ACCESS_SECONDS
    grant = amo.account.access.grants[-1]
    secrets = (amo.account.access.app.secret, grant.access, grant.refresh)
    for arm in (amo.account.chaos.cut_before, amo.account.chaos.page):
        arm(TOKENS)
        async with amo.crm() as crm:
            with pytest.raises(Refused) as refused:
                await crm.accounts.read(known, "account")
        said = f"{refused.value} {refused.value.failed} {refused.value.__cause__!r}"
        assert not any(secret in said for secret in secrets)
    rows = await amo.pool.fetch("select to_jsonb(c)::text as row from crm_connectors c")
    rows += await amo.pool.fetch("select to_jsonb(t)::text as row from crm_tokens t")
    told = " ".join(row["row"] for row in rows)
    assert not any(one in told or one.encode().hex() in told for one in secrets)


async def test_a_long_lived_token_is_tried_before_it_is_kept_and_told_of_when_it_has_ended(amo: AmoScene) -> None:
    known = await amo.known()
    forged = token(amo.account.admin, amo.clock() + 1000)
    good = amo.account.access.grant(amo.account.admin, seconds=5000).access
    async with amo.crm() as crm, amo.pool.acquire() as connection:
        for wrong in ("", "nothing", "a.b.c", forged):
            with pytest.raises(NotSignedIn):
                await crm.take_token(connection, known, wrong)
        assert await crm.take_token(connection, known, good) == amo.account.admin
        assert (await crm.accounts.read(known, "account"))["name"] == "Окна"
        asked = len(amo.account.access.asked)
        amo.clock.at += 5000
        with pytest.raises(Refused) as refused:
            await crm.accounts.read(known, "account")
    assert classify(refused.value.bad.fault) is ErrorClass.AUTH
    assert "give another" in str(refused.value)
    assert len(amo.account.access.asked) == asked


PROBLEM = (
    b'{"title":"Bad Request","status":400,'
    b'"validation-errors":[{"errors":[{"code":"NotSupportedChoice","path":"0.x"}]}]}'
)


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (200, b"<html>", ErrorClass.UNKNOWN),
        (200, b"", ErrorClass.UNKNOWN),
        (200, b'{"_embedded": {"notes"', ErrorClass.UNKNOWN),
        (400, PROBLEM, ErrorClass.PERMANENT),
        (400, b"<html>", ErrorClass.TRANSIENT),
        (401, b'{"title":"Unauthorized"}', ErrorClass.AUTH),
        (402, b"", ErrorClass.BLOCKED),
        (403, b'{"title":"Forbidden"}', ErrorClass.BLOCKED),
        (403, b"<html>", ErrorClass.BLOCKED),
        (404, b"<html>", ErrorClass.BLOCKED),
        (404, b'{"title":"Not found"}', ErrorClass.PERMANENT),
        (301, b"", ErrorClass.BLOCKED),
        (429, b"<html>", ErrorClass.THROTTLED),
        (500, b'{"title":"Error"}', ErrorClass.UNKNOWN),
        (502, b"<html>", ErrorClass.UNKNOWN),
        (503, b"<html>", ErrorClass.TRANSIENT),
        (504, b"<html>", ErrorClass.UNKNOWN),
    ],
)
def test_what_an_answer_means(status: int, body: bytes, found: ErrorClass) -> None:
    """crm.md §6.3; of a request that only reads nothing is in doubt."""
    told = read(status, body)
    assert isinstance(told, Bad)
    assert classify(told.fault) is found
    expected = ErrorClass.TRANSIENT if found is ErrorClass.UNKNOWN else found
    assert classify(reading(told).fault) is expected


def test_nothing_is_an_answer() -> None:
    assert read(204, b"") == Good(None)
    assert read(200, b'{"id": 7}') == Good({"id": 7})


def test_what_is_wrong_is_named_without_what_was_sent() -> None:
    told = read(400, PROBLEM)
    assert isinstance(told, Bad)
    assert told.fault.reason == "amoCRM refuses it (0.x: NotSupportedChoice)"


def test_tokens_are_read_with_who_signed_in() -> None:
    access = token(7, 1000)
    body = b'{"token_type":"Bearer","expires_in":86400,"access_token":"%s","refresh_token":"r"}' % access.encode()
    assert read_tokens(200, body, "https://x.amocrm.ru", 100.0) == Tokens(
        access, "r", 86500.0, "https://x.amocrm.ru", 7
    )
    assert read_long_lived(access, "https://x.amocrm.ru") == Tokens(access, "", 1000.0, "https://x.amocrm.ru", 7)
    assert read_long_lived("é.é.é", "https://x.amocrm.ru") is None


async def test_the_database_keeps_until_when_a_token_is_good(amo: AmoScene) -> None:
    until = await amo.pool.fetchval("select until from crm_tokens")
    assert until == datetime.fromtimestamp(amo.clock() + ACCESS_SECONDS, UTC)
