"""A pool that runs out: told when it lasts, again when it becomes worse, taken back when it has been over."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from calltracking.planner.measuring import measure
from calltracking.planner.watch import CALM, LASTS, Watcher, look, read_pools, run_pool_watch
from tests.calltracking.planner.ledger import NOW, Leased, Ledger
from tests.fakes.waiting import eventually
from trunkline.alarms.alarm import AlarmBell, AlarmRow, open_alarms
from trunkline.alarms.letter import told
from trunkline.background import running
from trunkline.jobs.house import WorkerServices
from trunkline.settings import load
from trunkline.web.i18n import Translations

ZONE = ZoneInfo("Europe/Moscow")
MINUTE = timedelta(minutes=1)


class Watch:
    """The worker's loop, a tick at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.bell, self.watcher = AlarmBell(ledger.pool, None), Watcher()

    async def rung(self) -> list[AlarmRow]:
        async with self.ledger.pool.acquire() as connection:
            return await open_alarms(connection)

    async def tick(self, minutes: float) -> list[AlarmRow]:
        """Look at this minute; the alarms that are open then."""
        now = NOW + minutes * MINUTE
        await measure(self.ledger.pool, now)
        async with self.ledger.pool.acquire() as connection:
            pools = await read_pools(connection, now, ZONE)
        await look(self.bell, self.watcher, pools, {one.key for one in await self.rung()}, now)
        return await self.rung()


async def test_an_exhausted_pool_rings_when_it_lasts_and_is_cleared_when_it_is_over(ledger: Ledger) -> None:
    watch = Watch(ledger)
    assert await watch.tick(0) == []
    await ledger.hold(range(8), NOW)

    assert await watch.tick(1) == []
    (busy,) = await watch.tick(1 + LASTS / MINUTE)
    assert (busy.severity, busy.facts["taken"], busy.facts["numbers"]) == ("info", 8, 10)
    await ledger.hold((8, 9), NOW)
    (full,) = await watch.tick(5)
    assert (full.severity, full.key) == ("critical", f"pool.numbers:{ledger.rows.numbers}")
    assert "Every number of the pool Москва is with a visitor (10 of 10)" in told(full.title, full.facts, str)
    (still,) = await watch.tick(6)
    assert still.count == full.count, "what is known is not told again"

    await ledger.let_go()
    assert len(await watch.tick(7)) == 1
    assert len(await watch.tick(6 + CALM / MINUTE - 1)) == 1
    assert await watch.tick(6 + CALM / MINUTE) == []


async def test_a_worker_that_starts_anew_does_not_take_an_alarm_back_at_once(ledger: Ledger) -> None:
    watch = Watch(ledger)
    await ledger.hold(range(10), NOW)
    await watch.tick(0)
    assert len(await watch.tick(3)) == 1
    await ledger.let_go()

    anew = Watch(ledger)

    assert len(await anew.tick(4)) == 1
    assert await anew.tick(4 + CALM / MINUTE) == []


async def test_a_moment_is_nobody_s_business(ledger: Ledger) -> None:
    watch = Watch(ledger)
    for minute in range(0, 12, 2):
        await ledger.hold(range(10), NOW)
        assert await watch.tick(minute) == []
        await ledger.let_go()
        assert await watch.tick(minute + 1) == []


async def test_a_pool_that_flaps_rings_once(ledger: Ledger) -> None:
    watch = Watch(ledger)
    for minute in range(60):
        await (ledger.hold(range(10), NOW) if minute % 10 == 0 else ledger.let_go() if minute % 10 == 5 else _nothing())
        await watch.tick(minute)

    assert len(await watch.rung()) == 1
    assert await ledger.pool.fetchval("select count(*) from alarms") == 1


async def test_last_week_s_rush_is_expected_hours_before(ledger: Ledger) -> None:
    rush = NOW - timedelta(days=7) + timedelta(hours=4, minutes=20)
    await ledger.write(Leased(rush + timedelta(seconds=5 * place), place % 10) for place in range(700))
    await ledger.write([Leased(NOW - timedelta(days=20))])
    watch = Watch(ledger)

    assert await watch.tick(0) == []
    (expected,) = await watch.tick(LASTS / MINUTE)

    assert (expected.facts["hours"], expected.facts["missing"] > 0) == (4, True)
    assert "will be short of numbers in 4 h" in told(expected.title, expected.facts, str)


async def test_a_pool_that_nobody_leases_from_is_not_told_of(ledger: Ledger) -> None:
    watch = Watch(ledger)
    await ledger.hold(range(10), NOW)
    await watch.tick(0)
    assert len(await watch.tick(3)) == 1

    await ledger.pool.execute("update tracking_sites set active = false")

    assert await watch.tick(4) == []


async def test_the_worker_measures_and_looks_by_itself(ledger: Ledger, database_url: str, data_dir: Path) -> None:
    await ledger.hold([1], datetime.now(UTC))
    settings = load(None, {"TRUNKLINE_DATABASE_URL": database_url, "TRUNKLINE_DATA_DIR": str(data_dir)})
    services = WorkerServices(settings, ledger.pool, None, Translations(()))

    async def is_counted() -> bool:
        return bool(await ledger.pool.fetchval("select count(*) from pool_quarters"))

    async with running({"pools": partial(run_pool_watch, services)}):
        await eventually(is_counted)


async def _nothing() -> None:
    return None
