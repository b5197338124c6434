"""What Chat2Desk posts: read, taken with the right secret alone, and made touches of leads, each once."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from tests.missed.told import CLIENT
from tests.web.composed import compose
from trunkline.app.public import build_public
from trunkline.chats.applier import ChatApplier
from trunkline.chats.chat2desk import ChatRecord, read_message
from trunkline.chats.hooks import path_of
from trunkline.db.types import Pool
from trunkline.keys import settings_key, spool_key
from trunkline.spool import Kind, Position, Record

INBOX = UUID(int=7)


def event(number: int = 1, text: object = "Нужны окна", **told: Any) -> dict[str, Any]:
    """As Chat2Desk's webhook `inbox` has it, with what we do not read."""
    client = {"id": 500, "phone": "79161234567", "name": "Ivan", "assigned_name": "Иван", "avatar": None}
    return {
        "message_id": number, "type": "from_client", "hook_type": "inbox", "text": text, "transport": "whatsapp",
        "client_id": 500, "channel_id": 3, "dialog_id": 9, "operator_id": None, "attachments": [], "client": client,
    } | told  # fmt: skip


def nameless(number: int, text: str = "Здравствуйте", client: int = 501) -> dict[str, Any]:
    """Of a messenger that tells no telephone."""
    about = {"phone": "[tg] 79160000000", "name": "Пётр", "assigned_name": None}
    return event(number, text, client_id=client, transport="telegram", client=about)


def read(told: Any) -> ChatRecord | None:
    return read_message(INBOX, msgspec.json.encode(told))


def test_a_message_is_read() -> None:
    one = read(event(text='Нужны <a href="x">окна</a>, второй 8 (916) 123-45-68\0'))

    assert one is not None
    assert (one.client, one.message, one.name, one.transport) == ("500", "1", "Иван", "whatsapp")
    assert (one.text, one.phones) == ("Нужны окна, второй 8 (916) 123-45-68", (CLIENT, "+79161234568"))


@pytest.mark.parametrize(
    "told", [event(type="to_client"), event(type="system"), event(hook_type="outbox"), {"hook_type": "close_dialog"}]
)
def test_other_events_are_of_no_use(told: dict[str, Any]) -> None:
    assert read(told) is None


@pytest.mark.parametrize(
    "told", [event(client_id="a b"), event(message_id=None), event(text=5), [], "x", event(client_id="")]
)
def test_what_is_no_event(told: Any) -> None:
    with pytest.raises(ValueError, match="no event"):
        read(told)


@given(
    st.binary(max_size=300)
    | st.recursive(st.text() | st.integers(), lambda one: st.dictionaries(st.text(), one)).map(msgspec.json.encode)
)
def test_nothing_else_comes_of_any_body(body: bytes) -> None:
    with suppress(ValueError):
        assert read_message(INBOX, body) is None


@pytest.fixture
async def inbox(pool: Pool) -> UUID:
    department = uuid4()
    await pool.execute("insert into departments (id, slug, name) values ($1, 's', 'S')", department)
    await pool.execute(
        "insert into chat_inboxes (id, kind, name, direction, department_id)"
        " values ($1, 'chat2desk', 'Chats', 'Windows', $2)",
        INBOX,
        department,
    )
    return INBOX


async def apply(pool: Pool, *told: dict[str, Any]) -> None:
    """As the writer does, in one transaction."""
    payloads = [msgspec.msgpack.encode(read(one)) for one in told]
    records = [Record(Kind.CHAT, time(), payload, Position(0, at)) for at, payload in enumerate(payloads)]
    async with pool.acquire() as connection, connection.transaction():
        assert not (await ChatApplier().apply(connection, records)).rejects


async def rules(pool: Pool) -> list[str]:
    rows = await pool.fetch(
        "select raw ->> 'rule' as rule from touches order by split_part(external_id, ':', 2)::integer"
    )
    return [row["rule"] for row in rows]


async def leads(pool: Pool) -> list[tuple[str | None, str, str]]:
    rows = await pool.fetch("select phone, direction, title from leads order by phone nulls first, title")
    return [tuple(row) for row in rows]


@pytest.mark.usefixtures("inbox")
async def test_messages_are_touches_of_one_lead(pool: Pool) -> None:
    await apply(pool, event(1), event(2))
    await apply(pool, event(2), event(3, text=None))

    assert await leads(pool) == [(CLIENT, "Windows", "Chats · Иван")]
    assert await rules(pool) == ["new", "thread", "thread"]
    assert await pool.fetchval("select count(*) from lead_clocks where cardinality(departments) = 1") == 1
    assert await pool.fetchval("select heard_at is not null from chat_inboxes")


@pytest.mark.usefixtures("inbox")
async def test_who_tells_no_telephone_is_known_by_his_chat(pool: Pool) -> None:
    """Until he tells one; two of them are two, and a closed lead is not gone on with."""
    await apply(pool, nameless(1), nameless(2, client=502))
    await apply(pool, nameless(3, "Мой телефон 8 916 123-45-67"))
    assert [phone for phone, *_ in await leads(pool)] == [None, CLIENT]
    await pool.execute("update leads set closed_at = now()")
    await apply(pool, nameless(4))

    assert await rules(pool) == ["new", "new", "thread", "new"]
    assert len(await leads(pool)) == 3


@pytest.mark.usefixtures("inbox")
async def test_a_colleague_and_an_inbox_that_is_off(pool: Pool) -> None:
    await pool.execute("insert into people (id, name, mobile) values ($1, 'Anna', $2)", uuid4(), CLIENT)
    await apply(pool, event(1))
    await pool.execute("update chat_inboxes set active = false")
    await apply(pool, nameless(2))

    assert (await leads(pool), await rules(pool)) == ([], [])


@pytest.fixture
async def client(private: Any) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(build_public(private[settings_key], web.Application()))) as client:
        yield client


@pytest.fixture
def private(database_url: str, valkey_url: str, data_dir: Path) -> Any:
    return compose(database_url, valkey_url, data_dir)


async def test_the_address_takes_what_its_secret_opens(client: TestClient[Any, Any], private: Any) -> None:
    path = path_of(private[settings_key].secret_box(), INBOX)
    other = path_of(private[settings_key].secret_box(), UUID(int=8)).rpartition("/")[2]
    spooled: list[ChatRecord] = []
    spool = client.app[spool_key]
    spool.append = lambda kind, payload: spooled.append(msgspec.msgpack.decode(payload, type=ChatRecord))

    answers = [
        (await client.post(path, json=event())).status,
        (await client.post(path, json=event(type="to_client"))).status,
        (await client.post(path, data=b"<html>")).status,
        (await client.post(path, data=b"x" * (300 << 10))).status,
        (await client.post(f"/chats/chat2desk/{INBOX}/{other}", json=event())).status,
        (await client.post(f"/chats/chat2desk/none/{other}", json=event())).status,
    ]

    assert answers == [200, 200, 400, 413, 404, 404]
    assert [one.message for one in spooled] == ["1"]


@pytest.mark.usefixtures("inbox")
async def test_telephones_of_who_writes_are_known(pool: Pool) -> None:
    """His own stays his own, also where he writes it later."""
    await apply(pool, event(1, "8 916 123-45-68"), nameless(2, "8 916 123-45-68"))
    await apply(pool, event(3, client={"phone": "[wa] x", "name": "Ivan"}, text="+7 916 123-45-67"))

    rows = await pool.fetch("select client, phone, is_own from chat_numbers order by client, phone")
    assert [tuple(row) for row in rows] == [
        ("500", CLIENT, True),
        ("500", "+79161234568", False),
        ("501", "+79161234568", False),
    ]
