"""A form becomes a lead and a touch of its visit; forged, repeated and trapped ones do not."""

from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from calltracking.forms.form import is_email, plain
from calltracking.forms.store import FormApplier
from calltracking.leases.applier import VisitApplier
from tests.calltracking.conftest import ORIGIN, Rows, Street, Visitor
from trunkline.keys import settings_key
from trunkline.web.metrics import FORMS_TAKEN, LEASE_REFUSALS
from trunkline.webhooks.store import add as add_webhook
from trunkline.writer import SpoolApplier

PHONE = "+79161234567"


async def no_news(*_: object) -> None:
    """Nobody listens."""


@pytest.fixture
def writer(street: Street, rows: Rows, redis: Redis) -> SpoolApplier:
    root = street.app[settings_key].data_dir / "spool"
    return SpoolApplier(rows.pool, "node", root, [VisitApplier(redis, rows.pool), FormApplier()], no_news)


def refused(reason: str) -> float:
    return float(LEASE_REFUSALS.labels(reason)._value.get())


def written(**more: Any) -> dict[str, Any]:
    """What form.js sends."""
    words = {"id": str(uuid4()), "page": f"{ORIGIN}/contacts", "phone": "8 (916) 123-45-67", "agreed": "policy-1"}
    return words | {"name": "Анна", "email": "anna@example.ru", "fields": {"Размер": "2 × 3"}} | more


async def send(by: Visitor, **more: Any) -> int:
    answer = await by.post("form", **written(**more))
    return answer.status


async def kept(rows: Rows, what: str = "count(*)") -> Any:
    return await rows.pool.fetchval(f"select {what} from site_forms")


async def test_a_form_is_a_lead_and_a_touch_of_its_visit(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    await rows.pool.execute("update tracking_sites set brand = 'Окна Плюс'")
    async with rows.pool.acquire() as connection:
        box = street.app[settings_key].secret_box()
        await add_webhook(connection, box, "agency", "https://agency.example.ru/in", ["form.received", "lead.added"])
    visitor = street.visitor()
    await visitor.swap(page=f"{ORIGIN}/?utm_source=yandex&utm_medium=cpc&utm_campaign=zima")
    ids = {"visit": visitor.visit, "visitor": visitor.visitor}

    assert await send(visitor, **ids) == 202
    assert await send(visitor, **ids, fields={"Комментарий": "ещё\nодин"}) == 202
    await writer.drain()

    row = await rows.pool.fetchrow(
        "select visit_id::text, phone, name, email, channel, source, campaign, agreed, page, kind"
        " from site_forms order by id limit 1"
    )
    assert row is not None
    assert tuple(row) == (
        *(visitor.visit, PHONE, "Анна", "anna@example.ru", "Paid Search", "yandex", "zima", "policy-1"),
        *(f"{ORIGIN}/contacts", "form"),
    )
    leads = await rows.pool.fetch("select id, phone, direction, title, raw from leads")
    assert [(one["phone"], one["direction"], one["title"]) for one in leads] == [(PHONE, "Окна Плюс", "Окна · Анна")]
    assert leads[0]["raw"]["visit"] == visitor.visit
    touches = await rows.pool.fetch("select lead_id, kind, text from touches order by id")
    assert [(one["lead_id"], one["kind"]) for one in touches] == [(leads[0]["id"], "form")] * 2
    assert touches[1]["text"] == "Анна\nanna@example.ru\nКомментарий: ещё\nодин"
    events = [one["payload"]["event"] for one in await rows.pool.fetch("select payload from outbox order by id")]
    assert events == ["form.received", "lead.added", "form.received"]


async def test_the_same_form_twice_is_one(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    visitor, said = street.visitor(), str(uuid4())

    assert [await send(visitor, id=said) for _ in range(3)] == [202] * 3
    await writer.drain()
    assert await send(visitor, id=said) == 202
    await writer.drain()

    assert (await kept(rows), await rows.pool.fetchval("select count(*) from touches")) == (1, 1)


async def test_a_page_that_took_no_number_begins_a_visit(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    landing = f"{ORIGIN}/?utm_source=vk&utm_medium=cpc"
    assert await send(street.visitor(), landing=landing, referrer="https://vk.com/") == 202
    await writer.drain()

    assert await rows.pool.fetchval("select v.landing from site_forms f join visits v on v.id = f.visit_id") == landing
    assert await kept(rows, "min(source)") == "vk"


async def test_without_consent_the_form_is_kept_and_the_visitor_is_not_known(
    street: Street, rows: Rows, writer: SpoolApplier
) -> None:
    page = f"{ORIGIN}/?utm_source=yandex&utm_medium=cpc"
    assert await send(street.visitor(), consent="none", page=page) == 202
    await writer.drain()

    assert tuple(await rows.pool.fetchrow("select visit_id, visitor, channel from site_forms") or ()) == (
        *(None, None, "Paid Search"),
    )
    assert await rows.pool.fetchval("select count(*) from visits") == 0


async def test_a_known_contact_keeps_his_manager(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    contact = await rows.pool.fetchval("insert into contacts (id, name) values ($1, 'Анна') returning id", uuid4())
    await rows.pool.execute("insert into contact_phones (number, contact_id) values ($1, $2)", PHONE, contact)

    assert await send(street.visitor()) == 202
    await writer.drain()

    assert await rows.pool.fetchval("select contact_id from leads") == contact
    assert await rows.pool.fetchval("select contact_id from touches") == contact


WRONG: tuple[tuple[dict[str, Any], int, str, str], ...] = (
    ({"site": "nosuchsite01"}, 403, "site", "site"),
    ({"phone": "12345"}, 400, "phone", "phone"),
    ({"email": "anna"}, 400, "email", "email"),
    ({"page": "javascript:alert(1)"}, 400, "page", "page"),
    ({"page": "https://shop.example.net/"}, 400, "page", "page"),
    ({"agreed": ""}, 400, "body", "agreed"),
    ({"agreed": " "}, 400, "body", "agreed"),
    ({"id": "1"}, 400, "body", "id"),
    ({"fields": {"a": "b" * 2001}}, 400, "body", "fields[...]"),
    ({"fields": {str(place): "b" for place in range(31)}}, 400, "body", "fields"),
    ({"fields": {str(place): "b" * 1000 for place in range(29)}}, 413, "size", "$"),
    ({"visit": str(uuid4()), "visitor": str(uuid4())}, 403, "forged", "visit"),
    ({"visit": str(uuid4())}, 403, "forged", "visit"),
    ({"consent": "maybe"}, 400, "consent", "consent"),
)


async def test_what_is_no_form_is_refused_and_counted(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    for change, status, reason, field in WRONG:
        before = refused(reason)
        answer = await street.visitor().post("form", **written(**change))
        assert (answer.status, (await answer.json())["field"]) == (status, field), change
        assert refused(reason) == before + 1
    await writer.drain()

    assert await kept(rows) == 0


async def test_other_origins_and_large_bodies_are_refused(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    assert await send(street.visitor(origin="https://evil.example")) == 403
    headers = {"Origin": ORIGIN, "Content-Type": "text/plain"}
    answer = await street.client.post("/calltracking/v1/form", data=b"x" * (1 << 20), headers=headers)
    await writer.drain()

    assert (answer.status, await kept(rows)) == (413, 0)


async def test_the_trap_is_answered_and_kept_nowhere(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    before = FORMS_TAKEN.labels("trapped")._value.get()

    assert await send(street.visitor(), trap="http://spam.example") == 202
    assert await send(street.visitor(agent="python-requests/2.32")) == 403
    await writer.drain()

    assert await kept(rows) == 0
    assert FORMS_TAKEN.labels("trapped")._value.get() == before + 1


async def test_a_flood_is_cut_off(street: Street, rows: Rows, writer: SpoolApplier) -> None:
    before, one = {reason: refused(reason) for reason in ("form_address_rate", "form_phone_rate")}, street.visitor()

    from_one = [await send(one, phone=f"+7916000{place:04d}") for place in range(20)]
    of_one = [await send(street.visitor(), phone=PHONE) for _ in range(10)]
    await writer.drain()

    assert from_one == [202] * 10 + [429] * 10
    assert of_one == [202] * 5 + [429] * 5
    assert refused("form_address_rate") - before["form_address_rate"] == 10
    assert (refused("form_phone_rate") - before["form_phone_rate"], await kept(rows)) == (5, 15)


def test_what_is_kept_is_printable() -> None:
    assert plain(" a\u202e\x00b\n c ") == "a b c"
    assert is_email("")
    assert not is_email("a@b\nc")
