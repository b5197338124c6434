"""The directory as a running process reads it: the mapped file and the changes after it. No database here.

A decision that must see one state throughout takes `Directory.view` once; nothing ever changes inside a view.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from heapq import merge
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from trunkline.directory.changelog import HEADER_SIZE, Batch, log_path, read_batches
from trunkline.directory.leased import Leases
from trunkline.directory.packed import Packed, open_packed
from trunkline.directory.values import ContactBrief, Head, LastTalk, LineBrief, SpamEntry, key_number, number_key
from trunkline.errors import DirectoryUnusable
from trunkline.log import get_logger
from trunkline.numbering.region import Region

T = TypeVar("T")

FILE_NAME = "current.tld"
FRESH_NAME = "fresh"
STALE_AFTER = 60.0

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """One state of the directory, for ever."""

    packed: Packed = field(default_factory=Packed)
    changed_contacts: Mapping[int, tuple[ContactBrief, ...]] = field(default_factory=dict)
    changed_spam: Mapping[int, SpamEntry | None] = field(default_factory=dict)
    head: Head = field(default_factory=Head)
    batches: int = 0
    talks: Mapping[int, LastTalk] = field(default_factory=dict)
    """As they were when the log began; `changed_talks` is what came after."""
    changed_talks: Mapping[int, LastTalk | None] = field(default_factory=dict)
    version: str = field(init=False)
    """Names the state exactly: the file's build and how many batches of changes are applied to it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", f"{self.packed.build_id[:6].hex()}.{self.batches}")

    def contacts(self, number: str) -> tuple[ContactBrief, ...]:
        """Everybody `number` (E.164) belongs to; empty for strangers and for anything that is no number."""
        key = number_key(number)
        changed = self.changed_contacts.get(key)
        return self.packed.contacts(key) if changed is None else changed

    def numbers(self) -> Iterator[str]:
        """Every number that belongs to a contact, in the order of their digits."""
        changed = sorted(self.changed_contacts)
        for key in merge((key for key in self.packed.contact_keys if key not in self.changed_contacts), changed):
            if self.changed_contacts.get(key, True):
                yield key_number(key)

    def spam(self, number: str) -> SpamEntry | None:
        """The spam list's entry for `number`."""
        key = number_key(number)
        if key in self.changed_spam:
            return self.changed_spam[key]
        return self.packed.spam(key)

    def known(self, number: str) -> tuple[tuple[ContactBrief, ...], SpamEntry | None, LastTalk | None]:
        """`contacts`, `spam` and `last_talk` of one number, its key made once."""
        key = number_key(number)
        contacts = self.changed_contacts.get(key)
        return (
            self.packed.contacts(key) if contacts is None else contacts,
            self.changed_spam[key] if key in self.changed_spam else self.packed.spam(key),
            self.changed_talks[key] if key in self.changed_talks else self.talks.get(key),
        )

    def last_talk(self, number: str) -> LastTalk | None:
        """Whom `number` last talked with; None for who never did, or too long ago."""
        return self.known(number)[2]

    def line(self, number: str) -> LineBrief | None:
        """Our own line with this number, or that a PBX calls so."""
        head = self.head
        return head.lines.get(number) or head.lines.get(head.aliases.get(number.lower(), ""))

    def region(self, number: str) -> Region:
        """Where `number` (E.164) comes from."""
        return self.packed.ranges.region(number)

    @property
    def registries(self) -> Mapping[str, date]:
        """The day of the numbering registry by the first of the ten digits; empty where none was imported."""
        return self.packed.ranges.texts.dated

    def after(self, batches: Sequence[Batch]) -> "View":
        """The state with these changes applied; this one stays as it is."""
        head, talks, changed_talks = self.head, self.talks, self.changed_talks
        told: list[tuple[int, LastTalk | None]] = []
        for batch in batches:
            if batch.all_talks is not None:
                talks, changed_talks, told = dict(batch.all_talks), {}, []
            told += batch.talks
            head = head if batch.head is None else batch.head
        return replace(
            self,
            changed_contacts=_with(self.changed_contacts, [pair for batch in batches for pair in batch.contacts]),
            changed_spam=_with(self.changed_spam, [pair for batch in batches for pair in batch.spam]),
            head=head,
            batches=self.batches + len(batches),
            talks=talks,
            changed_talks=_with(changed_talks, told),
        )


def _with(known: Mapping[int, T], changes: Sequence[tuple[int, T]]) -> Mapping[int, T]:
    """`known` with these changes; itself without any: most batches are of one kind, and thousands of keys are kept."""
    return {**known, **dict(changes)} if changes else known


class _FileMark(NamedTuple):
    """Tells one file of the same name from the next."""

    inode: int
    modified: int
    size: int


class Directory:
    """The newest state this process knows. A timer calls `refresh`; look-ups themselves never touch the folder."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        self._view = View()
        self._log_offset = 0
        self._file: _FileMark | None = None
        self._loading: Future[tuple[View, int]] | None = None
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="directory")
        self._fresh_at = 0.0
        self.leases = Leases(folder, clock=clock)
        """Whose visitor holds each number of a pool, a moment ago."""
        self.fault = ""
        """Why the newest file on disk is not the one in use; empty while it is."""

    @classmethod
    def open(cls, folder: Path, *, clock: Callable[[], float] = time.time) -> Self:
        """The directory of `folder` (`<data>/directory`), empty and stale while there is no usable file."""
        directory = cls(folder, clock=clock)
        directory.refresh(wait=True)
        return directory

    @property
    def view(self) -> View:
        """The state in force."""
        return self._view

    @property
    def head(self) -> Head:
        """The small tables of the state in force."""
        return self._view.head

    @property
    def version(self) -> str:
        """Names the state in force exactly."""
        return self._view.version

    @property
    def built_at(self) -> float:
        """When the packed file was read from the database (Unix seconds); 0.0 while there is none."""
        return self._view.packed.built_at

    @property
    def stale(self) -> bool:
        """Whether the worker has not been level with the database for a minute, or never."""
        return self._clock() - self._fresh_at > STALE_AFTER

    def contacts(self, number: str) -> tuple[ContactBrief, ...]:
        """Everybody `number` (E.164) belongs to."""
        return self._view.contacts(number)

    def spam(self, number: str) -> SpamEntry | None:
        """The spam list's entry for `number`."""
        return self._view.spam(number)

    def line(self, number: str) -> LineBrief | None:
        """Our own line with this number, or that a PBX calls so."""
        return self._view.line(number)

    def refresh(self, *, wait: bool = False) -> None:
        """Take over what the worker wrote since: some stat calls when nothing is new.

        A new file is checked and opened in a thread and taken over by a later call, or by this one with `wait`.
        """
        self._read_fresh_mark()
        self._start_loading()
        if self._loading is not None and (wait or self._loading.done()):
            self._take_over(self._loading)
        self._read_changes()
        self.leases.refresh()

    def close(self) -> None:
        """Stop the loading thread."""
        self._loader.shutdown(cancel_futures=True)

    def _read_fresh_mark(self) -> None:
        with suppress(FileNotFoundError):
            self._fresh_at = (self._folder / FRESH_NAME).stat().st_mtime

    def _start_loading(self) -> None:
        try:
            stat = (self._folder / FILE_NAME).stat()
        except FileNotFoundError:
            return
        mark = _FileMark(stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if mark != self._file and self._loading is None:
            self._file = mark
            self._loading = self._loader.submit(load, self._folder)

    def _take_over(self, loading: "Future[tuple[View, int]]") -> None:
        self._loading = None
        try:
            self._view, self._log_offset = loading.result()
        except DirectoryUnusable as error:
            self.fault = str(error)
            log.warning("directory_refused", reason=self.fault)
        else:
            self.fault = ""

    def _read_changes(self) -> None:
        """Follow the log of the file in use; its size tells whether there is anything to read."""
        path = log_path(self._folder, self._view.packed.build_id)
        try:
            grown = path.stat().st_size > max(self._log_offset, HEADER_SIZE)
        except FileNotFoundError:
            return
        if grown:
            self._view, self._log_offset = _followed(self._view, path, self._log_offset)


def load(folder: Path) -> tuple[View, int]:
    """The state `folder` holds now and how far its log was read; raises DirectoryUnusable."""
    packed = open_packed(folder / FILE_NAME)
    return _followed(View(packed, head=packed.head), log_path(folder, packed.build_id), 0)


def _followed(view: View, path: Path, offset: int) -> tuple[View, int]:
    batches, end = read_batches(path, view.packed.build_id, offset)
    return (view.after(batches) if batches else view), end
