"""Destinations of exports by their page."""

from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.db.types import Pool

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
