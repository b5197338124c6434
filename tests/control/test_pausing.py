"""What is said stays out of the recording while somebody asks so, and never longer than he said."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.control.conftest import Node
from tests.control.test_orders import post
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of, token_of
from trunkline.control.order import Kind, State
from trunkline.control.store import claim_order, paused_until, settle_orders
from trunkline.db.types import Pool
from trunkline.people.roles import Right

pytestmark = pytest.mark.usefixtures("node", "allowed")
PAUSE: dict[str, Any] = {"state": "paused", "seconds": 60}


@pytest.fixture
async def recorded(pool: Pool, talking: dict[str, UUID]) -> UUID:
    """Anna's call, which the PBX records at the client's channel."""
    call = talking["101"]
    await pool.execute(
        "insert into steps (call_id, at, step_id, source, leg, channel, what) "
        "values ($1, now(), '12345679', 'live', 'l-101', 'PJSIP/provider-1', $2)",
        call,
        {"kind": "recorded", "file": "/monitor/l-101.wav"},
    )
    await pool.execute("update pbxs set settings = settings || $1", {"recordings_seen": "/monitor"})
    return call


async def orders(pool: Pool) -> list[tuple[str, str, int]]:
    rows = await pool.fetch("select kind, state, seconds from call_orders order by at")
    return [(row["kind"], row["state"], row["seconds"]) for row in rows]


async def test_a_pause_has_its_end_from_the_beginning(
    browser: Browser, pool: Pool, people: dict[str, UUID], recorded: UUID, node: Node
) -> None:
    token, before = await token_of(pool, people["anna"]), datetime.now(UTC)
    async with node() as done:
        status, told = await post(browser, token, f"/api/v1/calls/{recorded}/recording", PAUSE)

    assert (status, told["state"]) == (200, "done")
    assert "in 60 s" in told["message"]
    assert [(order.kind, order.leg) for order in done] == [(Kind.PAUSE, "l-101")]
    assert await orders(pool) == [("pause", "done", 60), ("record", "accepted", 60)]
    async with pool.acquire() as connection:
        until = await paused_until(connection, recorded)
    assert until is not None
    assert timedelta(seconds=59) < until - before < timedelta(seconds=70)
    deeds = await pool.fetch("select action, after from audit where object_id = $1", str(recorded))
    assert [(deed["action"], deed["after"]["seconds"]) for deed in deeds] == [("call.pause_ordered", 60)]


async def test_it_goes_on_by_itself_however_late(pool: Pool, people: dict[str, UUID], recorded: UUID) -> None:
    """No node lived when it was due; what others order is too late by then."""
    for kind, seconds in (("record", 60), ("pause", 60)):
        await pool.execute(
            "insert into call_orders (id, at, kind, pbx, call_id, leg, by_name, seconds) "
            "values (gen_random_uuid(), now() - interval '10 minutes', $1, 'main', $2, 'l-101', 'Anna', $3)",
            kind,
            recorded,
            seconds,
        )
    await settle_orders(pool)

    order = await claim_order(pool, "main", lambda: 0.0)

    assert order is not None
    assert (order.kind, order.until) == (Kind.RECORD, 10.0)
    assert await claim_order(pool, "main") is None
    await pool.execute("update call_orders set sent_at = now() - interval '2 minutes' where kind = 'record'")
    await settle_orders(pool)
    assert await claim_order(pool, "main") is not None  # whoever sent it died over it


async def test_not_before_it_is_due(
    browser: Browser, pool: Pool, people: dict[str, UUID], recorded: UUID, node: Node
) -> None:
    token = await token_of(pool, people["anna"])
    async with node():
        await post(browser, token, f"/api/v1/calls/{recorded}/recording", PAUSE)

    assert await claim_order(pool, "main") is None


async def test_somebody_records_again(
    browser: Browser, pool: Pool, people: dict[str, UUID], recorded: UUID, node: Node
) -> None:
    token, path = await token_of(pool, people["anna"]), f"/api/v1/calls/{recorded}/recording"
    async with node() as done:
        for body in (PAUSE, PAUSE | {"seconds": 90}, {"state": "recorded"}):
            assert (await post(browser, token, path, body))[0] == 200

    assert [order.kind for order in done] == [Kind.PAUSE, Kind.PAUSE, Kind.RECORD]
    assert await orders(pool) == [("pause", "done", 60), ("pause", "done", 90), ("record", "done", 0)]


async def test_where_it_fails_it_still_goes_on_by_itself(
    browser: Browser, pool: Pool, people: dict[str, UUID], recorded: UUID, node: Node
) -> None:
    token, path = await token_of(pool, people["anna"]), f"/api/v1/calls/{recorded}/recording"
    async with node():
        await post(browser, token, path, PAUSE)
    async with node(State.REFUSED, "away"):
        assert (await post(browser, token, path, {"state": "recorded"}))[0] == 409

    assert ("record", "accepted", 60) in await orders(pool)


async def test_a_pause_that_is_refused_leaves_nothing(
    browser: Browser, pool: Pool, people: dict[str, UUID], recorded: UUID, node: Node
) -> None:
    token = await token_of(pool, people["anna"])
    async with node(State.REFUSED, "denied"):
        assert (await post(browser, token, f"/api/v1/calls/{recorded}/recording", PAUSE))[0] == 409

    assert await orders(pool) == [("pause", "refused", 60)]


@pytest.mark.parametrize(
    ("who", "of", "body", "status", "said"),
    [
        pytest.param("anna", "101", {"state": "paused", "seconds": 5}, 400, "$.seconds", id="sooner than it is sent"),
        pytest.param("anna", "101", {"state": "paused", "seconds": 901}, 400, "$.seconds", id="for ever"),
        pytest.param("anna", "101", {"state": "off"}, 400, "state", id="no state"),
        pytest.param("anna", "201", PAUSE, 409, "unrecorded", id="somebody else's call"),
        pytest.param("vera", "201", PAUSE, 409, "unrecorded", id="a call that is not recorded"),
    ],
)
async def test_what_is_not_paused(
    browser: Browser,
    pool: Pool,
    people: dict[str, UUID],
    talking: dict[str, UUID],
    recorded: UUID,
    who: str,
    of: str,
    body: dict[str, Any],
    status: int,
    said: str,
) -> None:
    token = await token_of(pool, people[who])

    got, told = await post(browser, token, f"/api/v1/calls/{talking[of]}/recording", body)

    assert got == status
    assert said in str(told)
    assert await orders(pool) == []


async def test_a_token_needs_its_own_scope(
    browser: Browser, pool: Pool, people: dict[str, UUID], recorded: UUID
) -> None:
    token = await token_of(pool, people["anna"], [right for right in Right if right is not Right.RECORDINGS_PAUSE])

    assert (await post(browser, token, f"/api/v1/calls/{recorded}/recording", PAUSE))[0] == 403


async def test_the_buttons_of_the_card(
    browser: Browser, pool: Pool, people: dict[str, UUID], recorded: UUID, node: Node
) -> None:
    path = f"/card/calls/{recorded}"
    async with another(browser, await session_of(pool, browser.app, people["anna"])) as anna:
        assert "Pause the recording" in await text_of(anna, path)
        async with node():
            assert (await anna.send(f"{path}/recording", {"state": "paused"}, page=path)).status == 303
        page = await text_of(anna, path)
        assert "not recorded until" in page
        assert "Record again" in page
        async with node(State.REFUSED, "silent"):
            refused = await anna.send(f"{path}/recording", {"state": "recorded"}, page=path)
        assert (refused.status, "The conversation is over" in await refused.text()) == (422, True)
        told = await text_of(anna, f"/calls/{recorded}")
        assert "paused the recording for 60 s at most" in told
