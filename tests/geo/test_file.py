"""A file of places is asked, replaced, spoiled and taken away while it is in use."""

import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.fakes.mmdb import KAZAN, MOSCOW, write_mmdb
from trunkline.doctor import Finding, examine
from trunkline.geo.file import GeoFile, GeoUnusable, look_at
from trunkline.geo.place import NOWHERE, Place
from trunkline.settings import load

CAPITAL = {"203.0.113.0/24": MOSCOW, "2001:db8::/32": KAZAN}
HERE = Place("RU", "77", "Москва")


def opened(path: Path, folder: Path) -> GeoFile:
    geo = GeoFile(path, folder, "ru")
    geo.refresh()
    return geo


@pytest.mark.parametrize(
    ("network", "place"),
    [
        ("203.0.113.9", HERE),
        ("2001:db8:1:2::/64", Place("RU", "16", "Казань")),
        ("198.51.100.1", NOWHERE),
        ("2001:db9::/64", NOWHERE),
        ("unknown", NOWHERE),
        ("", NOWHERE),
    ],
)
def test_a_network_is_somewhere_or_nowhere(tmp_path: Path, network: str, place: Place) -> None:
    geo = opened(write_mmdb(tmp_path / "city.mmdb", CAPITAL), tmp_path)

    assert [geo.place(network) for _ in range(2)] == [place, place]


def test_another_file_is_taken_over_and_what_was_known_of_the_old_one_forgotten(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "city.mmdb", CAPITAL)
    geo = opened(path, tmp_path)
    assert geo.place("203.0.113.9") == HERE

    write_mmdb(tmp_path / "new.mmdb", {"203.0.113.0/24": KAZAN}).replace(path)
    assert geo.place("203.0.113.9") == HERE
    geo.refresh()

    assert geo.place("203.0.113.9").region == "16"


def test_a_file_that_is_written_over_in_place_is_no_danger_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Of a file whose memory is mapped and that shrinks, the next look-up would be the process's last."""
    path, folder = write_mmdb(tmp_path / "city.mmdb", CAPITAL), tmp_path / "data"
    folder.mkdir()
    geo = opened(path, folder)
    path.write_bytes(b"")

    assert geo.place("203.0.113.9") == HERE
    with capture_logs() as logs:
        geo.refresh()
        geo.refresh()
    assert geo.place("203.0.113.10") == HERE
    assert [(one["event"], one["used"]) for one in logs] == [("geo_file_refused", "the last good one")]
    assert str(path) in geo.fault
    assert list(folder.iterdir()) == []


def test_a_file_that_comes_later_is_taken_then(tmp_path: Path) -> None:
    path = tmp_path / "city.mmdb"
    with capture_logs() as logs:
        geo = opened(path, tmp_path)
    assert (geo.place("203.0.113.9"), "No such file" in geo.fault) == (NOWHERE, True)
    assert [one["log_level"] for one in logs] == ["warning"]

    write_mmdb(path, CAPITAL)
    geo.refresh()

    assert (geo.place("203.0.113.9"), geo.fault) == (HERE, "")


@pytest.mark.parametrize("octets", [0, 10, 200, -40, -1])
def test_a_file_that_was_cut_is_refused_in_words_or_tells_nothing(tmp_path: Path, octets: int) -> None:
    whole = write_mmdb(tmp_path / "whole.mmdb", CAPITAL).read_bytes()
    (tmp_path / "city.mmdb").write_bytes(whole[:octets])

    geo = opened(tmp_path / "city.mmdb", tmp_path)

    assert geo.place("203.0.113.9") in {NOWHERE, HERE}
    if octets >= 0:
        assert "is no database of places" in geo.fault


def test_what_is_said_of_a_file(tmp_path: Path) -> None:
    good = write_mmdb(tmp_path / "city.mmdb", CAPITAL)
    assert str(look_at(good)) == "GeoLite2-City of 2026-10-26"
    shutil.copy(good, tmp_path / "copy.mmdb")

    write_mmdb(tmp_path / "asn.mmdb", {}, kind="GeoLite2-ASN")
    for path, said in (
        (tmp_path / "asn.mmdb", "it is GeoLite2-ASN, and tells no places"),
        (tmp_path / "absent.mmdb", "cannot be read: No such file"),
        (tmp_path, "is no database of places"),
    ):
        with pytest.raises(GeoUnusable, match=said):
            look_at(path)


@pytest.mark.parametrize(
    ("name", "well", "said"),
    [("city.mmdb", True, "GeoLite2-City of 2026-10-26"), ("absent.mmdb", False, "No such file"), ("", True, "")],
)
async def test_the_doctor_looks_into_it(data_dir: Path, tmp_path: Path, name: str, well: bool, said: str) -> None:
    write_mmdb(tmp_path / "city.mmdb", CAPITAL)
    settings = {
        "TRUNKLINE_DATA_DIR": str(data_dir),
        "TRUNKLINE_DATABASE_URL": "postgresql://127.0.0.1:1/nothing",
        "TRUNKLINE_REDIS_URL": "redis://127.0.0.1:1",
        "TRUNKLINE_GEO_FILE": str(tmp_path / name) if name else "",
    }
    found: dict[str, Finding] = {each.name: each for each in await examine(load(None, settings))}

    geo = found.get("geo", Finding("geo", True, ""))
    assert (geo.well, said in geo.message) == (well, True)
    assert ("geo" in found) == bool(name)
