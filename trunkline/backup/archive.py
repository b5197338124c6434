"""The backup file: a tar of `manifest.json`, when asked the key, `database.dump` (pg_dump's custom format), recordings.

Those (`sounds.py`) come last, and may be hundreds of thousands: the others are looked for in front of them.
"""

import io
import shutil
import tarfile
from pathlib import Path

import msgspec

from trunkline.backup.sounds import END, INSIDE, LIST, Written, add_sounds
from trunkline.crypto import KEY_BYTES
from trunkline.errors import InvalidInput, Mistake
from trunkline.notjson import NOT_JSON

FORMAT = 2
"""1: without sounds. A version of before refuses one with them, rather than leave them out."""
MANIFEST, DUMP, KEY = "manifest.json", "database.dump", "secret.key"


class Manifest(msgspec.Struct, frozen=True):
    """What the backup holds; `tables` are rows per table in the dump's own snapshot."""

    format: int
    version: str
    created_at: str
    migrations: list[str]
    tables: dict[str, int]
    with_key: bool
    key_fingerprint: str = ""
    """Of the key that seals the secrets within, see `SecretBox.fingerprint`; empty in backups of before."""
    listed: int | None = None
    """Recordings in the list; None: it has none, as backups of before."""
    listed_bytes: int = 0
    with_sounds: bool = False


def write_archive(
    path: Path, manifest: Manifest, dump: Path, key: bytes | None, lines: Path | None = None, folder: Path | None = None
) -> Written | None:
    """Write the archive beside `path` and rename it when whole; nobody else may read it.

    `lines` is the list of its sounds; those of `folder` are written too.
    """
    draft = path.with_name(f"{path.name}.partial")
    draft.touch(mode=0o600)
    written = None
    try:
        with tarfile.open(draft, "w") as archive:
            _add(archive, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
            if key is not None:
                _add(archive, KEY, key.hex().encode())
            archive.add(dump, DUMP)
            if lines is not None:
                archive.add(lines, LIST)
            if lines is not None and folder is not None:
                written = add_sounds(archive, lines, folder)
                _add(archive, END, msgspec.json.encode(written))
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    draft.replace(path)
    return written


def read_manifest(path: Path) -> Manifest:
    """The manifest of a backup file; raises InvalidInput for anything else."""
    try:
        with tarfile.open(path) as archive:
            front = _front(archive)
            member = archive.extractfile(front[MANIFEST])
            assert member is not None
            manifest = msgspec.json.decode(member.read(), type=Manifest)
    except (tarfile.TarError, KeyError, AssertionError, *NOT_JSON, EOFError) as error:
        raise InvalidInput(Mistake(str(path), "is not a backup that `trunkline backup` wrote, or it is cut")) from error
    except OSError as error:
        raise InvalidInput(Mistake(str(path), f"cannot be read: {error.strerror}")) from error
    if manifest.format > FORMAT or DUMP not in front:
        raise InvalidInput(
            Mistake(str(path), f"was written by Trunkline {manifest.version}; use that version or newer")
        )
    return manifest


def read_key(path: Path) -> bytes:
    """The key in a backup made with it; raises InvalidInput where that is damaged."""
    try:
        with tarfile.open(path) as archive:
            member = archive.extractfile(_front(archive)[KEY])
            assert member is not None
            key = bytes.fromhex(member.read().decode().strip())
    except (tarfile.TarError, KeyError, AssertionError, ValueError, EOFError) as error:
        raise InvalidInput(Mistake(str(path), "its key cannot be read: the file is cut or was changed")) from error
    if len(key) != KEY_BYTES:
        raise InvalidInput(Mistake(str(path), f"its key is {len(key)} bytes long; it must be {KEY_BYTES}"))
    return key


def extract_dump(path: Path, folder: Path) -> Path:
    """Unpack the dump into `folder`."""
    unpacked = folder / DUMP
    unpacked.touch(mode=0o600)
    # Copied and not extracted: whatever else the archive says of the member (a path, an owner, a link) is not obeyed.
    with tarfile.open(path) as archive, unpacked.open("wb") as file:
        member = archive.extractfile(_front(archive)[DUMP])
        assert member is not None
        shutil.copyfileobj(member, file)
    return unpacked


def _front(archive: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """What stands before the sounds."""
    found: dict[str, tarfile.TarInfo] = {}
    while (member := archive.next()) is not None and not member.name.startswith(INSIDE):
        found[member.name] = member
    return found


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, io.BytesIO(content))
