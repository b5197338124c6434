"""What each ring and each delivery asks reads an index, however many cards there were."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from crm_sync.bots.posts import SQL as ABOUT
from crm_sync.bots.store import SQL as BOTS
from crm_sync.bots.telling import SQL
from tests.crm_sync.bots.desk import BOT, CHAT, Desk
from tests.crm_sync.test_plans import nodes_of

MANY = """
insert into bot_cards (bot_id, person_id, call_id, chat_id, rang_at)
select $1, $2, gen_random_uuid(), 5001, now() - n * interval '1 minute' from generate_series(1, 20000) as n
"""


@pytest.mark.parametrize("statement", ["tell_of_seats", "tell_of_calls", "card", "prune_cards", "pressed_card"])
async def test_old_cards_are_not_read_again(desk: Desk, anna: UUID, statement: str) -> None:
    await desk.bind(await desk.connect(), anna)
    arguments: dict[str, tuple[object, ...]] = {
        "tell_of_seats": ([uuid4()], ["101"], [], [desk.clock.at]),
        "tell_of_calls": ([uuid4()],),
        "card": (CHAT,),
        "prune_cards": (desk.clock.at.replace(year=2020),),
        "pressed_card": (7, BOT, anna),
    }
    async with desk.pool.acquire() as connection, connection.transaction():
        await connection.execute(MANY, BOT, anna)
        await connection.execute("analyze bot_cards")
        nodes = await nodes_of(connection, SQL[statement], *arguments[statement])
    read = [node for node in nodes if node.get("Relation Name") == "bot_cards" and "Scan" in node["Node Type"]]
    assert read
    assert all("Index" in node["Node Type"] or node["Node Type"] in {"Bitmap Heap Scan", "Tid Scan"} for node in read)
    assert sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in read) <= 2


async def test_two_who_delete_what_is_old_wait_for_nothing(desk: Desk, anna: UUID) -> None:
    """The old rows are the same for all who come at once."""
    await desk.bind(await desk.connect(), anna)
    await desk.pool.execute(MANY.replace("20000", "2"), BOT, anna)
    await desk.pool.execute("insert into bot_updates values ($1, 1, now() - interval '9 days')", BOT)
    async with desk.pool.acquire() as one, one.transaction(), desk.pool.acquire() as other, other.transaction():
        await other.execute("set local lock_timeout = 100")
        for connection in (one, other):
            await connection.execute(SQL["prune_cards"], desk.clock.at + timedelta(days=1))
            await connection.execute(BOTS["prune_updates"], desk.clock.at)


POSTS = """
insert into bot_posts (bot_id, person_id, kind, about, chat_id, begun_at, stands, over_at)
select $1, $2, 'lead', gen_random_uuid(), '5001', now() - n * interval '1 minute', 'x', now()
from generate_series(1, 20000) as n
"""


@pytest.mark.parametrize(
    "statement", ["tell_of_leads", "tell_of_works", "end_posts", "post", "pressed_post", "prune_posts"]
)
async def test_posts_that_are_over_are_not_read_again(desk: Desk, anna: UUID, statement: str) -> None:
    await desk.bind(await desk.connect(), anna)
    arguments: dict[str, tuple[object, ...]] = {
        "tell_of_leads": (desk.clock.at, None),
        "tell_of_works": (desk.clock.at, None),
        "end_posts": (desk.clock.at.replace(year=2020),),
        "post": (7,),
        "pressed_post": (7, BOT, anna, "lead"),
        "prune_posts": (desk.clock.at.replace(year=2020),),
    }
    async with desk.pool.acquire() as connection, connection.transaction():
        await connection.execute(POSTS, BOT, anna)
        await connection.execute("analyze bot_posts")
        nodes = await nodes_of(connection, ABOUT[statement], *arguments[statement])
    read = [node for node in nodes if node.get("Relation Name") == "bot_posts" and "Scan" in node["Node Type"]]
    assert read
    assert sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in read) <= 2
