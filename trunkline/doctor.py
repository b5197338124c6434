"""`trunkline doctor`: what is wrong with this installation, in plain words, and what would put it right."""

import asyncio
import shutil
import signal
import stat
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import psutil
from redis.exceptions import RedisError

from trunkline.db.migrate import pending
from trunkline.db.pool import open_pool
from trunkline.db.sql import load_queries
from trunkline.directory.reader import Directory
from trunkline.errors import TrunklineError
from trunkline.geo.file import GeoUnusable, look_at
from trunkline.numbering.words import age_of, is_old
from trunkline.pbx.asterisk.journal import look
from trunkline.pbx.asterisk.process import KIND
from trunkline.pbx.store import list_pbxs
from trunkline.sealed import closed_to
from trunkline.servers import database_url, redis_url, require_installation
from trunkline.settings import Settings
from trunkline.supervise import PROCESSES, process_states
from trunkline.valkey.look import look as look_at_valkey

_SQL = load_queries("trunkline")
_OLDEST_SPOOL = timedelta(seconds=60)
_ASK_SECONDS = 3.0
_REMEDIES = {
    "database": "start `trunkline serve`; with a server of your own look at database.url, and whether it runs",
    "valkey": "start `trunkline serve`; with a server of your own look at redis.url, and whether it runs",
}
"""What to do where a check itself failed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `remedy` says what to do when it is not well. Where that is `advice`, nothing is broken."""

    name: str
    well: bool
    message: str
    remedy: str = ""
    advice: bool = False


Check = Callable[[Settings], Awaitable[Sequence[Finding]]]


async def examine(settings: Settings, more: Sequence[Check] = ()) -> list[Finding]:
    """Look at everything, in the order one would ask, `more` last; a check that fails itself is a finding too."""
    findings: list[Finding] = []
    for check in (*CHECKS, *more):
        try:
            findings += await check(settings)
        except (TrunklineError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RedisError) as error:
            name = check.__name__.removeprefix("_").replace("_", " ")
            remedy = _REMEDIES.get(name, "see the message")
            findings.append(Finding(name, False, _told(error), remedy))
    return findings


def _told(error: Exception) -> str:
    """An embedded server that does not run has no socket: its path is nothing to look at."""
    absent = isinstance(error, FileNotFoundError | RedisError) and "No such file or directory" in str(error)
    return "does not run" if absent else str(error) or type(error).__name__


async def _data_directory(settings: Settings) -> Sequence[Finding]:
    folder, key = settings.data_dir, settings.key_file
    if not folder.is_dir():
        remedy = "start `trunkline serve` once, or set server.data_dir"
        return [Finding("data directory", False, f"{folder} does not exist", remedy)]
    free = shutil.disk_usage(folder).free >> 20
    enough = free >= settings.limits.disk_free_mb
    findings = [Finding("disk", enough, f"{free:,} MB free where {folder} is", "free space, or move data_dir")]
    if not settings.secrets.key and key.exists():
        private = not key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        message = "readable by its owner only" if private else f"{key} can be read by others"
        findings.append(Finding("key", private, message, f"chmod 600 {key}, and copy it to a safe place"))
    return findings


async def _processes(settings: Settings) -> Sequence[Finding]:
    states = process_states(settings.data_dir)
    if not states:
        return [Finding("processes", False, "Trunkline does not run here", "start `trunkline serve`")]
    findings = []
    for name in PROCESSES:
        state = states[name]
        runs = psutil.pid_exists(state.pid) if state.pid else False
        restarts = f", {restarted(state.restarts, state.last_exit)}" if state.restarts else ""
        since = datetime.fromtimestamp(state.started_at, UTC).isoformat(timespec="seconds")
        message = f"process {state.pid} since {since}{restarts}" if runs else f"does not run{restarts}"
        steady = runs and (not state.restarts or time.time() - state.started_at > 60)
        findings.append(Finding(name, steady, message, "read the log of `trunkline serve` around that time"))
    return findings


def restarted(times: int, last_exit: int | None) -> str:
    """How often a process was started again, and what ended it last; `last_exit` below 0 is a signal, None unknown."""
    often = "restarted once" if times == 1 else f"restarted {times:,} times"
    if last_exit is None:
        return often
    if last_exit == -signal.SIGKILL:
        return f"{often}; it was killed, by somebody or for want of memory"
    if last_exit < 0:
        return f"{often}; it was ended by signal {-last_exit}"
    return f"{often}; it ended with code {last_exit}"


async def _database(settings: Settings) -> Sequence[Finding]:
    require_installation(settings)
    async with open_pool(database_url(settings), size=2) as pool, pool.acquire() as connection:
        missing = await pending(connection)
        version = connection.get_server_version()
        place = "your own server" if settings.database.url else "embedded"
        findings = [
            Finding("database", True, f"PostgreSQL {version.major}.{version.micro}, {place}"),
            Finding(
                "schema",
                not missing,
                "this version's" if not missing else f"lacks {', '.join(missing)}",
                "run `trunkline migrate`",
            ),
        ]
        if missing:
            return findings
        return [*findings, *await _stored(settings, connection), await _secrets(settings, connection)]


async def _stored(settings: Settings, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> list[Finding]:
    row = await connection.fetchrow(_SQL["doctor_counts"])
    assert row is not None
    findings = [
        Finding(
            "rejects",
            not row["rejects"],
            f"{row['rejects']:,} accepted records could not be read",
            "they are whole in the table spool_rejects; report the reason there",
        ),
        Finding(
            "dead letters",
            not row["dead"],
            f"{row['dead']:,} deliveries were given up",
            "look at /settings/deliveries",
        ),
        Finding("alarms", not row["alarms"], f"{row['alarms']:,} alarms are open", "look at /settings/alarms"),
        Finding("lines", bool(row["lines"]), f"{row['lines']:,} lines", "add your numbers on /lines"),
        Finding("PBXs", bool(row["pbxs"]), f"{row['pbxs']:,} PBXs", "`trunkline pbx add`, then `pbx check`"),
        Finding("plan", bool(row["plans"]), f"version {row['plans']}", "publish a routing plan: docs/routing.md"),
    ]
    for spool in await connection.fetch(_SQL["doctor_spools"], settings.node):
        waiting = _oldest_waiting(settings.data_dir / "spool" / spool["process"], spool["segment"])
        well = waiting is None or waiting < _OLDEST_SPOOL
        message = "level" if waiting is None else f"records wait since {int(waiting.total_seconds())} s"
        findings.append(Finding(f"spool of {spool['process']}", well, message, "is the process worker running?"))
    return [*findings, *await _journals(connection)]


async def _secrets(settings: Settings, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> Finding:
    """Whether our key opens them all; a key is not made by looking for it."""
    kept = settings.secrets.key or settings.key_file.exists()
    number, closed = await closed_to(connection, settings.secret_box() if kept else None)
    message = f"this key does not open: {'; '.join(closed)}" if closed else f"this key opens all {number:,}"
    remedy = "bring back the key they were sealed with (secret.key or secrets.key), or give each again: docs/backup.md"
    return Finding("secrets", not closed, message, remedy)


async def _journals(connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]") -> list[Finding]:
    """The CEL file of each Asterisk, as whoever runs this may read it."""
    findings = []
    for row in await list_pbxs(connection, KIND):
        file = str(row.settings.get("cel_file", ""))
        if not row.active or not file:
            continue
        fault = (await asyncio.to_thread(look, Path(file))).fault
        remedy = "" if fault is None else fault.right % fault.facts
        findings.append(Finding(f"CEL of {row.id}", fault is None, str(fault or f"{file} can be read"), remedy))
    return findings


def _oldest_waiting(folder: Path, stored_segment: int) -> timedelta | None:
    """How long the oldest whole segment behind the stored one has waited; None when there is none."""
    waiting = [file for file in folder.glob("*.spool") if int(file.stem) > stored_segment and file.stat().st_size]
    if not waiting:
        return None
    return timedelta(seconds=time.time() - min(file.stat().st_mtime for file in waiting))


async def _valkey(settings: Settings) -> Sequence[Finding]:
    found = await look_at_valkey(redis_url(settings), socket_timeout=_ASK_SECONDS, socket_connect_timeout=_ASK_SECONDS)
    return [Finding("Valkey", *found)]


async def _directory(settings: Settings) -> Sequence[Finding]:
    directory = Directory.open(settings.data_dir / "directory")
    try:
        age = "not level with the database for a minute" if directory.built_at else "there is none yet"
        fault = directory.fault or (age if directory.stale else "")
        message = fault or f"version {directory.version}"
        found = Finding("directory", not fault, message, "is the process worker running? See its log")
        return [found, _registry(directory.view.registries, datetime.now(UTC).date())]
    finally:
        directory.close()


def _registry(dated: Mapping[str, date], today: date) -> Finding:
    """The numbering registry the question reads; without one nothing is wrong, only less is known."""
    age = age_of(dated, today)
    if age is None:
        message = "none imported: regions of Russian numbers are unknown (`trunkline import numbering FILE`)"
        return Finding("numbering", True, message)
    message = f"registry of {min(dated.values())}, {age} days old"
    if is_old(age):
        message += ": a number in no range no longer counts as suspicious"
    return Finding("numbering", not is_old(age), message, "import the newest files: `trunkline import numbering FILE`")


async def _geo(settings: Settings) -> Sequence[Finding]:
    """The file that tells visitors' places, where there is one: without it only less is known."""
    if not settings.geo.file:
        return []
    try:
        made = await asyncio.to_thread(look_at, Path(settings.geo.file))
    except GeoUnusable as error:
        return [Finding("geo", False, str(error), "set geo.file to a good one; it is taken over without a restart")]
    return [Finding("geo", True, str(made))]


async def _mail(settings: Settings) -> Sequence[Finding]:
    well = bool(settings.mail.host)
    message = f"alarms go through {settings.mail.host}" if well else "no SMTP server is set: alarms are not mailed"
    return [Finding("mail", well, message, "set mail.host, or add a webhook on /settings/alarms", advice=True)]


CHECKS: tuple[Check, ...] = (_data_directory, _processes, _database, _valkey, _directory, _geo, _mail)
