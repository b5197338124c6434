"""What the page of a PBX and `trunkline pbx check` say of the groups we keep there."""

from datetime import UTC, datetime

import pytest

from tests.pbx.hooks.test_store import BOX
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.pbx.asterisk.check import Finding
from trunkline.pbx.hooks.check import check_hosted
from trunkline.pbx.hooks.groups_store import GroupSeen, fault_groups, groups_seen, save_groups
from trunkline.pbx.hooks.store import HostedPbx, list_hosted, save_hosted

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
SETTINGS = {
    "api_url": "https://c.ru/api",
    "logins": {"101": "anna"},
    "groups": {"sales": "dep1", "vip": "dep2"},
}
RIGHT = GroupSeen(queue="sales", place="dep1", looked_at=NOW, rung=("101", "102"))
WRONG = GroupSeen(queue="vip", place="dep2", looked_at=NOW, due_on=("103",), due_off=("104",), absent=("105",))


async def add(pool: Pool, settings: object = None, *, token: str = "t") -> None:
    async with pool.acquire() as connection:
        pbx = HostedPbx(id="cloud", name="Cloud", kind="megafon", settings=SETTINGS if settings is None else {})
        await save_hosted(connection, BOX, pbx, {"token": "t", "api_token": token})


async def found(pool: Pool) -> list[Finding]:
    async with pool.acquire() as connection:
        (kept,) = await list_hosted(connection)
        findings = await check_hosted(connection, kept, BOX, "http://127.0.0.1:1", NOW)
    return [one for one in findings if "group" in one.text]


async def test_what_was_seen_last_takes_the_place_of_all_before_and_a_fault_leaves_it(pool: Pool) -> None:
    await add(pool)
    await save_groups(pool, "cloud", [RIGHT, WRONG])
    await save_groups(pool, "cloud", [RIGHT])
    await fault_groups(pool, "cloud", {"sales": "dep1", "new": "dep9"}, NOW, "HTTP 502")

    async with pool.acquire() as connection:
        new, sales = await groups_seen(connection, "cloud")
    assert (new.queue, new.fault, new.rung) == ("new", "HTTP 502", ())
    assert (sales.fault, sales.rung) == ("HTTP 502", ("101", "102"))


async def test_check_says_which_group_differs_and_why_nothing_is_done(pool: Pool) -> None:
    await add(pool)
    await save_groups(pool, "cloud", [RIGHT, WRONG])
    right, wrong = await found(pool)

    assert (right.good, right.text) == (True, "queue sales, group dep1: as it should be")
    assert wrong.text == (
        "queue vip, group dep2: differs; to be rung: 103; not to be rung: 104; not in the group there: 105"
    )
    assert "mode “route”" in wrong.remedy

    await fault_groups(pool, "cloud", {"sales": "dep1"}, NOW, "HTTP 401 Invalid token")
    refused, _ = await found(pool)
    assert (refused.good, refused.text) == (False, "queue sales, group dep1: not kept; HTTP 401 Invalid token")


@pytest.mark.parametrize(
    ("settings", "token", "text", "good"),
    [
        (None, "t", "the group of the queue sales was never looked at", False),
        (None, "", "groups are not kept; it lacks: Key of the PBX for the CRM", False),
        ({}, "t", "no group is kept by us", True),
    ],
)
async def test_check_of_what_was_never_looked_at(
    pool: Pool, settings: object, token: str, text: str, good: bool
) -> None:
    await add(pool, settings, token=token)
    first = (await found(pool))[0]

    assert (first.text, first.good) == (text, good)


async def test_the_page_shows_them_with_what_differs(browser: Browser, pool: Pool) -> None:
    await add(pool)
    assert "No group has been looked at" in await text_of(browser, "/settings/pbxs/cloud")
    await save_groups(pool, "cloud", [RIGHT, WRONG])
    shown = await text_of(browser, "/settings/pbxs/cloud")

    assert "101, 102" in shown
    assert "to be rung: 103" in shown
    assert "Its groups ring whoever works now in our queues." in shown


async def test_a_pbx_whose_groups_cannot_be_kept_shows_none(browser: Browser, pool: Pool) -> None:
    async with pool.acquire() as connection:
        await save_hosted(connection, BOX, HostedPbx(id="cloud", name="Cloud", kind="mts"), {})
    shown = await text_of(browser, "/settings/pbxs/cloud")

    assert "Groups kept by us" not in shown
    assert "Its groups ring whom its cabinet names, whoever works now." in shown
