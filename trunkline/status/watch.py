"""What is burning, looked at every few seconds, so that every page may say so without asking anybody."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import asyncpg
from aiohttp import web

from trunkline.alarms.alarm import AlarmRow, Severity, open_alarms
from trunkline.alarms.letter import in_one_line, told
from trunkline.background import running
from trunkline.db.types import Pool
from trunkline.diskguard import DiskGuard, Shortage
from trunkline.keys import pool_key, settings_key
from trunkline.settings import Settings
from trunkline.status.look import processes
from trunkline.web.auth import may_open
from trunkline.web.i18n import gettext as _
from trunkline.web.shell import Banner

_LOOK_SECONDS = 5.0
_MOST_BANNERS = 3
_STATUS = "/settings/status"
_DATABASE_TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Fire:
    """What cannot wait: critical shortages, processes that do not run, critical alarms."""

    shortages: Sequence[Shortage] = ()
    down: Sequence[str] = ()
    alarms: Sequence[AlarmRow] = ()


class Watch:
    """The last look."""

    def __init__(self, settings: Settings, pool: Pool) -> None:
        self.fire = Fire()
        self._guard = DiskGuard(settings)
        self._data_dir = settings.data_dir
        self._pool = pool

    async def look(self) -> None:
        """Look once; with the database away the alarms stay as they were."""
        shortages, seen = await asyncio.to_thread(self._on_this_machine)
        alarms = self.fire.alarms
        try:
            async with self._pool.acquire() as connection:
                alarms = [row for row in await open_alarms(connection) if row.severity is Severity.CRITICAL]
        except _DATABASE_TROUBLE:
            pass
        self.fire = Fire(shortages, seen, alarms)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    def _on_this_machine(self) -> tuple[list[Shortage], list[str]]:
        critical = [short for short in self._guard.shortages() if short.severity is Severity.CRITICAL]
        return critical, [process.name for process in processes(self._data_dir) if not process.runs]


watch_key = web.AppKey("watch", Watch)


async def watch_context(app: web.Application) -> AsyncIterator[None]:
    """The watch, as long as the application runs; wants the pool before it."""
    watch = app[watch_key] = Watch(app[settings_key], app[pool_key])
    async with running({"status watch": watch.run}):
        yield


def banners(request: web.Request) -> Sequence[Banner]:
    """A red line for each thing that burns, in the reader's language; at most three of the alarms."""
    watch = request.app.get(watch_key)
    if watch is None:
        return ()
    href = _STATUS if may_open(request, _STATUS) else ""
    return [Banner(text, "bad", href) for text in sentences(watch.fire)]


def sentences(fire: Fire) -> list[str]:
    """What burns, in the reader's language; what the disk guard says is not said again by its alarm."""
    said = [told(short.title, short.facts, _) for short in fire.shortages]
    said += [_("The process %(process)s does not run.") % {"process": name} for name in fire.down]
    known = {short.key for short in fire.shortages}
    alarms = [in_one_line(told(alarm.title, alarm.facts, _)) for alarm in fire.alarms if alarm.key not in known]
    if len(alarms) > _MOST_BANNERS:
        return [*said, _("%(number)s critical alarms are open.") % {"number": len(alarms)}]
    return said + alarms
