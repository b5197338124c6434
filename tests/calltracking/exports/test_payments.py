"""From a payment in our copy of the CRM to what leaves for a vendor."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from calltracking.exports.gathering import gather
from calltracking.exports.payments import latest_payment
from tests.calltracking.conftest import Rows
from tests.calltracking.exports.money import ANNA, BORIS, LANDING, MOSCOW, NOW, SECOND, TODAY, Shop, ago
from tests.calltracking.exports.scene import Scene
from tests.calltracking.exports.test_delivery import Vendors, vendors
from tests.fakes.google_ads import google_ads
from trunkline.crypto import SecretBox

__all__ = ["vendors"]


@pytest.fixture
async def shop(rows: Rows, vendors: Vendors) -> Shop:
    await rows.make(2)
    return Shop(Scene(rows, SecretBox(b"k" * 32), vendors.moved))


async def test_each_vendor_is_told_what_was_paid(shop: Shop, vendors: Vendors) -> None:
    """With the ids of the visit of the call that led to it, or of the payer's visits before it."""
    await shop.scene.destination("metrica_payments", goal="paid")
    await shop.scene.destination("vk_payments", account="777", goal="paid")
    place = await shop.scene.destination("ga4_payments", account="G-ABC123", goal="purchase", active=False)
    await shop.scene.confirm(place)
    visitor = uuid4()
    await shop.visit(ago(days=30), visitor=visitor)
    visit = await shop.visit(ago(days=1, minutes=1), "https://www.example.ru/", visitor=visitor)
    await shop.call(ago(days=1), visit)
    payment = await shop.paid(contact_id=await shop.contact())

    await shop.deliver()

    heard = {path.partition("?")[0].rpartition("/")[2]: (path, body) for path, _headers, body in vendors.heard}
    file = heard["upload"][1].decode().split("\r\n\r\n", 1)[1].rsplit("\r\n--", 1)[0]
    ((row),) = csv.DictReader(io.StringIO(file))
    assert (row["Target"], row["Price"], row["Currency"]) == ("paid", "12345.50", "RUB")
    assert ago(hours=1).timestamp() <= int(row["DateTime"]) <= NOW.timestamp()
    assert heard["tracker"][0].endswith("e=RG%3A12346/paid;rb_clickid=AbC-1")
    (event,) = msgspec.json.decode(heard["collect"][1])["events"]
    assert (event["name"], event["params"]["value"], event["params"]["transaction_id"]) == (
        *("purchase", 12345.5),
        f"payment:{payment}",
    )
    assert len(vendors.heard) == 3
    await shop.deliver()
    assert len(vendors.heard) == 3


async def test_google_ads_joins_two_payments_after_one_click(rows: Rows) -> None:
    async with google_ads() as google:
        await rows.make(2)
        shop = Shop(Scene(rows, SecretBox(b"k" * 32), google.moved))
        told = {"account": "123-456-7890", "goal": "987654321", "secret": google.key(), "active": False}
        place = await shop.scene.destination("google_payments", **told)
        await shop.called()
        await shop.paid(contact_id=(anna := await shop.contact()))
        await shop.deliver()
        assert google.heard == [], "nothing leaves before it is confirmed"
        with pytest.raises(asyncpg.CheckViolationError):
            await rows.pool.execute("update export_destinations set active = true")
        await shop.scene.confirm(place)
        for amount in ("100", "0.01"):
            await shop.paid(amount, contact_id=anna)
        await shop.deliver()

        (upload,) = google.heard
        assert sorted(one["conversionValue"] for one in upload["events"]) == [0.01, 100]
        assert await shop.scene.reconcile() == 1
        said = await rows.pool.fetchval("select remote_state || ' ' || joined from export_batches")
        assert said == "SUCCESS 2", "each has a moment of its own, or one would be DUPLICATE_GCLID"


@pytest.mark.parametrize(
    ("amount", "number", "sure", "why"),
    [
        ("100", BORIS, 0.99, "nobody"),
        ("0", ANNA, 0.99, "no_value"),
        ("-100", ANNA, 0.99, "no_value"),
        ("100", ANNA, 0.4, "unsure"),
        ("100", ANNA, 0.99, ""),
    ],
)
async def test_what_is_not_told_says_why(shop: Shop, amount: str, number: str, sure: float, why: str) -> None:
    await shop.scene.destination("vk_payments")
    await shop.call(ago(days=1), await shop.visit(ago(days=1)), sure=sure)
    await shop.paid(amount, contact_id=await shop.contact(number))

    await shop.look()

    assert await shop.scene.states() == [("unfit" if why else "waiting", why)]


@pytest.mark.parametrize("status", [503, 400])
async def test_no_amount_stands_in_a_log(
    shop: Shop, vendors: Vendors, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    """Nor in what is kept of a delivery that failed."""
    for kind in ("vk_payments", "metrica_payments"):
        await shop.scene.destination(kind)
    await shop.called()
    await shop.paid("98765.00", contact_id=await shop.contact())
    vendors.statuses = [status, status]

    await shop.deliver()

    assert vendors.statuses == []
    pool = shop.scene.rows.pool
    kept = [await pool.fetch(f"select * from {table}") for table in ("outbox", "outbox_dead", "outbox_accounts")]
    logged = f"{capsys.readouterr()} {kept}"
    assert str(status) in logged
    assert "98765" not in logged


async def test_one_cancelled_before_it_is_sent_is_not_told(shop: Shop, vendors: Vendors) -> None:
    """While it waits, and when it is on its way already; the others of its file are."""
    await shop.scene.destination("metrica_payments")
    pool = shop.scene.rows.pool
    await shop.called()
    anna = await shop.contact()
    first, second, _third = [await shop.paid(contact_id=anna) for _ in range(3)]
    cancel = "update payments set cancelled_at = now() where id = $1"
    await shop.look()
    await pool.execute(cancel, first)
    await shop.look()
    assert sorted(await shop.scene.states()) == [("unfit", "cancelled"), ("waiting", ""), ("waiting", "")]
    await gather(pool, NOW + SECOND)
    await pool.execute(cancel, second)
    await shop.scene.drain()

    assert sorted(await shop.scene.states()) == [("sent", ""), ("unfit", "cancelled"), ("unfit", "cancelled")]
    ((_path, _headers, body),) = vendors.heard
    assert body.count(b"RUB") == 1
    assert await pool.fetchval("select rows from export_batches") == 1


async def test_a_hit_whose_payment_is_cancelled_is_no_dead_letter(shop: Shop, vendors: Vendors) -> None:
    await shop.scene.destination("vk_payments")
    pool = shop.scene.rows.pool
    await shop.called()
    await shop.paid(contact_id=(anna := await shop.contact()))
    await shop.look()
    await gather(pool, NOW)
    await pool.execute("update payments set cancelled_at = now()")
    await shop.scene.drain()
    assert (vendors.heard, await shop.scene.states()) == ([], [("unfit", "cancelled")])
    assert await pool.fetchval("select count(*) from outbox_dead") == 0

    payment = await shop.paid(contact_id=anna)
    await shop.deliver()
    await pool.execute("update payments set cancelled_at = now() where id = $1", payment)
    await shop.deliver()
    assert len(vendors.heard) == 1
    assert sorted(await shop.scene.states()) == [("sent", ""), ("unfit", "cancelled")]


async def test_one_that_changes_is_told_once_and_as_it_is_then(shop: Shop, vendors: Vendors) -> None:
    await shop.scene.destination("vk_payments")
    pool = shop.scene.rows.pool
    await shop.called()
    payment = await shop.paid()
    await shop.look()
    assert await shop.scene.states() == [("unfit", "nobody")]
    await pool.execute("update payments set contact_id = $1, amount = 900", await shop.contact())
    await shop.deliver()
    for amount in (800, 700):
        await pool.execute("update payments set amount = $1 where id = $2", amount, payment)
        await shop.deliver()

    ((path, _headers, _body),) = vendors.heard
    assert "RG%3A900/" in path
    assert await pool.fetchval("select count(*) from exports") == 1


async def test_the_latest_is_shown_before_any_was_told(shop: Shop) -> None:
    async def latest() -> Any:
        async with shop.scene.rows.pool.acquire() as connection:
            return await latest_payment(connection, MOSCOW, NOW)

    assert await latest() is None
    await shop.called(landing=LANDING)
    anna = await shop.contact()
    for amount, days in (("1", 0), ("2", -20), ("3", 1)):
        await shop.paid(amount, on=TODAY + timedelta(days=days), contact_id=anna)
    told = await latest()
    assert (told.value, told.gclid, told.never) == (100, "Cj0", "")
