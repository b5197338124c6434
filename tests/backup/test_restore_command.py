"""`trunkline restore` and keys: a backup's own is put in place where there is none, and never over another."""

import io
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from trunkline.app.backup_command import _reached, _restore
from trunkline.backup.archive import FORMAT, Manifest, read_manifest, write_archive
from trunkline.backup.keeping import told_of_keys
from trunkline.backup.run import backup
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.embedded.borrowed import servers_running
from trunkline.errors import InvalidInput
from trunkline.pbx.store import save_pbx
from trunkline.servers import database_url as where
from trunkline.settings import Settings, load

KEY, OTHER = bytes(range(32)), bytes(32)


@pytest.fixture
def place() -> Iterator[Path]:
    """A data directory that the embedded servers' user can reach."""
    with tempfile.TemporaryDirectory(prefix="trunkline-own-") as name:
        Path(name).chmod(0o711)
        yield Path(name) / "data"


def given(place: Path, **more: str) -> Settings:
    return load(None, {"TRUNKLINE_DATA_DIR": str(place), **{f"TRUNKLINE_{name}": more[name] for name in more}})


def carrying(path: Path, key: bytes | None) -> Path:
    """A backup file of nothing, for what is refused before its dump is looked at."""
    (path / "dump").write_bytes(b"")
    made = Manifest(FORMAT, "1", "2026-01-01T00:00:00+00:00", [], {}, key is not None)
    write_archive(path / "backup.tar", made, path / "dump", key)
    return path / "backup.tar"


async def save_office(pool: Pool) -> None:
    """Two PBXs, one of which is kept and not connected to."""
    link, secrets = {"host": "10.1.2.3", "username": "trunkline"}, {"secret": "s"}
    await save_pbx(
        pool, SecretBox(KEY), pbx="office", name="o", kind="asterisk", settings=link | {"port": 5038}, secrets=secrets
    )
    await save_pbx(
        pool, SecretBox(KEY), pbx="old", name="o", kind="asterisk", settings=link, secrets=secrets, active=False
    )


async def test_the_key_is_in_place_before_the_cluster_is_made(
    pool: Pool, database_url: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await save_office(pool)
    await backup(database_url, tmp_path / "backup.tar", KEY, with_key=True)
    settings = given(place)

    await _restore(settings, tmp_path / "backup.tar", replace=False)

    assert settings.secret_key() == KEY
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    told = capsys.readouterr().out
    assert f"The backup's key was put in place: {settings.key_file}" in told
    assert "The next start connects to office (10.1.2.3:5038), as the original does." in told
    assert "`trunkline pbx add NAME --inactive`" in told
    async with servers_running(settings):
        connection = await asyncpg.connect(where(settings))
        assert await connection.fetchval("select count(*) from migrations")
        await connection.close()


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, r"move that file away, and restore again"),
        ({"SECRETS_KEY": OTHER.hex()}, r"secrets.key of the settings.* set that to what `tar -xOf .* secret.key`"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, r"data/secret.key, and --replace replaces no key"),
    ],
)
async def test_another_key_is_never_replaced(
    place: Path, tmp_path: Path, more: dict[str, str], words: str, replace: bool
) -> None:
    place.mkdir()
    (place / "secret.key").write_text(OTHER.hex())

    with pytest.raises(InvalidInput, match=words):
        await _restore(given(place, **more), carrying(tmp_path, KEY), replace=replace)

    assert (place / "secret.key").read_text() == OTHER.hex()
    assert {path.name for path in place.iterdir()} == {"owner.lock", "secret.key"}


async def test_where_a_cluster_was_made_with_the_other_key_it_goes_too(place: Path, tmp_path: Path) -> None:
    (place / "postgres").mkdir(parents=True)
    (place / "postgres" / "PG_VERSION").write_text("18\n")
    (place / "secret.key").write_text(OTHER.hex())

    with pytest.raises(InvalidInput, match=f"move all of {place} away"):
        await _restore(given(place), carrying(tmp_path, KEY), replace=True)


async def test_a_restore_that_fails_leaves_no_key(pool: Pool, database_url: str, place: Path, tmp_path: Path) -> None:
    settings = given(place, DATABASE_URL=database_url)

    with pytest.raises(InvalidInput, match="holds data already"):
        await _restore(settings, carrying(tmp_path, KEY), replace=False)

    assert not settings.key_file.exists()


async def test_a_damaged_key_is_told(place: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="its key is 3 bytes long; it must be 32"):
        await _restore(given(place), carrying(tmp_path, b"abc"), replace=False)


async def test_a_backup_without_its_key_warns_where_another_is(
    pool: Pool, database_url: str, other_url: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "backup.tar"
    await save_office(pool)
    await backup(database_url, file, KEY)
    ours = given(place, DATABASE_URL=other_url, SECRETS_KEY=KEY.hex())

    await _restore(given(place, DATABASE_URL=other_url, SECRETS_KEY=OTHER.hex()), file, replace=False)

    told = capsys.readouterr().out
    assert "made with another key than secrets.key of the settings" in told
    assert "connects to" not in told  # its secret cannot be opened
    await pool.execute("drop table pbxs cascade")
    assert await _reached(given(place, DATABASE_URL=database_url)) == []
    assert list(told_of_keys(ours, read_manifest(file), placed=False)) == []
    with tarfile.open(file) as archive:
        kept = b"".join(each.read() for name in archive.getnames() if (each := archive.extractfile(name)))
    assert (KEY in kept, KEY.hex().encode() in kept) == (False, False)


def test_a_backup_of_before_has_no_fingerprint(tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    told = b'{"format":1,"version":"1","created_at":"","migrations":[],"tables":{},"with_key":false}'
    with tarfile.open(file, "w") as archive:
        for name, content in (("manifest.json", told), ("database.dump", b"")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

    manifest = read_manifest(file)

    assert manifest.key_fingerprint == ""
    assert list(told_of_keys(given(tmp_path), manifest, placed=False)) == []
