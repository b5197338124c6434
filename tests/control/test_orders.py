"""Who may move, pass on and listen to which calls, what is kept of it, and what he is told."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.control.conftest import Node
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, session_of
from tests.web.composed import text_of, token_of
from trunkline.control.order import Kind, Mode, Place, State
from trunkline.control.store import Leg, NewOrder, add_order, has_open
from trunkline.db.types import Pool
from trunkline.people.identity import EVERYTHING, Identity, Via
from trunkline.people.roles import Right, Role

pytestmark = pytest.mark.usefixtures("node")
_LISTENS = frozenset({Right.CALLS_LISTEN, Right.CALLS_BARGE})


async def post(browser: Browser, token: dict[str, str], path: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
    answer = await browser.post(path, json=body, headers=token)
    return answer.status, await answer.json()


@pytest.fixture
async def listener(pool: Pool, add_person: AddPerson, people: dict[str, UUID]) -> UUID:
    """A supervisor of sales with a phone, who may listen and join in, and not whisper."""
    department = await pool.fetchval("select department_id from people where id = $1", people["anna"])
    return await add_person(
        "lev", Role.SUPERVISOR, name="Лев", extension="105", department_id=department,
        departments=frozenset({department}), every_line=True, grants=_LISTENS,
    )  # fmt: skip


async def test_a_supervisor_moves_who_waits(
    browser: Browser, pool: Pool, people: dict[str, UUID], waiting: dict[str, UUID], allowed: None, node: Node
) -> None:
    token, call = await token_of(pool, people["head"]), waiting["sales"]
    async with node() as done:
        status, told = await post(
            browser, token, f"/api/v1/calls/{call}/move", {"queue": "sales", "to": "extension:102"}
        )

    assert (status, told["state"], told["message"]) == (200, "done", "The call goes to Борис now.")
    (order,) = done
    assert (order.kind, order.leg, order.queue, order.place, order.target) == (
        Kind.MOVE, "leg-sales", "sales", Place.DESK, "102",
    )  # fmt: skip
    row = await pool.fetchrow("select person, object_id, after from audit where action = 'call.move_ordered'")
    assert row is not None
    assert (row["person"], row["object_id"]) == ("Глава", str(call))
    assert row["after"] == {"from": "sales", "to": "102", "order": str(order.id)}


@pytest.mark.parametrize(
    ("queue", "to", "status", "said"),
    [
        pytest.param("finance", "extension:102", 409, "gone", id="a queue of another department"),
        pytest.param("none", "extension:102", 409, "gone", id="no such queue"),
        pytest.param("sales", "queue:sales", 400, "waits there already", id="where he is"),
        pytest.param("sales", "extension:999", 400, "choose a queue", id="nobody"),
        pytest.param("sales", "queue:none", 400, "choose a queue", id="no such target"),
        pytest.param("sales", "PJSIP/102", 400, "choose a queue", id="a channel"),
        pytest.param("sales", "extension:102\r\nAction: Hangup", 400, "choose a queue", id="a line break"),
    ],
)
async def test_what_is_not_moved(
    browser: Browser,
    pool: Pool,
    people: dict[str, UUID],
    waiting: dict[str, UUID],
    allowed: None,
    queue: str,
    to: str,
    status: int,
    said: str,
) -> None:
    token, call = await token_of(pool, people["head"]), waiting.get(queue, waiting["sales"])
    got, told = await post(browser, token, f"/api/v1/calls/{call}/move", {"queue": queue, "to": to})
    assert got == status
    assert said in str(told)
    assert await pool.fetchval("select count(*) from call_orders") == 0


async def test_an_agent_moves_nobody(
    browser: Browser, pool: Pool, people: dict[str, UUID], waiting: dict[str, UUID], allowed: None
) -> None:
    token, call = await token_of(pool, people["anna"]), waiting["sales"]
    body = {"queue": "sales", "to": "extension:102"}
    assert (await post(browser, token, f"/api/v1/calls/{call}/move", body))[0] == 403


async def test_where_no_pbx_lets_us(browser: Browser, pool: Pool, waiting: dict[str, UUID]) -> None:
    page = await text_of(browser, "/live")
    assert "No PBX lets Trunkline move calls" in page
    assert "data-order" not in page
    answer = await browser.send(
        "/live/move", {"call": str(waiting["sales"]), "queue": "sales", "to": "extension:102"}, page="/live"
    )
    assert answer.status == 303
    assert "Not moved. No PBX lets Trunkline" in await text_of(browser, "/live")
    assert await pool.fetchval("select count(*) from call_orders") == 0


async def test_what_no_node_takes_is_taken_back(
    browser: Browser, pool: Pool, people: dict[str, UUID], waiting: dict[str, UUID], allowed: None
) -> None:
    token, call = await token_of(pool, people["head"]), waiting["sales"]
    status, told = await post(browser, token, f"/api/v1/calls/{call}/move", {"queue": "sales", "to": "extension:102"})
    assert (status, told["why"], told["message"]) == (409, "away", "The link to the PBX is down. Nothing was changed.")
    assert await pool.fetchval("select state from call_orders") == "expired"


@pytest.mark.parametrize(
    ("state", "why", "status", "said"),
    [
        (State.REFUSED, "gone", 409, "He does not wait there any more"),
        (State.REFUSED, "Channel <b>lost</b>", 409, "The PBX refused: Channel <b>lost</b>"),
        (State.UNKNOWN, "no answer", 200, "The PBX has not said"),
    ],
)
async def test_what_the_pbx_says_is_told(
    browser: Browser,
    pool: Pool,
    people: dict[str, UUID],
    waiting: dict[str, UUID],
    allowed: None,
    node: Node,
    state: State,
    why: str,
    status: int,
    said: str,
) -> None:
    token, call = await token_of(pool, people["head"]), waiting["sales"]
    async with node(state, why):
        got, told = await post(browser, token, f"/api/v1/calls/{call}/move", {"queue": "sales", "to": "queue:finance"})
    assert got == status
    assert said in told["message"]


async def test_the_dialogs_of_the_floor(
    browser: Browser,
    pool: Pool,
    waiting: dict[str, UUID],
    talking: dict[str, UUID],
    allowed: None,
    node: Node,
    listener: UUID,
) -> None:
    assert 'data-order="floor-listen"' not in await text_of(browser, "/live"), "he has no right to it"
    async with another(browser, await session_of(pool, browser.app, listener)) as lev, node() as done:
        page = await text_of(lev, "/live")
        assert f'data-order="floor-move" data-call="{waiting["sales"]}" data-queue="sales"' in page
        assert f'data-order="floor-listen" data-call="{talking["101"]}" data-agent="101"' in page
        assert str(waiting["finance"]) not in page
        assert 'value="barge"' in page
        assert 'value="whisper"' not in page
        fields = {"call": str(talking["101"]), "agent": "101", "mode": "barge", "extension": "102", "target": "102"}
        answer = await lev.send("/live/listen", fields, page="/live")
        assert answer.status == 303
        assert "Your phone rings" in await text_of(lev, "/live")
    (order,) = done
    assert (order.kind, order.leg, order.agent, order.target, order.mode) == (
        Kind.LISTEN, "leg-101", "101", "105", Mode.BARGE,
    )  # fmt: skip
    assert await pool.fetchval("select after from audit where action = 'call.listen_ordered'") == {
        "agent": "101", "mode": "barge", "extension": "105", "order": str(order.id),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("agent", "mode", "status", "said"),
    [
        pytest.param("201", "listen", 409, "silent", id="another department"),
        pytest.param("102", "listen", 409, "silent", id="who does not talk"),
        pytest.param("105", "listen", 400, "somebody else", id="himself"),
        pytest.param("101", "whisper", 403, "", id="a mode without its right"),
        pytest.param("101", "loud", 400, "", id="no mode"),
    ],
)
async def test_who_is_not_listened_to(
    browser: Browser,
    pool: Pool,
    talking: dict[str, UUID],
    allowed: None,
    listener: UUID,
    agent: str,
    mode: str,
    status: int,
    said: str,
) -> None:
    token, call = await token_of(pool, listener), talking.get(agent, talking["101"])
    got, told = await post(browser, token, f"/api/v1/calls/{call}/listen", {"agent": agent, "mode": mode})
    assert got == status, told
    assert said in str(told)
    assert await pool.fetchval("select count(*) from call_orders") == 0


async def test_listening_is_a_right_by_name(
    browser: Browser, pool: Pool, people: dict[str, UUID], talking: dict[str, UUID], allowed: None
) -> None:
    for person, status in (("head", 403), ("anna", 403), ("root", 400)):
        token = await token_of(pool, people[person])
        got, told = await post(browser, token, f"/api/v1/calls/{talking['101']}/listen", {"agent": "101"})
        assert got == status, told
    assert "no extension of your own" in str(told)


async def test_who_works_on_his_mobile_has_no_telephone_to_ring(
    browser: Browser,
    pool: Pool,
    people: dict[str, UUID],
    waiting: dict[str, UUID],
    talking: dict[str, UUID],
    allowed: None,
    listener: UUID,
) -> None:
    works = "update people set works_on = 'forwarded', mobile = $2 where extension = $1"
    await pool.execute(works, "102", "+79265550102")
    await pool.execute(works, "105", "+79265550105")
    page = await text_of(browser, "/live")
    assert 'value="extension:101"' in page
    assert 'value="extension:102"' not in page
    body = {"queue": "sales", "to": "extension:102"}
    got, told = await post(
        browser, await token_of(pool, people["head"]), f"/api/v1/calls/{waiting['sales']}/move", body
    )
    assert (got, "choose a queue" in str(told)) == (400, True)
    async with another(browser, await session_of(pool, browser.app, listener)) as lev:
        page = await text_of(lev, "/live")
    assert "floor-listen" not in page, "what is always refused is not offered"
    assert "You work on your mobile: to listen to calls" in page
    token = await token_of(pool, listener)
    got, told = await post(browser, token, f"/api/v1/calls/{talking['101']}/listen", {"agent": "101"})
    assert (got, "you work on your mobile" in str(told)) == (400, True)
    assert await pool.fetchval("select count(*) from call_orders") == 0


async def test_a_line_out_of_reach_is_not_listened_to(
    browser: Browser, pool: Pool, add_person: AddPerson, talking: dict[str, UUID], allowed: None
) -> None:
    narrow = await add_person(
        "max", Role.SUPERVISOR, extension="106", every_department=True, every_line=False, grants=_LISTENS
    )
    token = await token_of(pool, narrow)
    got, told = await post(browser, token, f"/api/v1/calls/{talking['101']}/listen", {"agent": "101"})
    assert (got, told["why"]) == (409, "silent")


async def test_an_agent_passes_on_his_own_talk_with_a_word(
    browser: Browser, pool: Pool, people: dict[str, UUID], talking: dict[str, UUID], allowed: None, node: Node
) -> None:
    call, words = talking["101"], "Просит <script>скидку</script>\nперезвонить в 15:00"
    async with another(browser, await session_of(pool, browser.app, people["anna"])) as anna, node() as done:
        card = await text_of(anna, f"/card/calls/{call}")
        assert "Pass the call on" in card
        assert 'value="extension:102"' in card
        assert 'value="extension:101"' not in card, "not to himself"
        answer = await anna.send(
            f"/card/calls/{call}/pass", {"to": "extension:102", "words": words}, page=f"/card/calls/{call}"
        )
        assert answer.status == 303
        card = await text_of(anna, f"/card/calls/{call}")
    assert [(order.kind, order.leg, order.agent, order.target) for order in done] == [
        (Kind.PASS, "leg-101", "101", "102")
    ]
    assert "Анна → Борис" in card
    assert "&lt;script&gt;скидку&lt;/script&gt;" in card
    told = await browser.get(f"/api/v1/cards/{call}", headers=await token_of(pool, people["root"]))
    passed = (await told.json())["passed"]
    assert [(one["by"], one["to"], one["words"]) for one in passed] == [("Анна", "Борис", words)]
    assert await pool.fetchval("select after ->> 'to' from audit where action = 'call.pass_ordered'") == "102"
    page = await text_of(browser, f"/calls/{call}")
    assert "Done by hand" in page
    assert "Анна passed the call on to Борис (102)" in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("who", "body", "status", "said"),
    [
        pytest.param("boris", {"to": "extension:201"}, 409, "silent", id="not his call"),
        pytest.param("root", {"to": "extension:201"}, 409, "silent", id="no phone of his own"),
        pytest.param("anna", {"to": "extension:101"}, 400, "$.to", id="to himself"),
        pytest.param("anna", {"to": "extension:102", "words": "я" * 1001}, 400, "1001", id="too many words"),
        pytest.param("anna", {"to": "nobody", "words": "я" * 1001}, 400, "$.to", id="both"),
        pytest.param("anna", {"to": "extension:102", "agent": "201"}, 400, "agent", id="for somebody else"),
    ],
)
async def test_what_is_not_passed_on(
    browser: Browser,
    pool: Pool,
    people: dict[str, UUID],
    talking: dict[str, UUID],
    allowed: None,
    who: str,
    body: dict[str, str],
    status: int,
    said: str,
) -> None:
    token = await token_of(pool, people[who])
    got, told = await post(browser, token, f"/api/v1/calls/{talking['101']}/pass", body)
    assert got == status, told
    assert said in str(told)
    assert await pool.fetchval("select count(*) from call_orders") == 0


async def test_a_ringing_call_is_not_his_yet(
    browser: Browser, pool: Pool, people: dict[str, UUID], talking: dict[str, UUID], allowed: None
) -> None:
    await pool.execute("update agent_calls set state = 'ringing'")
    token = await token_of(pool, people["anna"])
    got, told = await post(browser, token, f"/api/v1/calls/{talking['101']}/pass", {"to": "extension:102"})
    assert (got, told["why"]) == (409, "silent")


async def test_the_form_comes_back_with_what_was_written(
    browser: Browser, pool: Pool, people: dict[str, UUID], talking: dict[str, UUID], allowed: None, node: Node
) -> None:
    call = talking["101"]
    async with another(browser, await session_of(pool, browser.app, people["anna"])) as anna:
        sent = {"to": "extension:102", "words": "Ждёт счёт"}
        async with node(State.REFUSED, "crowd"):
            answer = await anna.send(f"/card/calls/{call}/pass", sent, page=f"/card/calls/{call}")
        text = await answer.text()
        assert answer.status == 422
        assert "More than two people" in text
        assert "Ждёт счёт</textarea>" in text
        async with node(State.UNKNOWN, "no answer"):
            answer = await anna.send(f"/card/calls/{call}/pass", sent, page=f"/card/calls/{call}")
        text = await answer.text()
        assert "The PBX has not said" in text
        assert "Not passed on" not in text, "it may have been"
        answer = await anna.send(f"/card/calls/{call}/pass", sent | {"words": "я" * 1001}, page=f"/card/calls/{call}")
        assert "is 1001 characters long" in await answer.text()


async def test_nobody_is_offered_what_he_may_not(
    browser: Browser, pool: Pool, people: dict[str, UUID], talking: dict[str, UUID]
) -> None:
    """No PBX lets us; and on a card of somebody else's call there is no form either."""
    for person in ("anna", "head"):
        async with another(browser, await session_of(pool, browser.app, people[person])) as one:
            assert "Pass the call on" not in await text_of(one, f"/card/calls/{talking['101']}")


async def test_who_listened_is_told_to_those_who_may_listen(
    browser: Browser, pool: Pool, people: dict[str, UUID], talking: dict[str, UUID], allowed: None, node: Node,
    listener: UUID,
) -> None:  # fmt: skip
    call = talking["101"]
    async with node():
        await post(browser, await token_of(pool, listener), f"/api/v1/calls/{call}/listen", {"agent": "101"})
    assert "listened to 101" not in await text_of(browser, f"/calls/{call}")
    async with another(browser, await session_of(pool, browser.app, listener)) as lev:
        assert "Лев listened to 101" in await text_of(lev, f"/calls/{call}")


async def test_the_rest_of_the_form_is_no_order(browser: Browser, people: dict[str, UUID], allowed: None) -> None:
    answer = await browser.send("/live/move", {"call": "x" * 300, "queue": " ", "to": "é"}, page="/live")
    assert answer.status == 303
    answer = await browser.send("/live/move", {"call": "x", "queue": "\0", "to": "101"}, page="/live")
    assert answer.status == 400
    answer = await browser.post("/live/move", data={"call": "x"}, headers=HTML, allow_redirects=False)
    assert answer.status == 403, "no token of a page of ours"


async def test_a_second_click_orders_nothing(
    browser: Browser, pool: Pool, people: dict[str, UUID], waiting: dict[str, UUID], allowed: None
) -> None:
    """Whoever asks waits for the first; one that a node lost is in nobody's way for longer than it could be sent."""
    token, call = await token_of(pool, people["head"]), waiting["sales"]
    path, body = f"/api/v1/calls/{call}/move", {"queue": "sales", "to": "extension:102"}
    await pool.execute(
        "insert into call_orders (id, at, kind, pbx, call_id, leg, place, target, by_id, by_name, state) "
        "values ($1, now(), 'move', 'main', $2, 'leg-sales', 'desk', '101', $3, 'Глава', 'sent')",
        UUID(int=7), call, people["head"],
    )  # fmt: skip
    status, told = await post(browser, token, path, body)
    assert (status, told["why"]) == (409, "busy")
    assert "just before is still under way" in told["message"]
    assert await pool.fetchval("select count(*) from call_orders") == 1
    assert await pool.fetchval("select count(*) from audit where action = 'call.move_ordered'") == 0

    root = await token_of(pool, people["root"])
    assert (await post(browser, root, path, body))[1]["why"] == "away", "another's order is not his"
    await pool.execute("update call_orders set at = now() - interval '11 seconds'")
    assert (await post(browser, token, path, body))[1]["why"] == "away"


async def test_of_clicks_at_once_one_is_kept(pool: Pool, people: dict[str, UUID], waiting: dict[str, UUID]) -> None:
    new = NewOrder(Kind.LISTEN, waiting["sales"], Leg("main", "x"), agent="101", mode=Mode.LISTEN, extension="102")
    by = Identity(people["head"], "Глава", "head", Role.SUPERVISOR, frozenset(), EVERYTHING, Via.SESSION, "s")

    async def click() -> None:
        async with pool.acquire() as connection, connection.transaction():
            if not await has_open(connection, by.person):
                await asyncio.sleep(0)
                await add_order(connection, new, by, datetime.now(UTC))

    await asyncio.gather(*(click() for _ in range(8)))
    assert await pool.fetchval("select count(*) from call_orders") == 1
