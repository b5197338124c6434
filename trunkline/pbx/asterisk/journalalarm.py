"""Telling people that gaps could not be filled, before there is a gap."""

import asyncio
from pathlib import Path
from typing import NoReturn

import asyncpg

from trunkline.alarms.alarm import AlarmBell, Severity
from trunkline.log import get_logger
from trunkline.pbx.asterisk.journal import look
from trunkline.pbx.asterisk.terms import Fault
from trunkline.web.i18n import mark

log = get_logger(__name__)

_BLIND = mark("%(node)s could not fill a gap in the calls of the PBX %(pbx)s")


class JournalAlarm:
    """Follows one PBX's CEL file on one node: looks at the start, and every so often while `run` runs."""

    def __init__(self, bell: AlarmBell, pbx: str, node: str, cel_file: Path | None, *, every: float) -> None:
        self._bell = bell
        self._names = {"pbx": pbx, "node": node}
        self._cel_file = cel_file
        self._every = every
        self._told: list[Fault | None] = []

    async def run(self) -> NoReturn:
        """Raise and clear; without PostgreSQL, later. No file to look at is the company's choice and no alarm."""
        while True:
            fault = None if self._cel_file is None else (await asyncio.to_thread(look, self._cel_file)).fault
            if self._told != [fault]:
                await self._tell(fault)
            await asyncio.sleep(self._every)

    async def _tell(self, fault: Fault | None) -> None:
        key = "pbx.cel:{pbx}:{node}".format_map(self._names)
        try:
            if fault is None:
                await self._bell.clear(key)
            else:
                log.warning("cel_unusable", error=str(fault), **self._names)
                title = f"{_BLIND}\n{fault.title}"
                await self._bell.raise_(key, Severity.WARNING, title, {**self._names, **fault.facts})
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("pbx_alarm_waits", error=str(error) or type(error).__name__, **self._names)
        else:
            self._told = [fault]
