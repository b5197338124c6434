"""Chat2Desk is connected, told of in words where it is not, and removed; its token is never seen again."""

from html import unescape

from tests.crm_sync.chat2desk.conftest import PAGE, Office
from tests.web.composed import text_of


async def test_it_is_connected_and_its_token_never_seen_again(office: Office) -> None:
    await office.connect()
    shown = await text_of(office.browser, PAGE)
    assert "Windows" in shown
    rows = str([dict(row) for row in await office.pool.fetch("select * from chat2desk_accounts")])
    audit = str(await office.pool.fetch("select before, after from audit"))
    assert office.fake.token not in shown + rows + audit
    known = await office.pool.fetchval("select id from chat2desk_accounts")
    await office.connect(token="", links="")
    row = await office.pool.fetchrow("select id, links, token from chat2desk_accounts")
    assert row is not None
    assert (row["id"], row["links"]) == (known, False)
    assert office.box.open(row["token"]).decode() == office.fake.token
    checked = await (await office.browser.send(f"{PAGE}/check", {}, page=PAGE)).text()
    assert "Chat2Desk knows the token: Windows" in checked
    assert (await office.browser.send(f"{PAGE}/remove", {}, page=PAGE)).status == 303
    assert await office.pool.fetchval("select count(*) from chat2desk_accounts") == 0
    assert (await office.browser.send(f"{PAGE}/remove", {}, page=PAGE)).status == 404


async def test_what_does_not_connect_is_told_in_words(office: Office) -> None:
    for sent, said in (
        (office.form(token="wrong"), "does not know this token"),
        (office.form(token=""), "must not be empty"),
        (office.form(token="a\nb"), "must be plain letters"),
        (office.form(api_url="http://api.chat2desk.com"), "must be an address that begins with https://"),
        (office.form(api_url="https://10.0.0.7"), "is a private address"),
    ):
        answer = await office.browser.send(PAGE, sent, page=PAGE)
        text = unescape(await answer.text())
        assert (answer.status, said in text) == (422, True), text
        assert not sent["token"] or f'"{sent["token"]}"' not in text
    assert await office.pool.fetchval("select count(*) from chat2desk_accounts") == 0


async def test_the_kept_token_goes_to_no_other_address(office: Office) -> None:
    await office.connect()
    answer = await office.browser.send(PAGE, office.form(token="", api_url="https://example.com"), page=PAGE)
    assert answer.status == 422
    assert "the kept one goes nowhere else" in await answer.text()
