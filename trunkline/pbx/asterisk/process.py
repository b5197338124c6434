"""The process `pbx`: a station for each Asterisk of the company, also while PostgreSQL or Valkey is away."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import asyncpg
import msgspec

from trunkline.alarms.alarm import AlarmBell
from trunkline.background import end, supervise
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.connection import SoundConnection
from trunkline.db.hosts import connect
from trunkline.db.pool import prepare_connection
from trunkline.errors import TrunklineError
from trunkline.folders import private_folder
from trunkline.log import get_logger
from trunkline.pbx.asterisk.keeper import Keeping
from trunkline.pbx.asterisk.linkalarms import clear_left_over
from trunkline.pbx.asterisk.members import Ways
from trunkline.pbx.asterisk.plug import Plug, Timing
from trunkline.pbx.asterisk.session import together
from trunkline.pbx.asterisk.station import Station
from trunkline.pbx.asterisk.terms import Address, Fault
from trunkline.pbx.asterisk.tls import PORT, kept_trust
from trunkline.pbx.store import PbxRow, list_pbxs
from trunkline.servers import database_url, valkey
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter
from trunkline.web.i18n import mark

log = get_logger(__name__)

KIND = "asterisk"
LINK = ("host", "port", "username", "cel_file", "tls", "trust")
"""Which settings are the link's; the others are those of queue members, and what its telephones show."""
_ROWS_SECONDS = 5.0
_ASK_SECONDS = 2.0


class AsteriskSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`pbxs.settings` of an Asterisk: its AMI, and the CEL file that fills gaps (empty: gaps stay marked, unfilled).

    `trust`: with `tls`, whose certificate is right (tls.py).
    `members_…`: the second AMI user that keeps queue members (empty: they are the company's own affair), how a queue
    reaches an extension, and whether dynamic members that others made are ours as well. `members_dials`: it begins
    calls of ours too. `members_controls`: it moves and passes on calls; `members_listens`: it rings who listens to one.
    `wrap_up_seconds`: how long a member is left in peace after a direct or outgoing talk.
    `caller_name`: a NameStyle; empty is UTF-8. `recordings_…`: trunkline/pbx/recorded.py; the link does without them.
    """

    host: str
    port: int = PORT
    username: str = "trunkline"
    cel_file: str = ""
    tls: bool = False
    trust: str = ""
    members_username: str = ""
    members_interface: str = Ways().interface
    members_state_interface: str = ""
    members_take_over: bool = False
    members_dials: bool = False
    members_controls: bool = False
    members_listens: bool = False
    wrap_up_seconds: int = 0
    caller_name: str = ""
    recordings_at: str = ""
    recordings_seen: str = ""
    recordings_link: str = ""
    recordings_link_at: str = ""
    recordings_link_header: str = ""


_AGAIN = mark("give it again on /setup, or with trunkline pbx add")
_SETTING = mark("the setting %(field)s of the PBX %(pbx)s is missing, wrong, or unknown to this version"), _AGAIN
_SEALED = (
    mark("the secret of the PBX %(pbx)s cannot be opened: another key sealed it"),
    mark("bring back the secret.key it was sealed with (or secrets.key), or give the secret again: trunkline pbx add"),
)
_NO_SECRET = mark("no AMI secret of the PBX %(pbx)s is kept"), _AGAIN
_TRUST = (
    mark("what the PBX %(pbx)s trusts is neither the full path of a file nor a SHA-256 fingerprint: %(trust)s"),
    _AGAIN,
)
_NO_MEMBERS_SECRET = (
    mark("no secret of the AMI user for queue members of the PBX %(pbx)s is kept"),
    mark("give it again: trunkline pbx members %(pbx)s"),
)
_FIELD = re.compile(r"`\$?\.?([^`]*)`$")


class RowUnusable(TrunklineError):
    """A PBX's row does not say how to reach it; `fault` says what is missing."""

    def __init__(self, sentences: tuple[str, str], **facts: str) -> None:
        self.fault = Fault(*sentences, facts)
        super().__init__(str(self.fault))


async def run_pbx(settings: Settings, stop: asyncio.Event, timing: Timing | None = None) -> None:
    """Hear every active Asterisk until `stop`."""
    folder = private_folder(settings.data_dir / "pbx")
    async with AsyncExitStack() as stack:
        spool = stack.enter_context(
            SpoolWriter(settings.data_dir / "spool" / "pbx", cap_bytes=settings.limits.spool_mb << 20)
        )
        # With no connection at first: the process starts and hears while PostgreSQL is away.
        pool = await stack.enter_async_context(
            asyncpg.create_pool(
                database_url(settings),
                min_size=0,
                max_size=4,
                connect=connect,
                init=prepare_connection,
                connection_class=SoundConnection,
                command_timeout=_ASK_SECONDS,
                timeout=_ASK_SECONDS,
                server_settings={"application_name": "trunkline-pbx", "timezone": "UTC"},
            )
        )
        redis = valkey(settings, socket_timeout=_ASK_SECONDS)
        stack.push_async_callback(redis.aclose)
        plug = Plug(settings.node, spool, pool, redis, folder, timing or Timing())
        await together(Stations(plug, settings.secret_box()).run(), stop.wait())


class Stations:
    """One task for each active row; a row that changes gets a new one."""

    def __init__(self, plug: Plug, box: SecretBox, *, rows_every: float = _ROWS_SECONDS) -> None:
        self._plug = plug
        self._box = box
        self._rows_every = rows_every
        self._copy = plug.folder / "known.msgpack"
        self._kept: dict[str, tuple[PbxRow, asyncio.Task[None]]] = {}

    async def run(self) -> None:
        """Keep stations as the rows say; without PostgreSQL, as they last said."""
        rows: Sequence[PbxRow] | None = None
        hushed: Sequence[PbxRow] | None = None
        try:
            while True:
                fresh = await self._ask()
                if fresh is not None and fresh != rows:
                    rows = fresh
                    _save(self._copy, rows)
                    await self._follow(rows)
                elif rows is None:
                    rows = _load(self._copy)
                    await self._follow(rows)
                if fresh is not None and fresh != hushed and await self._hush(fresh):
                    hushed = fresh
                await asyncio.sleep(self._rows_every)
        finally:
            await self._end(list(self._kept))

    async def _ask(self) -> Sequence[PbxRow] | None:
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                return await list_pbxs(self._plug.pool, KIND)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("pbx_rows_unread", error=str(error) or type(error).__name__)
            return None

    async def _hush(self, rows: Sequence[PbxRow]) -> bool:
        """Clear the alarms about what these rows no longer ask of us; False where that has to be tried again."""
        heard = {row.id for row in rows if row.active}
        kept = {row.id for row in rows if row.active and row.settings.get("members_username")}
        try:
            await clear_left_over(self._plug.pool, AlarmBell(self._plug.pool, self._plug.redis), heard, kept)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("pbx_alarms_wait", error=str(error) or type(error).__name__)
            return False
        return True

    async def _follow(self, rows: Sequence[PbxRow]) -> None:
        wanted = {row.id: row for row in rows if row.active}
        await self._end([pbx for pbx, (row, _) in self._kept.items() if wanted.get(pbx) != row])
        for pbx, row in wanted.items():
            if pbx in self._kept:
                continue
            try:
                address, cel_file = reach(row, self._box)
                keeping = keeping_of(row, self._box)
            except RowUnusable as error:
                log.error("pbx_row_unusable", pbx=pbx, error=str(error))  # noqa: TRY400  (the text says it all)
                continue
            work = self._keep(pbx, address, cel_file, keeping)
            self._kept[pbx] = row, asyncio.create_task(work, name=f"pbx:{pbx}")

    async def _keep(self, pbx: str, address: Address, cel_file: Path | None, keeping: Keeping | None) -> None:
        await supervise(f"pbx:{pbx}", lambda: Station(pbx, address, cel_file, self._plug, keeping).run())

    async def _end(self, pbxs: Sequence[str]) -> None:
        await end([self._kept.pop(pbx)[1] for pbx in pbxs])


def reach(row: PbxRow, box: SecretBox) -> tuple[Address, Path | None]:
    """Where the AMI and the CEL file of a row are; raises RowUnusable."""
    try:
        given = msgspec.convert(row.settings, AsteriskSettings)
        secret = row.opened(box).get("secret", "")
    except msgspec.ValidationError as error:
        named = _FIELD.search(str(error))
        raise RowUnusable(_SETTING, pbx=row.id, field=named[1] if named else "?") from error
    except WrongKey as error:
        raise RowUnusable(_SEALED, pbx=row.id) from error
    if not secret:
        raise RowUnusable(_NO_SECRET, pbx=row.id)
    if kept_trust(given.trust) is None:
        raise RowUnusable(_TRUST, pbx=row.id, trust=given.trust)
    address = Address(given.host, given.port, given.username, secret, given.tls, given.trust)
    return address, Path(given.cel_file) if given.cel_file else None


def keeping_of(row: PbxRow, box: SecretBox) -> Keeping | None:
    """How its queue members are kept, None when the company keeps them itself; raises RowUnusable."""
    address, _ = reach(row, box)
    given = msgspec.convert(row.settings, AsteriskSettings)
    if not given.members_username:
        return None
    secret = row.opened(box).get("members_secret", "")
    if not secret:
        raise RowUnusable(_NO_MEMBERS_SECRET, pbx=row.id)
    user = replace(address, username=given.members_username, secret=secret)
    ways = Ways(given.members_interface, given.members_state_interface, given.members_take_over)
    return Keeping(user, ways, given.members_dials, given.members_controls, given.members_listens)


def _save(file: Path, rows: Sequence[PbxRow]) -> None:
    draft = file.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.msgpack.encode(rows))
    draft.replace(file)


def _load(file: Path) -> Sequence[PbxRow]:
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=list[PbxRow])
    except (OSError, msgspec.DecodeError):
        return []
