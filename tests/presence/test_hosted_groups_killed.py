"""A node killed anywhere while it switches people in a hosted group is followed by another that puts it right."""

from collections.abc import Callable

from tests.fakes.group_apis import MegaFon
from tests.faults.harness import kill_at_every_point
from tests.presence.test_hosted_groups import api, fast, goes, megafon, node, sales, turn
from trunkline.db.types import Pool
from trunkline.pbx.hooks.api import Api

__all__ = ["api", "fast", "sales"]


async def test_nobody_is_left_where_he_should_not_be(
    pool: Pool, database_url: str, api: Api, sales: None, record_property: Callable[[str, object], None]
) -> None:
    async with megafon(pool, anna=False, boris=True, vera=True) as cabinet:
        await goes(pool, "vera", "break")

        async def prepare() -> None:
            cabinet.rung["dep1"] = {"anna": False, "boris": True, "vera": True}
            cabinet.asked.clear()

        async def check() -> None:
            assert any(cabinet.rung["dep1"].values()), "nobody was rung"
            await pool.execute("update pbx_acting set until = now() - interval '1 s'")
            await turn(node(pool, api, "two"))
            assert cabinet.rung["dep1"] == {"anna": True, "boris": True, "vera": False}
            assert _each_once(cabinet)
            await pool.execute("delete from pbx_acting")

        tried = await kill_at_every_point(
            "socket",
            "tests.presence.doomed:keep",
            [database_url],
            tell=record_property,
            prepare=prepare,
            check=check,
            every=4,
        )
    assert tried.passed
    assert tried.points > 5


def _each_once(cabinet: MegaFon) -> bool:
    """What the dead node had done is seen, and not asked for again."""
    asked = [(one["user"], one["status"]) for one in cabinet.switched()]
    return len(asked) == len(set(asked))
