"""Telling people that a PBX is not heard: at once when it refuses us, after a while when it is away."""

import asyncio
import time
from collections.abc import Container
from typing import NoReturn

import asyncpg

from trunkline.alarms.alarm import AlarmBell, Severity, open_alarms
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.pbx.asterisk.terms import Fault
from trunkline.web.i18n import mark

log = get_logger(__name__)

_REFUSED = mark("The PBX %(pbx)s refuses the login of %(node)s: %(reason)s")
_AWAY = mark("%(node)s does not hear the PBX %(pbx)s: %(reason)s")
_FAULT = mark("%(node)s does not hear the PBX %(pbx)s")


async def clear_left_over(pool: Pool, bell: AlarmBell, heard: Container[str], kept: Container[str]) -> None:
    """Clear what stations said of PBXs nobody hears any more, and of queue members nobody keeps any more.

    Whoever raised it, on whatever node: its station is gone, or never was in this process.
    """
    async with pool.acquire() as connection:
        alarms = await open_alarms(connection)
    for alarm in alarms:
        wanted = kept if alarm.key.startswith(("pbx.members.", "pbx.control:")) else heard
        if alarm.key.startswith("pbx.") and alarm.facts.get("pbx") not in wanted:
            await bell.clear(alarm.key)


class LinkAlarms:
    """The alarms of one PBX on one node; they follow what `up` and `down` say while `run` runs."""

    def __init__(self, bell: AlarmBell, pbx: str, node: str, *, away_after: float, tick: float) -> None:
        self._bell = bell
        self._names = {"pbx": pbx, "node": node}
        self._away_after = away_after
        self._tick = tick
        self._down_since: float | None = None
        self._refused = False
        self._reason = ""
        self._fault: Fault | None = None

    def up(self) -> None:
        """It is heard."""
        self._down_since, self._refused = None, False

    def down(self, reason: str, *, refused: bool, fault: Fault | None = None) -> None:
        """It is not heard, or still not; a `fault` is told in its own sentences."""
        self._down_since = time.monotonic() if self._down_since is None else self._down_since
        self._reason, self._refused, self._fault = reason, refused, fault

    async def run(self) -> NoReturn:
        """Raise and clear; without PostgreSQL, later."""
        while True:
            try:
                await self._follow()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("pbx_alarm_waits", error=str(error) or type(error).__name__, **self._names)
            await asyncio.sleep(self._tick)

    async def _follow(self) -> None:
        down_since = self._down_since
        away = down_since is not None and time.monotonic() - down_since >= self._away_after
        title, facts = _AWAY, {**self._names, "reason": self._reason}
        if self._fault is not None:
            title, facts = f"{_FAULT}\n{self._fault.title}", {**self._names, **self._fault.facts}
        suffix = "{pbx}:{node}".format_map(self._names)
        await self._bell.set(self._refused, f"pbx.login:{suffix}", Severity.CRITICAL, _REFUSED, facts)
        await self._bell.set(away and not self._refused, f"pbx.link:{suffix}", Severity.CRITICAL, title, facts)
