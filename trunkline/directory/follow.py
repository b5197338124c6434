"""Keeps a node's directory level with the database: has it built, follows the changes, marks it fresh.

One process has a folder at a time. A new file is published only when its own log has caught up with what the old file
showed, so that no reader ever goes back in time.
"""

import asyncio
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import msgspec

from trunkline.db.hosts import connect
from trunkline.db.types import Connection
from trunkline.directory import source
from trunkline.directory.build import BuildFailed, BuildReport, build_in_child
from trunkline.directory.changelog import LOGS, log_path
from trunkline.directory.followed import Followed
from trunkline.directory.packed import FORMAT, build_id_of, open_packed
from trunkline.directory.packing import fsync_folder
from trunkline.directory.reader import FILE_NAME, FRESH_NAME, load
from trunkline.errors import AlreadyRunning, DirectoryUnusable
from trunkline.log import get_logger
from trunkline.servers import database_url
from trunkline.settings import Settings
from trunkline.web.metrics import DIRECTORY_BUILDS, DIRECTORY_ENTRIES

FOLDER = "directory"
NEXT_NAME = "next.tld"
_CHANNEL = "directory"
_POLL_SECONDS = 1.0
_RETRY_BUILD_SECONDS = 5.0
_PRUNE_EVERY = 600.0
_KEEP_CHANGES = timedelta(days=1)
_KEEP_LOG_SECONDS = 600.0
"""Far longer than a reader opens a file; what an erasure took out of the new file stands in the old one's log."""

log = get_logger(__name__)


async def run_directory(settings: Settings) -> None:
    """Keep this node's directory level for ever; raises what the database raises (the supervisor restarts it)."""
    folder, url = settings.data_dir / FOLDER, database_url(settings)
    with owned_folder(folder):
        connection = await connect(url, server_settings={"application_name": "trunkline-directory"})
        follower = Follower(folder, url, connection)
        try:
            await follower.run()
        finally:
            await follower.close()
            await connection.close(timeout=5)


@contextmanager
def owned_folder(folder: Path) -> Iterator[None]:
    """Be the one writer of `folder`; what a killed builder left behind is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # contacts and debts: nobody else on the machine reads them
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(f"{folder} is kept by a running worker") from error
        for left in (*folder.glob("*.tmp"), folder / NEXT_NAME):
            left.unlink(missing_ok=True)
        yield


class Follower:
    """The loop of one worker over one folder; `close` ends a builder that is still at work."""

    def __init__(self, folder: Path, url: str, connection: Connection) -> None:
        self._folder = folder
        self._url = url
        self._connection = connection
        self._wake = asyncio.Event()
        self._followed: Followed | None = None
        self._build: asyncio.Task[BuildReport] | None = None
        self._build_not_before = 0.0
        self._prune_at = 0.0
        self._forget_at = 0.0

    async def run(self) -> None:
        """Follow until cancelled; wakes at each NOTIFY, at a finished build, and once a second."""
        await self._connection.add_listener(_CHANNEL, lambda *_: self._wake.set())
        self._followed = await resume(self._connection, self._folder)
        while True:
            self._wake.clear()
            await self.step()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _POLL_SECONDS)

    async def step(self) -> None:
        """One round: publish what was built, follow the changes, ask for a new file if one is due."""
        if self._build is not None and self._build.done():
            await self._take_over(self._build)
        followed = self._followed
        if followed is not None:
            await followed.catch_up(self._connection)
            if not followed.behind:
                (self._folder / FRESH_NAME).touch()
        now = asyncio.get_running_loop().time()
        if (followed is None or followed.wants_rebuild) and self._build is None and now >= self._build_not_before:
            self._build = asyncio.create_task(build_in_child(self._url, self._folder / NEXT_NAME))
            self._build.add_done_callback(lambda _: self._wake.set())
        if followed is not None and now >= self._forget_at:
            self._forget_at = now + _KEEP_LOG_SECONDS
            _forget_logs(self._folder, {followed.log_path})
        if now >= self._prune_at:
            self._prune_at = now + _PRUNE_EVERY
            await source.prune(self._connection, _KEEP_CHANGES)

    async def _take_over(self, build: "asyncio.Task[BuildReport]") -> None:
        self._build = None
        try:
            report = build.result()
            fresh = await publish(self._connection, self._folder)
        except (BuildFailed, DirectoryUnusable) as error:
            log.warning("directory_build_failed", reason=str(error))
            DIRECTORY_BUILDS.labels("failed").inc()
            self._build_not_before = asyncio.get_running_loop().time() + _RETRY_BUILD_SECONDS
            return
        log.info("directory_built", **msgspec.structs.asdict(report))
        DIRECTORY_BUILDS.labels("published").inc()
        DIRECTORY_ENTRIES.labels("contacts").set(report.contacts)
        DIRECTORY_ENTRIES.labels("spam").set(report.spam_numbers)
        DIRECTORY_ENTRIES.labels("ranges").set(report.ranges)
        if self._followed is not None:
            self._followed.close()
        self._followed = fresh
        self._forget_at = asyncio.get_running_loop().time() + _KEEP_LOG_SECONDS

    async def close(self) -> None:
        """Let go of the log and end a builder."""
        if self._build is not None:
            self._build.cancel()
            await asyncio.wait([self._build])
        if self._followed is not None:
            self._followed.close()


async def publish(connection: Connection, folder: Path) -> Followed:
    """Check the file just built, let its log catch up, then give it its name.

    The log of the file it replaces stays for a while, for readers that are just opening that file.
    """
    packed = await asyncio.to_thread(open_packed, folder / NEXT_NAME)
    followed = Followed(folder, packed.build_id, packed.head, packed.meta.snapshot)
    try:
        await followed.catch_up(connection)
        _replace(folder, followed.log_path)
    except BaseException:
        followed.close()
        raise
    return followed


def _replace(folder: Path, new_log: Path) -> None:
    replaced = build_id_of(folder / FILE_NAME)
    (folder / NEXT_NAME).replace(folder / FILE_NAME)
    fsync_folder(folder)
    _forget_logs(folder, {new_log, log_path(folder, replaced or b"")})


def _forget_logs(folder: Path, kept: set[Path]) -> None:
    for path in set(folder.glob(LOGS)) - kept:
        path.unlink()


async def resume(connection: Connection, folder: Path) -> Followed | None:
    """The file in place with its log, if this database is the one it was read from and still knows what came after."""
    try:
        view, _ = await asyncio.to_thread(load, folder)
    except DirectoryUnusable as error:
        log.info("directory_needs_building", reason=str(error))
        return None
    if view.packed.format != FORMAT:
        log.info("directory_needs_building", reason=f"the file has format {view.packed.format}, ours is {FORMAT}")
        return None
    meta = view.packed.meta
    followed = Followed(folder, view.packed.build_id, view.head, meta.snapshot)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        state = await source.read_state(connection)
        if state.origin == meta.origin and await source.is_reachable(connection, followed.snapshot):
            return followed
    followed.close()
    log.info("directory_needs_building", reason="the file was read from another database, or too long ago")
    return None
