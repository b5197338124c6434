"""What a process reads from the packed file and the log beside it."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from tests.directory.formats import as_format
from trunkline.directory import packing
from trunkline.directory.changelog import Batch, ChangeLog, encode_frame, log_path
from trunkline.directory.packed import FORMAT, open_packed
from trunkline.directory.packing import pack
from trunkline.directory.reader import FILE_NAME, FRESH_NAME, Directory
from trunkline.directory.values import (
    AgentBrief,
    ContactBrief,
    ContactClass,
    Head,
    LineBrief,
    SpamEntry,
    key_number,
    number_key,
)
from trunkline.errors import DirectoryUnusable
from trunkline.numbering.region import Region, RegionKind

ANNA = UUID(int=0xA)
BORIS = UUID(int=0xB)
CLIENT = ContactBrief(UUID(int=1), "Иванов & Ко, ООО+", "ООО «Ромашка»", ContactClass.CLIENT, ANNA, BORIS, True, 12_345)
SECRETARY = ContactBrief(UUID(int=2), "Секретарь", klass=ContactClass.CLIENT)
TVER = msgspec.structs.replace(CLIENT, city="Тверь")
SUPPLIER = ContactBrief(UUID(int=3), "Поставщик", klass=ContactClass.SUPPLIER)
HEAD = Head(
    agents={ANNA: AgentBrief(ANNA, "Анна", "101", "+79161112233", "sales")},
    lines={"+74951234567": LineBrief("+74951234567", "Офис", "Москва")},
    plan=b'{"rules":[]}',
    plan_version=7,
)
CONTACTS = {"+79161234567": [CLIENT, SECRETARY], "+4930123456": [SUPPLIER]}
SPAM = {"+74950000001": SpamEntry(300, "tinkoff"), "+74950000002": SpamEntry(3, "own")}


def write(folder: Path, build: int = 1, **changed: object) -> bytes:
    """The values above (or others) as the folder's current file; returns the build id."""
    folder.mkdir(exist_ok=True)
    build_id = build.to_bytes(16, "big")
    values = {"contacts": CONTACTS, "spam": SPAM, "head": HEAD} | changed
    pack(folder / FILE_NAME, **values, built_at=1000.0, build_id=build_id)  # type: ignore[arg-type]
    return build_id


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "directory"


@pytest.mark.parametrize(
    ("number", "briefs"),
    [
        ("+79161234567", (CLIENT, SECRETARY)),
        ("+4930123456", (SUPPLIER,)),
        ("+493012345", ()),
        ("+49301234560", ()),
        ("79161234567", ()),
        ("anonymous", ()),
        ("", ()),
        ("+7916１234567", ()),
    ],
)
def test_contacts_of_a_number(folder: Path, number: str, briefs: tuple[ContactBrief, ...]) -> None:
    write(folder)

    assert briefs == Directory.open(folder).contacts(number)


def test_spam_line_and_head(folder: Path) -> None:
    write(folder)
    directory = Directory.open(folder)

    assert SpamEntry(255, "tinkoff") == directory.spam("+74950000001")
    assert SpamEntry(3, "own") == directory.spam("+74950000002")
    assert directory.spam("+74950000003") is None
    assert directory.spam("anonymous") is None
    assert HEAD.lines["+74951234567"] == directory.line("+74951234567")
    assert directory.line("+74950000001") is None
    assert directory.head == HEAD
    assert directory.built_at == 1000.0


def test_region_of_a_number(folder: Path) -> None:
    both = (RegionKind.SUBJECT, ("50", "77"))
    write(
        folder,
        ranges=[(9_160_000_000, 9_160_000_009, *both, "МТС"), (9_160_000_020, 9_160_000_029, *both, "Т2")],
        registries={"9": date(2026, 8, 1)},
    )
    view = Directory.open(folder).view

    assert view.region("+79160000009") == Region(*both, "МТС")
    assert view.region("+79160000010") == Region(RegionKind.NONE, dated=date(2026, 8, 1))
    assert view.region("+79160000020") == Region(*both, "Т2")
    assert view.region("+375291234567") == Region(RegionKind.COUNTRY, country="BY")
    assert view.registries == {"9": date(2026, 8, 1)}


def test_ranges_must_rise(folder: Path) -> None:
    place = (RegionKind.NATIONWIDE, (), "")
    with pytest.raises(ValueError, match="must rise"):
        write(folder, ranges=[(9_160_000_000, 9_160_000_009, *place), (9_160_000_009, 9_160_000_010, *place)])


@pytest.mark.parametrize(("version", "region"), [(1, RegionKind.UNKNOWN), (2, RegionKind.NATIONWIDE)])
def test_a_file_of_a_format_before_answers_without_what_it_lacks(
    folder: Path, version: int, region: RegionKind
) -> None:
    ranges = [(9_160_000_000, 9_169_999_999, RegionKind.NATIONWIDE, (), "МТС")]
    write(folder, ranges=ranges, contacts=CONTACTS | {"+79161234567": [TVER, SECRETARY]})
    assert Directory.open(folder).contacts("+79161234567") == (TVER, SECRETARY)
    as_format(version, folder / FILE_NAME)
    directory = Directory.open(folder)

    assert directory.fault == ""
    assert directory.contacts("+79161234567") == (CLIENT, SECRETARY)
    assert directory.head == HEAD
    assert directory.view.region("+79161234567").kind is region


def test_a_format_we_do_not_know_is_refused(folder: Path) -> None:
    write(folder)
    path = folder / FILE_NAME
    data = bytearray(path.read_bytes())
    data[8:10] = (FORMAT + 1).to_bytes(2, sys.byteorder)
    path.write_bytes(data)
    with pytest.raises(DirectoryUnusable, match=f"format {FORMAT + 1} .*rebuild"):
        open_packed(path)


def test_cities_are_named_once_and_past_the_limit_left_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_CITIES", 2)
    cities = ["Тверь", "Казань", "", "Тверь", "Уфа", "Казань", "Омск"]
    briefs = [ContactBrief(UUID(int=place), "x", city=city) for place, city in enumerate(cities)]
    write(folder, contacts={f"+7916123456{place}": [brief] for place, brief in enumerate(briefs)})
    packed = open_packed(folder / FILE_NAME)
    assert packed.cities == ("", "Тверь", "Казань")
    known = [Directory.open(folder).contacts(f"+7916123456{place}")[0].city for place in range(len(cities))]
    assert known == ["Тверь", "Казань", "", "Тверь", "", "Казань", ""]


def test_a_city_costs_a_contact_a_few_bytes(folder: Path) -> None:
    def size(city: Callable[[int], str]) -> int:
        briefs = {f"+7916{n:07}": [ContactBrief(UUID(int=n), "Имя", city=city(n))] for n in range(5000)}
        write(folder, contacts=briefs)
        return (folder / FILE_NAME).stat().st_size

    without = size(lambda _: "")
    assert size(lambda n: f"Город под номером {n % 1000}") - without <= 5000 * 2 + 1000 * 40 + 100


def test_an_agent_of_a_file_before_telephones_had_styles_of_their_own() -> None:
    anna = HEAD.agents[ANNA]
    older = msgspec.msgpack.encode([getattr(anna, field) for field in AgentBrief.__struct_fields__[:-1]])

    assert msgspec.msgpack.decode(older, type=AgentBrief) == anna


def test_no_folder_is_an_empty_stale_directory(folder: Path) -> None:
    directory = Directory.open(folder)

    assert directory.contacts("+79161234567") == ()
    assert directory.spam("+79161234567") is None
    assert Head() == directory.head
    assert directory.stale


def test_stale_by_the_age_of_the_workers_mark(folder: Path) -> None:
    write(folder)
    now = 1e9
    directory = Directory.open(folder, clock=lambda: now)
    assert directory.stale
    (folder / FRESH_NAME).touch()
    now = (folder / FRESH_NAME).stat().st_mtime
    directory.refresh()

    assert not directory.stale
    now += 61
    assert directory.stale


def test_a_new_file_and_changes_are_taken_over(folder: Path) -> None:
    build_id = write(folder)
    directory = Directory.open(folder)
    before = directory.view
    with ChangeLog(log_path(folder, build_id), build_id) as log:
        log.append(
            Batch(
                "1:2:",
                contacts=[(number_key("+79161234567"), ()), (number_key("+74990000000"), (SUPPLIER,))],
                spam=[(number_key("+74950000001"), None), (number_key("+74950000009"), SpamEntry(1, "own"))],
                head=Head(plan_version=8),
            )
        )
        directory.refresh()

    assert directory.contacts("+79161234567") == ()
    assert directory.contacts("+74990000000") == (SUPPLIER,)
    assert directory.spam("+74950000001") is None
    assert directory.spam("+74950000009") == SpamEntry(1, "own")
    assert directory.head.plan_version == 8
    assert before.contacts("+79161234567") == (CLIENT, SECRETARY)
    assert before.version != directory.version

    write(folder, build=2, contacts={})
    directory.refresh(wait=True)

    assert directory.contacts("+74990000000") == ()
    assert directory.spam("+74950000001") is not None


def test_a_damaged_new_file_leaves_the_previous_in_use(folder: Path) -> None:
    write(folder)
    directory = Directory.open(folder)
    write(folder, build=2, contacts={})
    path = folder / FILE_NAME
    path.write_bytes(path.read_bytes()[:-1])
    directory.refresh(wait=True)

    assert directory.contacts("+4930123456") == (SUPPLIER,)
    assert "cut short" in directory.fault

    write(folder, build=3, contacts={})
    directory.refresh(wait=True)

    assert directory.contacts("+4930123456") == ()
    assert directory.fault == ""


def test_a_file_cut_anywhere_is_refused(folder: Path) -> None:
    write(folder)
    path = folder / FILE_NAME
    for length in reversed(range(path.stat().st_size)):
        os.truncate(path, length)
        with pytest.raises(DirectoryUnusable, match=FILE_NAME):
            open_packed(path)


def test_a_flipped_byte_is_refused_or_lies_between_sections(folder: Path) -> None:
    write(folder)
    path = folder / FILE_NAME
    whole = path.read_bytes()
    with path.open("r+b", buffering=0) as file:
        for place, byte in enumerate(whole):
            os.pwrite(file.fileno(), bytes((byte ^ 0x41,)), place)
            with suppress(DirectoryUnusable):
                packed = open_packed(path)
                assert byte == 0, "only padding may change unseen"
                assert packed.contacts(number_key("+79161234567")) == (CLIENT, SECRETARY)
            os.pwrite(file.fileno(), bytes((byte,)), place)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("other", [b"", b"x" * 4000, b"TRUNKDIR" + b"\xff" * 4000])
def test_another_file_is_refused(folder: Path, other: bytes) -> None:
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(other)

    with pytest.raises(DirectoryUnusable):
        open_packed(folder / FILE_NAME)


def test_a_log_cut_anywhere_gives_whole_batches_and_goes_on(folder: Path) -> None:
    build_id = write(folder)
    path = log_path(folder, build_id)
    key = number_key("+74990000000")
    batches = [Batch(f"{n}:{n}:", contacts=[(key, (SUPPLIER,) * n)]) for n in (1, 2, 3)]
    with ChangeLog(path, build_id) as log:
        for batch in batches:
            log.append(batch)
    whole = path.read_bytes()
    sizes = [len(encode_frame(batch)) for batch in batches]
    start = len(whole) - sum(sizes)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        complete = sum(length >= start + sum(sizes[: n + 1]) for n in range(3))
        assert Directory.open(folder).contacts("+74990000000") == (SUPPLIER,) * complete
        with ChangeLog(path, build_id) as log:
            assert log.snapshot == (batches[complete - 1].snapshot if complete else None)
            log.append(Batch("9:9:", contacts=[(key, (CLIENT,))]))
        assert Directory.open(folder).contacts("+74990000000") == (CLIENT,)


def test_zeros_after_a_power_loss_are_no_batches(folder: Path) -> None:
    build_id = write(folder)
    path = log_path(folder, build_id)
    with ChangeLog(path, build_id) as log:
        log.append(Batch("1:1:", head=Head(plan_version=9)))
    with path.open("ab") as file:
        file.write(bytes(4096))

    assert Directory.open(folder).head.plan_version == 9


def test_a_log_of_another_file_is_not_applied(folder: Path) -> None:
    build_id = write(folder)
    with ChangeLog(log_path(folder, build_id), bytes(16)) as log:
        log.append(Batch("1:1:", contacts=[(number_key("+4930123456"), ())]))

    assert Directory.open(folder).contacts("+4930123456") == (SUPPLIER,)


@pytest.mark.parametrize("number", ["+12345", "+123450", "+012345", "+999999999999999", "+100000000000000"])
def test_keys_tell_numbers_apart_and_back(number: str) -> None:
    assert key_number(number_key(number)) == number


def test_keys_sort_as_text_does() -> None:
    numbers = ["+7", "+71234", "+71234000", "+7123400", "+80000", "+123456789012345", "+79161234567"]
    numbers = [number for number in numbers if number_key(number) > 0]

    assert sorted(numbers) == sorted(numbers, key=number_key)


def test_the_reader_needs_no_database_driver() -> None:
    program = "import sys, trunkline.directory.reader; sys.exit('asyncpg' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
