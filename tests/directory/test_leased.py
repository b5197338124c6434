"""What a question is told of a leased number, through the file between worker and question."""

import os
from pathlib import Path

import pytest

from trunkline.directory.leased import FILE_NAME, STALE_SECONDS, Explained, Leased, Leases, LeasesFile

NOON = 1_795_780_800.0
NUMBER, OTHER = "+74952000000", "+74952000001"


class Desk:
    """Both ends of the file."""

    def __init__(self, folder: Path) -> None:
        self.now = NOON
        self.path = folder / FILE_NAME
        self.writer = LeasesFile(folder)
        self.leases = Leases(folder, clock=lambda: self.now)

    def told(self, **leased: Leased) -> None:
        """The worker tells, and the question looks."""
        self.writer.tell({NUMBER if name == "number" else OTHER: known for name, known in leased.items()})
        os.utime(self.path, (self.now, self.now))
        self.leases.refresh()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    ("leased", "explained", "site", "queue"),
    [
        (Leased("city", 600), "free", "", "city"),
        (Leased("city", 600, "Окна", "windows"), "held", "Окна", "windows"),
        (Leased("city", 600, "Окна"), "held", "Окна", "city"),
        (Leased("", 600, "Окна", "windows"), "held", "Окна", "windows"),
        (Leased("city", 600, "Окна", "windows", NOON - 600), "late", "Окна", "windows"),
        (Leased("city", 600, "Окна", "windows", NOON - 601), "free", "", "city"),
        (Leased("city", 0, "Окна", "windows", NOON - 1), "free", "", "city"),
        (Leased("city", 600, several=True), "several", "", "city"),
    ],
)
def test_a_lease_explains_a_call(desk: Desk, leased: Leased, explained: str, site: str, queue: str) -> None:
    desk.told(number=leased)

    assert desk.leases.of(NUMBER, NOON) == (Explained(explained), site, queue)
    assert desk.leases.of(OTHER, NOON) is None


def test_what_is_not_known_any_more_goes_to_the_city_and_never_to_the_last_site(desk: Desk) -> None:
    desk.told(number=Leased("city", 600, "Окна", "windows"))
    desk.now += STALE_SECONDS
    assert desk.leases.of(NUMBER, desk.now) == (Explained.HELD, "Окна", "windows")

    desk.now += 0.1
    assert desk.leases.of(NUMBER, desk.now) == (Explained.STALE, "", "city")
    desk.told(number=Leased("city", 600, "Окна", "windows"))
    assert desk.leases.of(NUMBER, desk.now) == (Explained.HELD, "Окна", "windows")


def test_changes_are_added_and_a_new_writer_begins_anew(desk: Desk) -> None:
    desk.told(number=Leased("city"), other=Leased("city"))
    size = desk.path.stat().st_size
    desk.told(number=Leased("city"), other=Leased("city"))
    assert desk.path.stat().st_size == size
    desk.told(number=Leased("city", 0, "Двери"))
    assert desk.path.stat().st_size > size
    assert desk.leases.of(OTHER, NOON) is None
    held = desk.leases.of(NUMBER, NOON)
    assert held is not None
    assert held.site == "Двери"

    desk.writer = LeasesFile(desk.path.parent)
    desk.told(other=Leased("city"))
    assert desk.leases.of(NUMBER, NOON) is None
    assert desk.leases.of(OTHER, NOON) == (Explained.FREE, "", "city")


def test_a_cut_or_foreign_file_takes_nothing_away(desk: Desk) -> None:
    desk.leases.refresh()
    assert desk.leases.of(NUMBER, NOON) is None
    desk.told(number=Leased("city"))
    whole = desk.path.read_bytes()
    for wrong in (whole + whole[16:-1], b"", b"something else altogether"):
        desk.path.write_bytes(wrong)
        os.utime(desk.path, (NOON, NOON))
        desk.leases.refresh()
        assert desk.leases.of(NUMBER, NOON) == (Explained.FREE, "", "city")
