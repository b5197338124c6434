"""A company whose portal tells it what its users do: a public listener, the applier, the task that does it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from crm_sync.bitrix24.binding import bind
from crm_sync.calling_back import HOURLY
from crm_sync.doing import Doing
from crm_sync.heard import EventApplier
from crm_sync.hooks import path_of, secret_of
from crm_sync.store import find_connector
from crm_sync.telling import follow_ends, follow_seats
from tests.calls.dialogues import PBX, dialogue
from tests.calltracking.conftest import Street
from tests.crm_sync.scene import Scene
from tests.fakes.bitrix24.world import Call
from trunkline.calls.applier import CallApplier
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.keys import settings_key
from trunkline.web.i18n import Reader, Translations
from trunkline.writer import SpoolApplier

NOW = datetime.fromtimestamp(1_795_321_280, UTC)
"""When the recorded dialogue of a click begins."""
CLIENT = "+79265550101"
ENGLISH = Reader("en", ZoneInfo("Europe/Moscow"))


async def nobody_listens(*_: object) -> None:
    """Of what was applied."""


def samara(_number: str) -> str:
    return "Europe/Samara"


@dataclass
class Office:
    """`scene` is the portal and what it is told; `hourly` callbacks its forms may ask for."""

    scene: Scene
    street: Street
    hourly: int = HOURLY

    @property
    def pool(self) -> Pool:
        return self.scene.pool

    @property
    def path(self) -> str:
        """Where the portal posts."""
        secret = secret_of(self.street.app[settings_key].secret_box(), self.scene.connector)
        return f"{path_of(self.scene.connector)}{secret}"

    async def open(self) -> None:
        """A PBX that dials for us, Anna at 101, events bound."""
        settings = {"members_username": "trunkline-members", "members_dials": True}
        await self.pool.execute(
            "insert into pbxs (id, name, kind, settings) values ($1, 'Office', 'asterisk', $2)", PBX, settings
        )
        await self.pool.execute("insert into people (id, name, extension) values ($1, 'Anna', '101')", UUID(int=101))
        async with self.pool.acquire() as connection:
            known = await find_connector(connection, self.scene.connector)
        await self.pool.execute("insert into crm_users values ($1, '101', $2, 'Анна')", known.id, self.anna)
        async with self.scene.portals() as portals:
            await bind(portals, known, str(self.street.client.make_url(self.path)))

    @property
    def anna(self) -> int:
        """As the portal knows her."""
        return int(self.scene.user("101"))

    async def click(self, phone: str = CLIENT, **more: Any) -> Call:
        """Anna clicks a number in the portal, and the office hears of it."""
        call = await self.scene.portal.click_to_call(self.anna, phone, **more)
        await self.hear()
        return call

    async def post(self, form: Iterable[tuple[str, str]], path: str = "") -> int:
        """Whoever it is posts a form; the status."""
        answer = await self.street.client.post(path or self.path, data=list(form))
        return answer.status

    async def hear(self) -> None:
        """What was accepted becomes rows."""
        root: Path = self.street.app[settings_key].data_dir / "spool"
        await SpoolApplier(self.pool, "node", root, [EventApplier()], nobody_listens).drain()

    async def do(self, now: datetime = NOW) -> None:
        """What was asked for is done, and what is over is told."""
        async with self.doing() as doing:
            await doing.one_round(now)

    @asynccontextmanager
    async def doing(self, redis: Redis | None = None) -> AsyncIterator[Doing]:
        """As the worker has it."""
        words = Translations(("trunkline.dialing", "crm_sync"))
        async with self.scene.portals() as portals:
            yield Doing(self.pool, redis, portals, samara, ENGLISH, words, SecretBox(bytes(32)), self.hourly)

    async def call_goes(self) -> None:
        """The PBX makes the dial, and tells of it: they talk."""
        channel = await self.pool.fetchval("update dials set state = 'sent', sent_at = at returning channel")
        frames = [
            one.replace(b"trunkline-click-1", channel.encode()) for one in dialogue("originate_click_to_call").frames
        ]
        applier = CallApplier(follow_ends, follow_seats)
        for first in range(0, len(frames), 3):
            await self.scene.hear(applier, frames[first : first + 3])
            await self.scene.deliver()

    async def dial_ends(self, outcome: str) -> None:
        """Without a word of the story."""
        await self.pool.execute("update dials set state = 'ended', outcome = $1, sent_at = at, ended_at = at", outcome)

    async def became(self) -> list[str]:
        """What came of all that was asked for."""
        return [row["became"] for row in await self.pool.fetch("select became from crm_events order by heard_at")]

    async def account(self, role: str) -> None:
        """Anna may sign in here as well."""
        await self.pool.execute(
            "insert into accounts (person_id, role) values ($1, $2::text::person_role)", UUID(int=101), role
        )
