"""A tracker is connected, told of in words where it is not, and removed; its token is never seen again."""

from html import unescape

from tests.crm_sync.tracker.conftest import PAGE, Office
from tests.web.composed import text_of


async def test_a_tracker_is_connected_and_its_token_never_seen_again(office: Office) -> None:
    call, _lead = await office.call()
    assert "/tracker/calls/" not in await text_of(office.browser, f"/calls/{call}")
    await office.connect()
    shown = await text_of(office.browser, PAGE)
    assert "robot" in shown
    rows = str([dict(row) for row in await office.pool.fetch("select * from trackers")])
    audit = str(await office.pool.fetch("select before, after from audit"))
    assert office.fake.token not in shown + rows + audit
    known = await office.pool.fetchval("select id from trackers")
    await office.connect()
    assert await office.pool.fetchval("select id from trackers") == known
    assert (await office.browser.send(f"{PAGE}/remove", {}, page=PAGE)).status == 303
    assert await office.pool.fetchval("select count(*) from trackers") == 0
    assert (await office.browser.look(f"/tracker/calls/{call}")).status == 404


async def test_what_does_not_connect_is_told_in_words(office: Office) -> None:
    for sent, said in (
        (office.form(token="y0_wrong"), "does not know this token"),
        (office.form(org_id="1"), "does not let this person do it"),
        (office.form(queue="OTHER"), "finds no such queue"),
        (office.form(queue="../x"), "must be the key of a queue"),
        (office.form(org_header="Cookie"), "must be one of those there are"),
        (office.form(api_url="http://api.tracker.yandex.net"), "must be an address that begins with https://"),
        (office.form(token="a\nb"), "must be plain letters"),
        (office.form(api_url="https://10.0.0.7"), "is a private address"),
    ):
        answer = await office.browser.send(PAGE, sent, page=PAGE)
        text = unescape(await answer.text())
        assert (answer.status, said in text, sent["token"] in text) == (422, True, False), text
    assert await office.pool.fetchval("select count(*) from trackers") == 0


async def test_a_look_says_what_is_wrong_and_the_remedy(office: Office) -> None:
    async def look() -> str:
        return unescape(await (await office.browser.send(f"{PAGE}/check", {}, page=PAGE)).text())

    assert (await office.browser.send(f"{PAGE}/check", {}, page=PAGE)).status == 404
    await office.connect()
    text = await look()
    for said in ("it is robot's", "the queue PHONE is there", "may create issues", "0 deliveries wait"):
        assert said in text
    office.fake.rights = {"create": {}, "read": {"users": [{"id": "1"}]}}
    text = await look()
    assert "in the queue PHONE it lacks rights: create, write" in text
    assert "give them to robot" in text
    office.fake.rights = None
    assert "does not say what rights it has" in await look()
    office.fake.queue = "OTHER"
    text = await look()
    assert "finds no such queue" in text
    assert "name another queue" in text
    token, office.fake.token = office.fake.token, "y0_another"
    text = await look()
    assert "does not know this token" in text
    assert token not in text
    await office.pool.execute("update trackers set token = '\\x00'")
    assert "cannot be opened with this installation's key" in await look()


async def test_no_connection_waits_for_the_tracker(office: Office) -> None:
    held: list[int] = []

    async def count() -> None:
        held.append(
            await office.pool.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and state like 'idle in trans%' and query like '%from trackers%'"
            )
        )

    await office.connect()
    office.fake.meanwhile = count
    assert (await office.browser.send(f"{PAGE}/check", {}, page=PAGE)).status == 200
    assert held == [0, 0, 0]
