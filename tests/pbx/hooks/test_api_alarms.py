"""What the page of a PBX says of an API that refuses us, and of its history; alarms two nodes have a word in."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.pbx.hooks.test_store import BOX
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.pbx.hooks.api_alarms import NO_DIALS, NO_HISTORY, Use, api_accepts, api_refuses, refusals_of, tell
from trunkline.pbx.hooks.history_store import HistoryState
from trunkline.pbx.hooks.history_words import progress_of
from trunkline.pbx.hooks.store import HostedPbx, save_hosted

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
CLOUD = HostedPbx(id="cloud", name="Cloud", kind="onlinepbx", settings={"domain": "c.onpbx.ru"})


async def save(pool: Pool, key: str = "k", box: SecretBox = BOX) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await save_hosted(connection, box, CLOUD, {"api_key": key})


async def refused(pool: Pool, pbx: str = "cloud") -> list[str]:
    async with pool.acquire() as connection:
        return [one.title for one in await refusals_of(connection, pbx)]


async def test_another_node_may_have_the_next_word(pool: Pool) -> None:
    await save(pool)
    for _ in range(2):  # one node raises, another clears, the first raises again
        await tell(pool, None, "cloud", Use.DIALS, NO_DIALS, "HTTP 401")
        assert await refused(pool) == [NO_DIALS]
        async with pool.acquire() as connection:
            assert await api_accepts(connection, "cloud", Use.DIALS)
        assert await refused(pool) == []


async def test_settings_that_are_saved_close_what_was_refused_of_this_pbx(pool: Pool) -> None:
    await save(pool)
    async with pool.acquire() as connection:
        for pbx in ("cloud", "other"):
            assert await api_refuses(connection, pbx, Use.HISTORY, NO_HISTORY, "HTTP 401\0" + "x" * 999)
    await save(pool, "another")

    assert await refused(pool) == []
    assert await refused(pool, "other") == [NO_HISTORY]


async def test_the_page_says_what_is_refused_and_how_far_the_history_is(browser: Browser, pool: Pool) -> None:
    await save(pool, box=SecretBox(b"n" * 32))
    page = "/settings/pbxs/cloud"
    assert "is not asked for" in await text_of(browser, page)  # the key was sealed with a key that is lost
    sent = {"id": "cloud", "name": "Cloud", "domain": "c.onpbx.ru", "api_key": "k", "active": "on"}
    assert (await browser.send(page, sent, page=page)).status == 303
    shown = await text_of(browser, page)
    assert "was not asked for yet" in shown
    assert "Its API refuses us" not in shown

    await tell(pool, None, "cloud", Use.HISTORY, NO_HISTORY, "HTTP 401")
    await pool.execute(
        "insert into hosted_histories (pbx, read_until, deep_at, claimed_until, read_at)"
        " values ('cloud', now() - interval '3 days', now(), now(), now())"
    )
    shown = await text_of(browser, page)
    assert "The history of the PBX cloud is not read: its API refuses our key and says “HTTP 401”." in shown
    assert "is being caught up with" in shown
    await browser.send(page, sent, page=page)
    assert "Its API refuses us" not in await text_of(browser, page)


def state(ago: timedelta, fault: str = "", *, read: bool = True) -> HistoryState:
    return HistoryState(NOW if read else None, NOW - ago, 0, fault, None, 0)


SOON, LONG = timedelta(minutes=5), timedelta(days=2)


@pytest.mark.parametrize(
    ("of", "lacking", "wanted"),
    [
        (None, [], ("was not asked for yet", "info", "", False)),
        (None, ["Key"], ("is not asked for", "plain", "It lacks: Key", False)),
        (state(SOON, read=False), [], ("was not asked for yet", "info", "", False)),
        (state(SOON, "HTTP 500", read=False), [], ("cannot be read", "bad", "HTTP 500", False)),
        (state(SOON), [], ("is read", "ok", "", False)),
        (state(LONG), [], ("is being caught up with", "warn", "", True)),
        (state(LONG, "HTTP 500"), [], ("cannot be read", "bad", "HTTP 500", True)),
    ],
)
def test_how_far_it_is_in_words(
    of: HistoryState | None, lacking: list[str], wanted: tuple[str, str, str, bool]
) -> None:
    said = progress_of(of, lacking, NOW)

    assert (said.text, said.kind, said.more, said.read_until is not None) == wanted
