"""Who led to a payment is said twice, with a reach in the report and by id in the exports: both find the same."""

import re
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from calltracking.exports.store import SQL
from calltracking.results.statements import PIECES, SLACK, USUAL
from tests.calltracking.conftest import Rows
from tests.calltracking.exports.money import MOSCOW, NOW, TODAY, Shop
from tests.calltracking.exports.scene import Scene
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.ids import lowest_id

OVER = datetime.combine(TODAY, time(23, 59, 59), MOSCOW).astimezone(UTC)
"""When the day of the payments is over."""
LED = {
    "a call": [("call", timedelta(days=1))],
    "a form": [("form", timedelta(days=2))],
    "the later call": [("form", timedelta(days=3)), ("call", timedelta(days=2))],
    "the later form": [("call", timedelta(days=3)), ("form", timedelta(days=2))],
    "a call at the end of what counts": [("call", timedelta(days=120) - timedelta(minutes=1))],
    "a form at the end of what counts": [("form", timedelta(days=120) - timedelta(minutes=1))],
    "a call just after the day": [("call", timedelta(minutes=-9))],
    "a form just after the day": [("form", timedelta(minutes=-9))],
    "what counts, before what comes too late": [("call", timedelta(days=4)), ("call", timedelta(minutes=-11))],
}
NOT_LED = {
    "nothing": [],
    "a call too long before": [("call", timedelta(days=120, minutes=1))],
    "a form too long before": [("form", timedelta(days=120, minutes=1))],
    "a call too long after": [("call", timedelta(minutes=-11))],
    "a form too long after": [("form", timedelta(minutes=-11))],
    "a call kept out": [("kept out", timedelta(days=1))],
}


@pytest.fixture
async def shop(rows: Rows) -> Shop:
    await rows.make(2)
    await rows.pool.execute("update tracking_sites set campaign_days = 120")
    return Shop(Scene(rows, SecretBox(b"k" * 32), str))


async def payers(shop: Shop) -> dict[UUID, str]:
    """A payment of a payer of his own for each of the cases."""
    told: dict[UUID, str] = {}
    for place, (name, deeds) in enumerate((LED | NOT_LED).items()):
        number = f"+7916000{place:04}"
        for deed, before in deeds:
            at = OVER - before
            visit = await shop.visit(at - timedelta(seconds=1))
            await (shop.form if deed == "form" else shop.call)(at, visit, client=number)
        if ("kept out", timedelta(days=1)) in deeds:
            await shop.scene.rows.pool.execute("update calls set outcome = 'screened' where client = $1", number)
        told[await shop.paid(contact_id=await shop.contact(number))] = name
    return told


async def of_the_report(pool: Pool) -> dict[UUID, datetime]:
    first = datetime.combine(TODAY, time(), MOSCOW)
    given = {
        "since": first, "until": first + timedelta(days=1), "zone": MOSCOW.key, "window": USUAL.campaign_window,
        "repeat": USUAL.repeat, "target": 30_000, "touch_low": lowest_id(first - timedelta(days=120) - SLACK),
        "repeat_low": lowest_id(first - USUAL.repeat - SLACK), "high": lowest_id(first + timedelta(days=2)),
        "person": None, "departments": None, "lines": None, "sites": None,
    }  # fmt: skip
    pieces = "\n".join(PIECES[name] for name in ("heard", "asked", "reached", "led"))
    text = f"{pieces}\nselect id, started_at from led where kind = 'payment'"
    named = list(dict.fromkeys(re.findall(r"\{([a-z_]+)\}", text)))
    text = text.format(**{name: f"${place}" for place, name in enumerate(named, 1)})
    return {row["id"]: row["started_at"] for row in await pool.fetch(text, *(given[name] for name in named))}


async def of_the_exports(pool: Pool, payments: list[UUID]) -> dict[UUID, datetime]:
    low, high = lowest_id(OVER - timedelta(days=122)), lowest_id(OVER + timedelta(days=1))
    rows = await pool.fetch(SQL["led_payments"], payments, MOSCOW.key, USUAL.campaign_window, low, high)
    return {row["id"]: row["led_at"] for row in rows if row["led_at"] is not None}


async def test_the_report_and_the_exports_find_the_same(shop: Shop) -> None:
    names = await payers(shop)
    report, exports = await of_the_report(shop.scene.rows.pool), await of_the_exports(shop.scene.rows.pool, list(names))

    assert {names[one]: at for one, at in report.items()} == {names[one]: at for one, at in exports.items()}
    assert {names[one] for one in report} == set(LED)
    latest = {
        name: OVER - min(before for _deed, before in deeds if before > timedelta(minutes=-10))
        for name, deeds in LED.items()
    }
    assert {names[one]: at for one, at in report.items()} == latest


async def test_both_know_the_payer_by_what_the_crm_said(shop: Shop) -> None:
    """By the payment, its order, invoice, deal and lead; a company's numbers where nobody of it is named."""
    pool = shop.scene.rows.pool
    company, lead, deal, order, invoice = (uuid4() for _ in range(5))
    await pool.execute("insert into companies (id, name) values ($1, 'ООО')", company)
    await pool.execute(
        "insert into leads (id, source, external_id, phone, opened_at) values ($1, 'crm', '1', '+79160000001', $2)",
        *(lead, NOW),
    )
    for table, identifier, of, known in (
        ("deals", deal, "lead_id", lead), ("orders", order, "deal_id", deal), ("invoices", invoice, "order_id", order),
    ):  # fmt: skip
        await pool.execute(
            f"insert into {table} (id, source, external_id, {of}) values ($1, 'crm', '1', $2)", identifier, known
        )
    await shop.call(NOW - timedelta(days=1), None, client="+79160000001")
    await shop.call(NOW - timedelta(days=2), None, client="+79160000002")
    await shop.contact("+79160000002", company=company)
    silent = await shop.contact("+79160000003", company=company)
    led = [await shop.paid(company_id=company), await shop.paid(order_id=order), await shop.paid(invoice_id=invoice)]
    nobody = await shop.paid(contact_id=silent, company_id=company)

    report, exports = await of_the_report(pool), await of_the_exports(pool, [*led, nobody])

    assert (report, set(report)) == (exports, set(led))
