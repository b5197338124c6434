"""How far calls came is forgotten long after they are over, unless something of them waits."""

from datetime import timedelta

from crm_sync.pruning import KEPT, prune
from tests.crm_sync.scene import Scene
from trunkline.db.types import Pool

ROWS = "select count(*) from crm_calls"


async def begun(pool: Pool) -> int:
    count: int = await pool.fetchval(ROWS)
    return count


async def test_calls_of_long_ago_go_and_what_waits_stays(scene: Scene) -> None:
    await scene.happens("simple_answered")
    at = await scene.pool.fetchval("select started_at from crm_calls")
    late = at + KEPT + timedelta(minutes=1)
    assert await prune(scene.pool, late) == 0  # nobody was told of it yet
    await scene.deliver()
    assert await prune(scene.pool, at + KEPT - timedelta(minutes=1)) == 0

    stream = await scene.pool.fetchval("select distinct stream from outbox_log")
    letter = (
        "insert into outbox_dead values (1, $1, 'bitrix24.record', 'x', '{}', 1, 'permanent', '', '', '', false, now())"
    )
    await scene.pool.execute(letter, stream)
    assert (await prune(scene.pool, late), await begun(scene.pool)) == (0, 1)
    await scene.pool.execute("delete from outbox_dead")
    assert (await prune(scene.pool, late), await begun(scene.pool)) == (1, 0)
