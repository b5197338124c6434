"""Takes a recording that a provider has into the store: by the link that was told, or by one that is asked for anew."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from recordings.fetching import Links
from recordings.prober import NoSound, Prober
from recordings.recording import Recording, Stop
from recordings.reference import Reference, Unfetched
from recordings.references import SQL, find_reference
from recordings.stopping import LINKS, Stopped, again
from recordings.store import NOT_SENT
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.pbx.hooks.history import Keyed, Trouble
from trunkline.pbx.hooks.links import HostedLinks
from trunkline.pbx.linked import KEPT_AS, LinkById, is_address, link_by_id
from trunkline.pbx.store import PbxRow, find_pbx

_FOR_GOOD: Final = frozenset({Stop.TOO_LARGE, Stop.NO_LINK})
"""Asking again changes nothing: NO_LINK waits for the settings (recordings/watch.py)."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the provider is asked by id, and the header's value."""

    link: LinkById
    secret: str


@dataclass(frozen=True, slots=True)
class Linked:
    """`box` opens the providers' secrets; `workshop` is a folder of this machine for what is on its way.

    `hosted` asks PBXs in the cloud by their own APIs, where nobody told another way.
    """

    pool: Pool
    links: Links
    box: SecretBox
    prober: Prober
    workshop: Path
    hosted: HostedLinks | None = None

    async def fetch(self, one: Recording, beside: AsyncExitStack) -> Path:
        """What the provider has, once it is sound, as a file that goes with `beside`; raises Stopped."""
        async with self.pool.acquire() as connection:
            reference = await find_reference(connection, one.id)
        if reference is None:
            raise Stopped(Stop.MISSING, NOT_SENT)
        await asyncio.to_thread(self.workshop.mkdir, mode=0o700, parents=True, exist_ok=True)
        path = Path(beside.enter_context(tempfile.TemporaryDirectory(dir=self.workshop)), "source")
        try:
            await self._fetched(one, reference, path)
        except Unfetched as error:
            raise await self._stopped(reference, error, datetime.now(UTC)) from error
        return path

    async def _stopped(self, reference: Reference, error: Unfetched, now: datetime) -> Stopped:
        """When it is asked for again, which is noted."""
        lasts = error.why not in _FOR_GOOD
        seconds = again(LINKS, reference.told_at, now, error.pause) if lasts else None
        next_at = None if seconds is None else now + timedelta(seconds=seconds)
        await self.pool.execute(SQL["note_asked"], reference.recording_id, now, next_at)
        return Stopped(error.why, error.told, again=seconds)

    async def _fetched(self, one: Recording, reference: Reference, path: Path) -> int:
        """By the link that was told; where that has ended or leads to no sound, by one that is asked for anew."""
        way = None
        if reference.url:
            try:
                return await self._sound(one, path, reference.url)
            except Unfetched as error:
                if reference.provider_id and error.why is not Stop.TOO_LARGE:
                    way = await self._way(one)
                if way is None:
                    raise
                if error.why is not Stop.UNREACHED:
                    await self.pool.execute(SQL["link_ended"], one.id, reference.url)
        way = way or await self._way(one)
        if way is None:
            raise Unfetched(Stop.NO_LINK, "")
        if isinstance(way, PbxRow):
            return await self._sound(one, path, *await self._link(way, reference.provider_id))
        if not way.link.pointer:
            return await self._sound(one, path, way.link.address_of(reference.provider_id), way)
        return await self._sound(one, path, await self.links.ask(way.link, way.secret, reference.provider_id))

    async def _sound(self, one: Recording, path: Path, url: str, way: Way | None = None) -> int:
        """Fetch it, and make sure of what it is."""
        size = await self.links.download(url, path, way.link if way else None, way.secret if way else "")
        try:
            await self.prober.probe(path, one.file)
        except NoSound as error:
            raise Unfetched(Stop.UNREADABLE, str(error)) from error
        return size

    async def _link(self, row: PbxRow, recording: str) -> tuple[str, Way | None]:
        """By the provider's own API, and with its key where the API answers the sound itself; raises Unfetched."""
        assert self.hosted is not None
        try:
            link = await self.hosted.link(row, recording)
        except Trouble as error:
            why = Stop.UNAUTHORISED if error.refused else Stop.LATE if error.late else Stop.UNREACHED
            raise Unfetched(why, f"asked for a link: {error.told}", error.pause) from error
        url = link.url if isinstance(link, Keyed) else link
        if not is_address(url):
            raise Unfetched(Stop.UNREACHED, "what its answer names is no address")
        return url, Way(LinkById(url, header=link.header), link.value) if isinstance(link, Keyed) else None

    async def _way(self, one: Recording) -> Way | PbxRow | None:
        """How its provider is asked by id: as the PBX's row says, else by its own API. Raises Unfetched."""
        async with self.pool.acquire() as connection:
            row = await find_pbx(connection, one.pbx)
        link = link_by_id(row.settings) if row is not None else None
        if row is None or link is None:
            return row if row is not None and self.hosted is not None and self.hosted.asks(row) else None
        try:
            secret = row.opened(self.box).get(KEPT_AS, "")
        except WrongKey:
            raise Unfetched(
                Stop.UNAUTHORISED, "its secret cannot be opened with this installation's key: give it again"
            ) from None
        return Way(link, secret)
