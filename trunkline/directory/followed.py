"""One packed file and its log, as the node's worker continues them from change to change."""

from pathlib import Path
from typing import Self

import msgspec

from trunkline.db.types import Connection
from trunkline.directory import source
from trunkline.directory.changelog import ChangeLog, log_path
from trunkline.directory.values import Head
from trunkline.web.metrics import DIRECTORY_CHANGES

MOST_KEYS = 20_000
_MOST_LOG_BYTES = 64 << 20


class Followed:
    """The writing side of one file's log; `snapshot` is up to where the database has been followed."""

    def __init__(self, folder: Path, build_id: bytes, head: Head, snapshot: str, *, most_keys: int = MOST_KEYS) -> None:
        self.log_path = log_path(folder, build_id)
        self._log = ChangeLog(self.log_path, build_id)
        self._head = head
        self._most_keys = most_keys
        self._too_many = False
        self.snapshot = self._log.snapshot or snapshot

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the log; it can be continued later."""
        self._log.close()

    @property
    def behind(self) -> bool:
        """Whether the database holds changes that only a new file can show."""
        return self._too_many or self._log.incomplete

    @property
    def wants_rebuild(self) -> bool:
        """Whether a new file is due: changes are missing, or there are so many that readers pay for them."""
        return self.behind or self._log.keys > self._most_keys or self._log.size > _MOST_LOG_BYTES

    async def catch_up(self, connection: Connection) -> None:
        """Append what became visible since the last time."""
        batch = await source.read_changes(connection, self.snapshot, self._head, self._most_keys)
        if batch is None:
            self._too_many = True
            return
        if not self._log.holds_talks:
            batch = msgspec.structs.replace(batch, all_talks=await source.read_talks(connection))
        if batch:
            self._log.append(batch)
            DIRECTORY_CHANGES.labels("contacts").inc(len(batch.contacts))
            DIRECTORY_CHANGES.labels("spam").inc(len(batch.spam))
            DIRECTORY_CHANGES.labels("talks").inc(len(batch.talks))
        if batch.head is not None:
            self._head = batch.head
        self.snapshot = batch.snapshot
