"""A base that sends and is read as well: what only sending tells stays, whatever is read beside it."""

from crm_sync.onec.contract import Row, read_row
from crm_sync.onec.odata import version_at
from crm_sync.onec.saving import Saving
from tests.crm_sync.onec_read import OneCRead, guid
from tests.crm_sync.onec_scene import Said, firm, order, payment
from tests.fakes.onec.world import TRANSFERS

SHOWN = """select o.amount::int, o.paid_percent, o.shipped_percent, d.title, l.title, o.document_url
    from orders o left join deals d on d.id = o.deal_id left join leads l on l.id = d.lead_id"""


async def sent(base: OneCRead, *said: Said) -> list[str]:
    """As the public listener saves it, a moment from now."""
    base.clock.at += 1
    rows = [read_row(one | {"version": version_at(base.clock.at)}, place) for place, one in enumerate(said)]
    assert all(isinstance(one, Row) for one in rows), rows
    async with base.pool.acquire() as connection, connection.transaction():
        answers = await Saving("onec:base", "Europe/Moscow").save(
            connection, [one for one in rows if isinstance(one, Row)]
        )
    return [one.verdict.value for one in answers]


async def test_a_sale_stays_its_leads_when_its_document_is_read(base: OneCRead) -> None:
    lead = (
        "insert into leads (id, source, external_id, title, phone) values (gen_random_uuid(), 'site', '1', 'Форма', $1)"
    )
    await base.pool.execute(lead, "+79161234567")
    base.a_company()
    said = order(type="sale", id=guid("order"), counterparty=guid("Ромашка"), phone="+79161234567", paid_percent=10)
    assert await sent(base, firm(id=guid("Ромашка")), said | {"document_url": "https://1c.ru/1"}) == ["saved", "saved"]
    await base.read()
    assert await base.rows(SHOWN) == [(1000, 40, 25, "1C ТД00-17", "Форма", "https://1c.ru/1")]
    await base.later(8 * 86400)
    assert await base.rows(SHOWN) == [(1000, 40, 25, "1C ТД00-17", "Форма", "https://1c.ru/1")]


async def test_what_is_sent_after_it_was_read_is_newer_and_the_other_way_about(base: OneCRead) -> None:
    base.a_company()
    await base.read()
    paid = payment(id=guid("transfer"), counterparty=guid("Ромашка"), order=guid("order"))
    amount = "select amount::int from payments where external_id = $1"
    assert await sent(base, paid | {"amount": 7}) == ["saved"]
    assert await base.rows(amount, guid("transfer")) == [(7,)]
    base.pays(TRANSFERS, "transfer", 8)
    await base.later()
    assert await base.rows(amount, guid("transfer")) == [(8,)]
    rows = [read_row(paid | {"version": version_at(base.clock.at - 30), "amount": 9}, 1)]
    async with base.pool.acquire() as connection, connection.transaction():
        (answer,) = await Saving("onec:base", "UTC").save(connection, [one for one in rows if isinstance(one, Row)])
    assert answer.verdict == "older"
    assert await base.rows(amount, guid("transfer")) == [(8,)]
