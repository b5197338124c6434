"""The appending side: one `write` a record, flushed to the disk within 50 ms by a thread."""

import contextlib
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from trunkline.errors import SpoolFull
from trunkline.folders import private_folder
from trunkline.spool.record import LAST_NAME, LONGEST_PAYLOAD, Kind, encode, newest_segment, segment_name

SYNC_SECONDS = 0.05
_SEGMENT_BYTES = 16 * 1024 * 1024


class SpoolWriter:
    """One process's spool in `directory`; at most `cap_bytes` of it may wait to be stored.

    SIGKILL loses nothing that `append` returned for; power loss, at most the last 50 ms. One thread uses it.
    """

    def __init__(self, directory: Path, *, cap_bytes: int) -> None:
        self._directory = private_folder(directory)
        self._cap_bytes = cap_bytes
        self._sealed_bytes = 0
        self._descriptor = -1
        self._size = 0
        self._lock = threading.Lock()
        self._dirty = False
        self._stopping = threading.Event()
        self._open_segment()
        self._syncer = threading.Thread(target=self._sync_until_stopped, name="spool-sync", daemon=True)
        self._syncer.start()

    def __enter__(self) -> "SpoolWriter":
        return self

    def __exit__(self, _t: type[BaseException] | None, _e: BaseException | None, _tb: TracebackType | None) -> None:
        self.close()

    def append(self, kind: Kind, payload: bytes, at: float | None = None) -> None:
        """Accept one record; raises SpoolFull at the cap, on a full disk, or for a payload over 4 MiB."""
        self._append(_encoded(kind, payload, time.time() if at is None else at))

    def append_all(self, records: Iterable[tuple[Kind, bytes, float]]) -> None:
        """Accept kinds, payloads and times in one write: all of them, or none where SpoolFull is raised."""
        self._append(b"".join([_encoded(kind, payload, at) for kind, payload, at in records]))

    def _append(self, data: bytes) -> None:
        if self._size + len(data) > _SEGMENT_BYTES and self._size:
            self._open_segment()
        if self._sealed_bytes + self._size + len(data) > self._cap_bytes:
            self._recount(len(data))
        self._write(data)
        self._size += len(data)
        self._dirty = True

    @property
    def waiting_bytes(self) -> int:
        """Bytes not yet stored, as far as this process knows."""
        return self._sealed_bytes + self._size

    def sync(self) -> None:
        """Flush to the disk now."""
        with self._lock:
            if self._dirty:
                self._dirty = False
                os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Flush and close; the spool can be opened again."""
        self._stopping.set()
        self._syncer.join()
        self.sync()
        os.close(self._descriptor)

    def _write(self, data: bytes) -> None:
        try:
            written = os.write(self._descriptor, data)
        except OSError as error:
            raise SpoolFull(f"the spool cannot be written: {error.strerror}") from error
        if written != len(data):
            # The disk is full: take the half record back, so that the next one follows a whole one.
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise SpoolFull("the spool cannot be written: no space left on the disk")

    def _recount(self, wanted: int) -> None:
        """Stored segments have been deleted meanwhile: count again before refusing."""
        self._sealed_bytes = self._bytes_on_disk() - self._size
        if self._sealed_bytes + self._size + wanted > self._cap_bytes:
            raise SpoolFull(f"the spool holds its cap of {self._cap_bytes} bytes that are not stored yet")

    def _bytes_on_disk(self) -> int:
        total = 0
        for entry in os.scandir(self._directory):
            with contextlib.suppress(FileNotFoundError):
                total += entry.stat().st_size
        return total

    def _open_segment(self) -> None:
        with self._lock:
            if self._descriptor >= 0:
                os.fdatasync(self._descriptor)
                os.close(self._descriptor)
            self._descriptor = self._create_next()
            self._size = 0
            self._sealed_bytes = self._bytes_on_disk()
            self._dirty = False

    def _create_next(self) -> int:
        number = newest_segment(self._directory)
        while True:
            number += 1
            try:
                path = self._directory / segment_name(number)
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            except FileExistsError:
                continue
            (self._directory / LAST_NAME).write_text(str(number))
            return descriptor

    def _sync_until_stopped(self) -> None:
        while not self._stopping.wait(SYNC_SECONDS):
            with contextlib.suppress(OSError):
                self.sync()


def _encoded(kind: Kind, payload: bytes, at: float) -> bytes:
    if len(payload) > LONGEST_PAYLOAD:
        raise SpoolFull(f"a record of {len(payload)} bytes is over the limit of {LONGEST_PAYLOAD}")
    return encode(kind, at, payload)
