"""Whose a payment is: the visit of the latest call or form of its payer, as the report of channels finds it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.calltracking.conftest import Rows
from tests.calltracking.exports.money import ANNA, BORIS, NOW, SECOND, Shop, ago
from tests.calltracking.exports.scene import Scene
from trunkline.crypto import SecretBox
from trunkline.ids import uuid7


@pytest.fixture
async def shop(rows: Rows) -> Shop:
    await rows.make(2)
    return Shop(Scene(rows, SecretBox(b"k" * 32), str))


@pytest.mark.parametrize(("days", "window", "state"), [(89, 90, "waiting"), (91, 90, "unfit"), (91, 120, "waiting")])
@pytest.mark.parametrize("by", ["call", "form"])
async def test_the_site_says_how_far_back_it_counts(shop: Shop, by: str, days: int, window: int, state: str) -> None:
    await shop.scene.destination("vk_payments")
    await shop.scene.rows.pool.execute("update tracking_sites set campaign_days = $1", window)
    at = ago(days=days)
    visit = await shop.visit(at)
    await (shop.call(at, visit) if by == "call" else shop.form(at, visit))
    await shop.paid(contact_id=await shop.contact())

    assert await shop.look() == 1

    assert await shop.scene.states() == [(state, "nobody" if state == "unfit" else "")]


async def test_a_click_older_than_ninety_days_led_nowhere(shop: Shop) -> None:
    """Of each visit by itself, whatever is looked at beside it."""
    await shop.scene.destination("vk_payments")
    await shop.scene.rows.pool.execute("update tracking_sites set campaign_days = 120")
    await shop.called(before=timedelta(days=100))
    visitor = uuid4()
    await shop.visit(ago(days=95), visitor=visitor)
    await shop.call(
        ago(days=1), await shop.visit(ago(days=2), "https://www.example.ru/", visitor=visitor), client=BORIS
    )
    for number in (ANNA, BORIS):
        await shop.paid(contact_id=await shop.contact(number))

    await shop.look()

    assert sorted(await shop.scene.states()) == [("unfit", "no_click_id"), ("waiting", "")]


async def test_the_latest_call_or_form_led_to_it(shop: Shop) -> None:
    """As the report of channels has it; a call of the day after the payment did not."""
    await shop.scene.destination("vk_payments")
    for place, at in enumerate((ago(days=9), ago(days=5), ago(hours=-20))):
        visit = await shop.visit(at - SECOND, f"https://www.example.ru/?rb_clickid=click-{place}")
        await (shop.form(at, visit) if place == 1 else shop.call(at, visit))
    payment = await shop.paid(contact_id=await shop.contact())
    await shop.look()
    (told,) = await shop.told()
    assert (told["rb_clickid"], told["site"], told["value"], told["client"]) == ("click-1", "Окна", 1_234_550, "")

    await shop.call(ago(days=1), None)
    await shop.scene.rows.pool.execute("update payments set version = 2 where id = $1", payment)
    await shop.look()
    assert await shop.scene.states() == [("unfit", "no_visit")]


async def test_the_payer_is_found_by_lead_and_company(shop: Shop) -> None:
    await shop.scene.destination("vk_payments")
    await shop.called()
    pool = shop.scene.rows.pool
    company, lead, deal, order, invoice = (uuid4() for _ in range(5))
    await pool.execute("insert into companies (id, name) values ($1, 'ООО')", company)
    await pool.execute(
        "insert into leads (id, source, external_id, phone, opened_at) values ($1, 'crm', '1', $2, $3)", lead, ANNA, NOW
    )
    await pool.execute("insert into deals (id, source, external_id, lead_id) values ($1, 'crm', '1', $2)", deal, lead)
    await pool.execute("insert into orders (id, source, external_id, deal_id) values ($1, 'crm', '1', $2)", order, deal)
    await pool.execute(
        "insert into invoices (id, source, external_id, order_id) values ($1, 'crm', '1', $2)", invoice, order
    )
    await shop.contact(company=company)

    await shop.paid(company_id=company)
    await shop.paid(order_id=order)
    await shop.paid(invoice_id=invoice)
    await shop.look()

    assert await shop.scene.states() == [("waiting", "")] * 3


async def test_the_site_s_own_destination_hears_of_its_payments_alone(shop: Shop) -> None:
    pool = shop.scene.rows.pool
    other = uuid7(NOW.timestamp())
    await pool.execute(
        "insert into tracking_sites (id, key, name, hosts) values ($1, 'demosite0009', 'Двери', '{www.example.com}')",
        other,
    )
    await shop.scene.destination("vk_payments", site=other, name="other")
    await shop.scene.destination("vk_payments", site=shop.scene.rows.site, name="own")
    await shop.scene.destination("vk", name="calls")
    await shop.called()
    await shop.paid(contact_id=await shop.contact())
    await shop.look()

    names = await pool.fetch("select d.name from exports e join export_destinations d on d.id = e.destination_id")
    assert [row["name"] for row in names] == ["own"]
