"""Destinations of exports by their page."""

import time
from html import unescape

import msgspec

from calltracking.exports.conversion import Conversion
from tests.fakes.google_ads import GoogleAds
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.ids import uuid7

PLACE = {
    "kind": "ga4",
    "name": "Google",
    "account": "G-ABC123",
    "goal": "phone_call",
    "secret": "s3cret",
    "least": "50",
}
_HERE = "/settings/exports"


async def test_a_destination_abroad_waits_for_the_administrator_s_word(root: Browser, pool: Pool) -> None:
    assert "Nothing is told to anybody" in await text_of(root, _HERE)
    for change, said in (
        ({"account": "UA-1"}, "must be a measurement id"),
        ({"least": "x"}, "must be a number from 0 to 100"),
        ({"site": "x"}, "choose one of the list"),
        ({"secret": ""}, "is needed"),
    ):
        answer = await root.send(_HERE, PLACE | change, page=_HERE)
        assert (answer.status, said in await answer.text()) == (422, True), change
    assert (await root.send(_HERE, PLACE, page=_HERE)).status == 303
    page = f"{_HERE}/{await pool.fetchval('select id from export_destinations')}"

    refused = await root.send(page, PLACE | {"active": "on", "secret": ""}, page=page)
    assert "confirm first that data may be sent abroad" in await refused.text()
    assert (await root.send(f"{page}/abroad", {"confirmed": "yes"}, page=page)).status == 303
    assert (await root.send(page, PLACE | {"active": "on", "secret": ""}, page=page)).status == 303
    shown = await text_of(root, page)
    assert "Confirmed by" in shown
    assert "s3cret" not in shown + await text_of(root, _HERE)
    assert await pool.fetchval("select active from export_destinations")
    assert (await root.send(f"{page}/abroad", {"confirmed": "no"}, page=page)).status == 303
    assert not await pool.fetchval("select active from export_destinations")
    told = str([row["after"] for row in await pool.fetch("select after from audit where action like 'export.%'")])
    assert "s3cret" not in told
    assert (await root.send(f"{page}/remove", {}, page=page)).status == 303
    assert (await root.send(f"{page}/remove", {}, page=_HERE)).status == 404


async def test_the_dry_run_shows_the_request_without_its_secret(root: Browser, pool: Pool) -> None:
    assert (await root.send(_HERE, PLACE, page=_HERE)).status == 303
    identifier, now = await pool.fetchval("select id from export_destinations"), time.time()
    told = Conversion(subject="call:1", kind="call", at=now - 1, client="+79161234567", ga="1.2")
    await pool.execute(
        "insert into exports (id, destination_id, subject, at, payload) values ($1, $2, 'call:1', now(), $3)",
        *(uuid7(now), identifier, msgspec.to_builtins(told)),
    )

    shown = unescape(await text_of(root, f"{_HERE}/{identifier}"))

    assert "POST https://www.google-analytics.com/mp/collect?measurement_id=G-ABC123&api_secret=…" in shown
    assert '"client_id":"1.2"' in shown
    assert "s3cret" not in shown


async def test_google_ads_takes_a_key_and_shows_what_it_would_be_sent(root: Browser, pool: Pool) -> None:
    """The dry run: the whole request, without the key, and nothing leaves."""
    place = PLACE | {"kind": "google_calls", "account": "123-456-7890", "goal": "987654321"}
    for change, said in (
        ({}, "must be the whole JSON file"),
        ({"account": "12"}, "must be the customer id"),
        ({"goal": "call"}, "must be the conversion action"),
    ):
        answer = await root.send(_HERE, place | change, page=_HERE)
        assert (answer.status, said in await answer.text()) == (422, True), change
    key = GoogleAds().key()
    assert (await root.send(_HERE, place | {"secret": key}, page=_HERE)).status == 303
    identifier = await pool.fetchval("select id from export_destinations")
    page = f"{_HERE}/{identifier}"
    assert "None yet" in await text_of(root, page)

    now = time.time()
    told = Conversion(subject="call:1", kind="call", at=now - 1, client="+79161234567", gclid="Cj0", clicked=now - 60)
    for state, why, one in (
        ("unfit", "refused: ad_identifiers.gclid INVALID_FORMAT", msgspec.structs.replace(told, subject="call:0")),
        ("waiting", "", told),
    ):
        await pool.execute(
            "insert into exports (id, destination_id, subject, at, payload, state, why)"
            " values ($1, $2, $3, now(), $4, $5, $6)",
            *(uuid7(now), identifier, one.subject, msgspec.to_builtins(one), state, why),
        )
        now += 0.01
    await pool.execute(
        "insert into export_batches (id, destination_id, at, rows, remote_state)"
        " values ($1, $2, now(), 5, 'FAILED: X')",
        *(uuid7(now), identifier),
    )

    shown = unescape(await text_of(root, page))
    assert "POST https://datamanager.googleapis.com/v1/events:ingest" in shown
    assert '"adIdentifiers":{"gclid":"Cj0"}' in shown
    assert "refused there: ad_identifiers.gclid INVALID_FORMAT" in shown
    assert "FAILED: X" in shown
    assert "PRIVATE KEY" not in shown
    assert "9161234567" not in shown
    await pool.execute("update exports set payload = jsonb_set(payload, '{gclid}', '\"\"') where subject = 'call:1'")
    assert "no click id in the address" in await text_of(root, page)


async def test_a_destination_of_payments_shows_the_last_one_as_it_would_be_sent(root: Browser, pool: Pool) -> None:
    place = PLACE | {"kind": "metrica_payments", "account": "12345", "goal": "paid"}
    assert (await root.send(_HERE, place, page=_HERE)).status == 303
    page = f"{_HERE}/{await pool.fetchval('select id from export_destinations')}"
    shown = await text_of(root, page)
    assert "Told of payments" in shown
    assert "there is no payment" in shown

    await pool.execute(
        "insert into payments (id, source, external_id, amount, paid_on) values ($1, 'crm', '1', 77, current_date - 2)",
        uuid7(time.time()),
    )
    assert "no call and no form of the payer led to it" in await text_of(root, page)
    now = time.time()
    told = Conversion(
        subject="payment:1", kind="payment", at=now - 1, ym="1764200000123456789", value=7750, currency="RUB"
    )
    await pool.execute(
        "insert into exports (id, destination_id, subject, at, payload)"
        " select $1, id, 'payment:1', now(), $2 from export_destinations",
        *(uuid7(now), msgspec.to_builtins(told)),
    )
    assert f"1764200000123456789,paid,{int(now - 1)},77.50,RUB" in await text_of(root, page)
