"""A base's own service is asked for its history since a date; a page is kept with the place behind it."""

from tests.crm_sync.onec_read import OneCRead
from tests.crm_sync.onec_scene import firm, order, payment


async def test_history_is_read_page_by_page_and_once_a_day(base: OneCRead) -> None:
    base.base.history = [[firm(), order()], [], [payment(), payment(id="wrong", amount="много")]]
    await base.pool.execute("update crm_onec set layout = 'none', history = 'hs/trunkline'")
    await base.read()
    assert [one.get("after") for one in base.base.asked] == [None, "1", "2"]
    assert {one["since"] for one in base.base.asked} == {"2017-01-01"}
    assert len((await base.state())[2]) == 1
    assert await base.rows("select read::int, unread::int from crm_onec_places") == [(3, 1)]
    base.base.history = [[payment(version=2, amount=7)]]
    await base.later()
    assert len(base.base.asked) == 3
    await base.later(86400)
    assert (await base.state())[2][0][3] == 7
    assert base.base.asked[-1]["since"] == base.day(3)[:10]


async def test_it_goes_on_where_it_was(base: OneCRead) -> None:
    base.base.history = [[firm()], [order()], [payment()]]
    await base.pool.execute("update crm_onec set layout = 'none', history = 'hs/trunkline'")
    base.base.chaos.cut_after("/trade/hs/trunkline/history", times=2)  # a request that only reads is repeated once
    await base.read()
    assert "connection lost" in (await base.trouble())["history"]
    await base.read()
    assert [len(one) for one in await base.state()] == [1, 1, 1, 0]


async def test_a_history_that_turns_in_a_circle_is_stopped(base: OneCRead) -> None:
    base.base.history = [[firm()], [order()]]
    await base.pool.execute("update crm_onec set layout = 'none', history = 'hs/trunkline'")
    await base.pool.execute(
        "insert into crm_onec_places (connector_id, part, place, begun_at) values ($1, 'history', '1', now())",
        base.connector,
    )
    base.base.history.append([])
    base.base.circle = True
    await base.read()
    assert "must be another one for each page" in (await base.trouble())["history"]
