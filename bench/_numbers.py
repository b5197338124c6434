"""A directory of any size without a database, and children that hold or write it: for bench/directory.py and router.py.

`python -m bench._numbers hold FOLDER` opens the directory, touches every page and prints its memory; then it refreshes
as a process of ours does until another file has taken over, and prints the most memory it had.
`… write FOLDER CONTACTS SPAM` writes that other file and prints the most memory it needed.
"""

import array
import datetime as dt
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from trunkline.directory.packed import Meta
from trunkline.directory.packing import Packer
from trunkline.directory.reader import FILE_NAME, FRESH_NAME, Directory
from trunkline.directory.values import ContactBrief, ContactClass, Head, number_key
from trunkline.numbering.region import RegionKind
from trunkline.numbering.subjects import subjects

_SURNAMES = ("Иванов", "Петрова", "Сидоренко", "Кузнецов", "Смирнова", "Константинопольский", "Ли", "Волков")
_NAMES = ("Иван Петрович", "Анна", "Сергей", "Ольга Дмитриевна", "Пётр", "Александра")
_KINDS = ("ООО", "АО", "ИП", "ГК")
_WORDS = ("СтройТех", "Ромашка", "ЮгПромСнаб", "Вектор", "Северный дом", "Альфа")
_CHUNK = 100_000
_SERIES = (3, 4, 8, 9)
_TOGETHER = (("50", "77"), ("47", "78"), ("29", "83"), ("91", "92"))
REGISTRY_DAY = dt.date(2026, 8, 1)


def contact_number(place: int) -> str:
    """The number of the contact with this place; spread over the operators' ranges, rising."""
    return f"+79{place * 900:09d}"


def spam_number(place: int) -> str:
    """The spam number with this place; rising."""
    return f"+7{4_000_000_000 + place * 97}"


def numbering_ranges(count: int) -> Iterator[tuple[int, int, RegionKind, tuple[str, ...], str]]:
    """As many ranges as the registry's four files may hold, of uneven lengths with gaps between, over 3xx–9xx."""
    chance = random.Random(3)
    codes = sorted(subjects())
    each = count // len(_SERIES)
    room = 1_000_000_000 // each
    for series in _SERIES:
        for place in range(each):
            first = series * 1_000_000_000 + place * room + chance.randrange(room // 4)
            places = chance.choice(_TOGETHER) if place % 10 == 0 else (chance.choice(codes),)
            last = first + room // 2 + chance.randrange(room // 4)
            yield first, last, RegionKind.SUBJECT, places, f"Оператор {place % 1200}"


def write_directory(
    folder: Path, *, contacts: int, spam: int, ranges: int = 0, head: Head | None = None, build: int = 1
) -> None:
    """A current, fresh directory of this size in `folder`; agents of `head` are the contacts' responsibles."""
    folder.mkdir(parents=True, exist_ok=True)
    head = head or Head()
    people = sorted(head.agents) or [UUID(int=place + 1) for place in range(75)]
    with Packer(folder / FILE_NAME, people) as packer:
        for place, brief in enumerate(_briefs(contacts, people)):
            packer.add_contacts(number_key(contact_number(place)), [brief])
        for start in range(0, spam, _CHUNK):
            keys = array.array(
                "Q", [number_key(spam_number(place)) for place in range(start, min(start + _CHUNK, spam))]
            )
            packer.add_spam(keys.tobytes(), bytes((1, 0)) * len(keys))
        for found in numbering_ranges(ranges) if ranges else ():
            packer.add_range(*found)
        packer.finish(
            head,
            Meta(spam_sources=("bench",)),
            build_id=build.to_bytes(16, "little"),
            built_at=1.0,
            registries={str(series): REGISTRY_DAY for series in _SERIES} if ranges else {},
        )
    (folder / FRESH_NAME).touch()


def _briefs(count: int, people: list[UUID]) -> Iterator[ContactBrief]:
    chance = random.Random(1)
    classes = tuple(ContactClass)
    for place in range(count):
        yield ContactBrief(
            UUID(int=chance.getrandbits(128)),
            f"{chance.choice(_SURNAMES)} {chance.choice(_NAMES)}",
            f"{chance.choice(_KINDS)} «{chance.choice(_WORDS)} {place // 5}»",
            classes[place % len(classes)],
            people[place % len(people)],
            people[(place + 1) % len(people)] if place % 10 == 0 else None,
            place % 50 == 0,
            chance.randrange(1, 500_000) if place % 20 == 0 else 0,
            f"г. {_WORDS[place % len(_WORDS)]} {place % 1000}" if place % 3 else "",
        )


def pss() -> int:
    """Bytes of memory this process answers for, file pages included."""
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("smaps_rollup has no Pss")


def most_resident() -> int:
    """The most bytes this program ever had in memory; `ru_maxrss` would count who started it, too."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("status has no VmHWM")


def touch(directory: Directory) -> None:
    """Bring every page of the mapped file into memory."""
    packed = directory.view.packed
    for part in (packed.contact_keys, packed.offsets, packed.blob, packed.spam_keys, packed.spam_info):
        sum(part.cast("B")[::4096]) if len(part) else 0


def _hold(folder: Path) -> None:
    directory = Directory.open(folder / "nothing")
    directory.close()
    empty = pss()
    directory = Directory.open(folder)
    touch(directory)
    held = peak = pss()
    _say(held - empty)
    version = directory.version
    while directory.version == version:
        time.sleep(0.02)
        peak = max(peak, pss())
        directory.refresh()
    peak = max(peak, pss())
    touch(directory)
    _say(max(peak, pss()) - empty)


def _write(folder: Path, contacts: int, spam: int) -> None:
    write_directory(folder, contacts=contacts, spam=spam, build=2)
    _say(most_resident())


def _say(size: int) -> None:
    sys.stdout.write(f"{size}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["hold", name]:
            _hold(Path(name))
        case ["write", name, contacts, spam]:
            _write(Path(name), int(contacts), int(spam))
