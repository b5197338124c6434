"""Recordings in a backup: each comes back as it was, what lies there stays, and nothing leads out of the folder."""

import hashlib
import os
import shutil
import tarfile
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from recordings.recording import Recording, Stage, recording_id
from trunkline.app.backup_command import _backup, _restore, _sounds_back
from trunkline.backup.archive import Manifest, read_manifest, write_archive
from trunkline.backup.putting_back import put_back
from trunkline.backup.sounds import NoRoom, room_for
from trunkline.backup.told import named, told_of_written
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.ids import uuid7
from trunkline.settings import Settings, load

pytestmark = pytest.mark.timeout(180)  # a database is dumped and restored, which a busy machine does slowly
SOUNDS = {
    "talk.wav": (Stage.KEPT, b"OggS talk" * 900),
    "other.wav": (Stage.CONVERTED, b"OggS other" * 700),
    "new.wav": (Stage.FETCHED, b"RIFF new" * 800),
    "empty.wav": (Stage.KEPT, b""),
}
ADD = (
    "insert into recordings (id, call_id, pbx, leg, file, stage, size, sha256) "
    "values ($1, $2, 'p', '1', $3, $4, $5, $6)"
)


def given(data: Path, url: str, **more: str) -> Settings:
    told = {"TRUNKLINE_DATA_DIR": str(data), "TRUNKLINE_DATABASE_URL": url, "TRUNKLINE_SECRETS_KEY": "ab" * 32}
    return load(None, told | {f"TRUNKLINE_{name}": value for name, value in more.items()})


def kept(number: int, file: str, stage: Stage) -> Recording:
    call = uuid7(1_795_320_000.0 + number, bytes(10))
    return Recording(recording_id(call, file), call, "p", "1", file, stage)


async def fill(pool: Pool, folder: Path) -> dict[str, bytes]:
    """A call of each sound, whose files lie in `folder`; by their keys."""
    found: dict[str, bytes] = {}
    for number, (file, (stage, content)) in enumerate(SOUNDS.items()):
        one = kept(number, file, stage)
        key = one.key if one.is_kept else one.source_key
        digest = hashlib.sha256(content).digest()
        await pool.execute(ADD, one.id, one.call_id, one.file, stage, len(content), digest)
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(content)
        found[key] = content
    await pool.execute(ADD, *(uuid7(1.0), uuid7(1.0), "gone.wav", Stage.EXPIRED, 9, bytes(32)))
    return found


def lying(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_recordings_come_back_beside_what_is_there(
    pool: Pool, database_url: str, other_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One without a file is told, one that was silenced since comes as it is; what lies there otherwise stays."""
    data, copy, file = tmp_path / "data", tmp_path / "copy", tmp_path / "backup.tar"
    data.mkdir()
    copy.mkdir()
    source, target = data / "recordings", copy / "recordings"
    sounds = await fill(pool, source)
    first, second, *_ = sorted(sounds)

    (source / first).unlink()
    (source / second).write_bytes(b"silenced")
    await _backup(given(data, database_url), file, with_key=False, with_recordings=True)
    said = capsys.readouterr().out
    assert "With 3 recordings of 4." in said
    assert f"1 recordings have no file in {source}: {first}." in said
    assert "1 recordings are not what their rows say, damaged or changed meanwhile" in said

    await _restore(given(copy, other_url), file, replace=False)
    said = capsys.readouterr().out
    assert f"Put 3 recordings into {target}; 0 were there already." in said
    assert f"2 of 4 recordings are not in {target}, or in another size: " in said
    assert "Start it only where the original is gone for good" in said
    del sounds[first]
    sounds[second] = b"silenced"
    assert lying(target) == sounds

    (target / second).write_bytes(b"another")
    again = await _sounds_back(given(copy, other_url), file, read_manifest(file))
    assert again[0] == f"Put 0 recordings into {target}; 2 were there already."
    assert f"1 recordings lie there otherwise, and were left as they are: {second}." in again[1]
    assert lying(target) == sounds | {second: b"another"}


def test_what_is_not_in_a_backup_is_told() -> None:
    made = Manifest(1, "1", "", [], {}, with_key=False, listed=1200, listed_bytes=5_250_000)
    folder = list(told_of_written(made, None, "/srv/recordings", asked=False))
    bucket = list(told_of_written(made, None, "the bucket calls", asked=True))
    assert folder == ["1,200 recordings, 5.2 MB, are in /srv/recordings: copy it besides."]
    assert bucket == [
        "1,200 recordings, 5.2 MB, are in the bucket calls: "
        "they stay there, and their keys and checksums are in the backup."
    ]
    assert list(told_of_written(Manifest(1, "1", "", [], {}, with_key=False), None, "x", asked=True)) == []
    assert named([f"k{number}" for number in range(12)]).endswith("k9 and 2 more")


class Archive:
    """An archive of its sounds alone, and the place of each of its members."""

    def __init__(self, folder: Path) -> None:
        self.sounds = {kept(n, file, Stage.KEPT).key: content for n, (file, (_, content)) in enumerate(SOUNDS.items())}
        store, self.path = folder / "store", folder / "backup.tar"
        lines = b""
        for key, content in self.sounds.items():
            (store / key).parent.mkdir(parents=True, exist_ok=True)
            (store / key).write_bytes(content)
            lines += b'{"key":"%b","size":%d,"sha256":"%b"}\n' % (
                key.encode(),
                len(content),
                hashlib.sha256(content).hexdigest().encode(),
            )
        (folder / "list").write_bytes(lines)
        (folder / "dump").write_bytes(b"PGDMP")
        told = Manifest(2, "1", "2026-01-01T00:00:00+00:00", [], {}, with_key=False, listed=4, with_sounds=True)
        write_archive(self.path, told, folder / "dump", None, folder / "list", store)

    def rewritten(self, changed: Any) -> Path:
        """The same with each member as `changed` makes it: (member, content) or None."""
        with tarfile.open(self.path) as old, tarfile.open(self.path.with_name("changed.tar"), "w") as new:
            for member in old:
                content = old.extractfile(member)
                assert content is not None
                if (told := changed(member, content.read())) is not None:
                    told[0].size = len(told[1])
                    new.addfile(told[0], BytesIO(told[1]))
        return self.path.with_name("changed.tar")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def test_a_cut_archive_is_told_at_every_place_and_the_whole_one_goes_on(archive: Archive, tmp_path: Path) -> None:
    whole, cut, folder = archive.path.read_bytes(), tmp_path / "cut.tar", tmp_path / "back"
    with tarfile.open(archive.path) as told:
        begin, end = told.getmember("recordings.ndjson").offset, told.getmember("recordings.end.json").offset
    for size in {begin, end, end + 600, *range(begin + 100, end, 777)}:
        cut.write_bytes(whole[:size])
        with pytest.raises(InvalidInput, match=r"cut"):
            put_back(cut, folder)
        assert lying(folder).items() <= archive.sounds.items()

    done = put_back(archive.path, folder)

    assert (done.there > 0, done.put + done.there, done.differ) == (True, 4, [])
    assert lying(folder) == archive.sounds


@pytest.mark.parametrize(
    "name",
    [
        "../../stolen",
        "/tmp/stolen",
        "2026/11/22/../../../../stolen",
        "2026/11/22/stolen.opus",
        "begun/stolen",
        "",
        "\n",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(archive: Archive, tmp_path: Path, name: str) -> None:
    def changed(member: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if member.name.startswith("recordings/"):
            member.name = f"recordings/{name}"
        return member, content

    with pytest.raises(InvalidInput, match="no key of a recording"):
        put_back(archive.rewritten(changed), tmp_path / "inner" / "back")
    assert lying(tmp_path / "inner") == {}


def test_a_link_in_an_archive_is_refused(archive: Archive, tmp_path: Path) -> None:
    key = next(iter(archive.sounds))
    with tarfile.open(archive.path, "a") as told:
        link = tarfile.TarInfo(f"recordings/{key.replace('22/', '23/')}")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        told.addfile(link)
    with pytest.raises(InvalidInput, match="is no file"):
        put_back(archive.path, tmp_path / "back")


def test_a_damaged_sound_is_not_put_back(archive: Archive, tmp_path: Path) -> None:
    key = next(iter(archive.sounds))

    def changed(member: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        return member, content.replace(b"talk", b"tall", 1) if member.name.endswith(key) else content

    with pytest.raises(InvalidInput, match=f"{key}: is not what its checksum says"):
        put_back(archive.rewritten(changed), tmp_path / "back")
    assert lying(tmp_path / "back") == {}


def test_a_full_disk_is_told_before_and_meanwhile(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/dev/full` has no room for a byte (null(4))."""
    (tmp_path / "backup.tar.partial").symlink_to("/dev/full")
    told = Manifest(1, "1", "2026-01-01T00:00:00+00:00", [], {}, with_key=False)
    with pytest.raises(NoRoom, match=f"the disk of {tmp_path} is full: make room"), room_for("make room", tmp_path):
        write_archive(archive.path, told, tmp_path / "dump", None)
    assert not os.path.lexists(tmp_path / "backup.tar.partial")
    put_back(archive.path, tmp_path / "back")  # what was there is still whole

    monkeypatch.setattr(shutil, "disk_usage", lambda _place: SimpleNamespace(free=0))
    with pytest.raises(InvalidInput, match=r"its disk lacks \d+ MB"):
        put_back(archive.path, tmp_path / "full")
    assert lying(tmp_path / "full") == {}
