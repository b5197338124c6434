"""Two nodes hear one Asterisk; the acting one is killed in mid-call: no step is lost or told twice, and a recording
that it paused goes on in time.
"""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import asyncpg
import pytest

from tests.conftest import TEMPLATE
from tests.e2e.asterisk import company
from tests.e2e.asterisk.ami import Ami
from tests.e2e.asterisk.office import Office, at_work, client, phone, talk
from tests.e2e.asterisk.place import question_port
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import asterisk_tree
from tests.e2e.asterisk.waiting import until
from tests.e2e.test_call_control import House, _allow
from tests.e2e.test_paused_recordings import silences
from trunkline.calls.events import encode_what
from trunkline.db.types import Connection
from trunkline.ids import call_uuid
from trunkline.pbx.asterisk.framing import split_frames
from trunkline.pbx.asterisk.messages import events_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

Told = Counter[tuple[str, str, int]]
Nodes = tuple[Office, dict[str, Product]]
_TAKEOVER = 5.0  # seconds


@pytest.fixture
def nodes(postgres_url: str, valkey_url: str, secret_key: bytes) -> Iterator[Nodes]:
    database = asyncio.run(_fresh_database(postgres_url))
    shared = (database, valkey_url, secret_key.hex())
    site = Site(asterisk_tree(), "nodes", Ports(router=question_port()), recording=True)
    with (
        Product("a", shared=shared) as a,
        Product("b", question_port() + 100, shared) as b,
        at_work(a, site=site) as office,
    ):
        b.token = a.token
        b.until_routed(office.pbx.site, company.SUPPLIER, "queue", "production")
        office.until_linked(nodes=2)
        yield office, {"a": a, "b": b}


def test_the_standby_takes_over_in_mid_call(nodes: Nodes) -> None:
    office, products = nodes
    acting = until(lambda: _acting(products["a"]), "a node to act")
    survivor = products["b" if acting == "a" else "a"]
    with talk(office.pbx) as scene, office.pbx.product_user() as tap:
        scene.start(phone("phone_answers", 101), client(pause=6000))
        until(lambda: len(scene.watcher.events("BridgeEnter")) == 2, "the talk")
        products[acting].kill()
        killed_at = time.monotonic()
        scene.start(phone("phone_answers", 102), client(number="+79031112233", pause=2000, at="caller2"))
        until(lambda: _acting(survivor) == survivor.node, "the other node to act", 2 * _TAKEOVER)
        took = time.monotonic() - killed_at
        linkedids = scene.finish()

        told = [survivor.call(linkedid, 30)["call"] for linkedid in linkedids]
        assert took <= _TAKEOVER
        assert [(call["outcome"], call["answered_by"], call["hung_up_by"]) for call in told] == [
            ("answered", "101", "caller"),
            ("answered", "102", "caller"),
        ]
        for linkedid in linkedids:
            assert _stored(survivor, linkedid) == _heard(tap, linkedid)


def test_a_pause_ends_in_time_though_its_node_has_died(nodes: Nodes) -> None:
    office, products = nodes
    tokens = _allow(office)
    acting = until(lambda: _acting(products["a"]), "a node to act")
    house = House(replace(office, product=products["b" if acting == "a" else "a"]), tokens)
    with talk(office.pbx) as scene:
        scene.start(phone("phone_answers", 101), client("caller_talks_aloud", pause=25_000))
        call = house.talking("101")
        time.sleep(1.5)  # to be heard
        status, told = house.ask("101", f"/api/v1/calls/{call}/recording", {"state": "paused", "seconds": 15})  # type: ignore[dict-item]  # a number
        assert (status, told["state"]) == (200, "done")
        products[acting].kill()
        scene.finish()

    (file,) = until(lambda: list(office.pbx.site.recordings.iterdir()), "the recording")
    whole, silent = silences(file)
    assert whole == pytest.approx(25, abs=2)
    assert silent == pytest.approx(15, abs=2)


async def _fresh_database(url: str) -> str:
    name = f"e2e_{os.getpid()}"
    admin = await asyncpg.connect(url)
    await admin.execute(f"drop database if exists {name} with (force)")
    await admin.execute(f"create database {name} template {TEMPLATE}")
    await admin.close()
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


def _acting(product: Product) -> str:
    async def ask(connection: Connection) -> str:
        statement = "select node from pbx_acting where pbx = $1 and until >= clock_timestamp()"
        return str(await connection.fetchval(statement, company.PBX) or "")

    return company.in_database(product.settings, ask)


def _stored(product: Product, linkedid: str) -> Told:
    """What the table holds of a call: leg, kind and microsecond of each step that an event brought.

    The snapshot a node takes when it begins to act is no event: its steps carry the moment of their leg's `found`.
    """

    async def ask(connection: Connection) -> list[tuple[str, str, int]]:
        rows = await connection.fetch(
            "select leg, what ->> 'kind' as kind, (extract(epoch from at) * 1000000)::bigint as at from steps "
            "where call_id = $1 and source = 'live'",
            call_uuid(company.PBX, linkedid, 0.0),
        )
        return [(row["leg"], row["kind"], row["at"]) for row in rows]

    steps = company.in_database(product.settings, ask)
    snapshots = {(leg, at) for leg, kind, at in steps if kind == "found"}
    return Counter(step for step in steps if (step[0], step[2]) not in snapshots)


def _heard(tap: Ami, linkedid: str) -> Told:
    """What a client that never lost its link heard of it."""
    events = (event for frame in split_frames(bytes(tap.received))[0] for event in events_of(company.PBX, frame, 0))
    return Counter(
        (event.leg, json.loads(encode_what(event.what))["kind"], event.at)
        for event in events
        if event.linkedid == linkedid
    )
