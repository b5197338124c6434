"""A model's files out of a folder or an archive, which comes from outside: nothing of it lands beside its folder."""

import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from recordings.speech.models import MANIFEST, is_inside

MOST_BYTES: Final = 20 << 30
"""More than any model has: a bomb ends here, not with the disk."""
MOST_FILES: Final = 10_000


class BadModel(Exception):
    """What was given is no model, or not the one it should be."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file, by its name in the archive; `open` gives its bytes."""

    name: str
    open: "Opener"


class Opener:
    """Opens one member."""

    def __init__(self, archive: Path | zipfile.ZipFile | tarfile.TarFile, name: str) -> None:
        self._archive, self._name = archive, name

    def __call__(self) -> IO[bytes]:
        if isinstance(self._archive, Path):
            return (self._archive / self._name).open("rb")
        if isinstance(self._archive, zipfile.ZipFile):
            return self._archive.open(self._name)
        file = self._archive.extractfile(self._name)
        if file is None:
            raise BadModel(f"{self._name} is no file")
        return file


def unpack(source: Path, target: Path) -> list[str]:
    """Copy what `source` (a folder, a tar or a zip) holds into `target`; the names. Raises BadModel, OSError.

    Folders that hold everything else are left out, so that a model's own files lie in `target` itself.
    """
    with _members(source) as members:
        names = [member.name for member in members]
        if len(names) > MOST_FILES:
            raise BadModel(f"{source} holds more than {MOST_FILES} files: it is no model")
        if bad := next((name for name in names if not is_inside(name)), None):
            raise BadModel(f"{source}: {bad!r} leads out of the model's folder; nothing of it is installed")
        before = _common(names)
        copied, left = [], MOST_BYTES
        for member in members:
            name = member.name[len(before) :]
            if name != MANIFEST:
                left = _copy(member, target / name, left)
                copied.append(name)
    return copied


def _copy(member: Member, path: Path, left: int) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    with member.open() as source, path.open("xb") as file:
        shutil.copyfileobj(_Measured(source, left), file)
        return left - file.tell()


class _Measured:
    """Reads no more than is allowed."""

    def __init__(self, source: IO[bytes], left: int) -> None:
        self._source, self._left = source, left

    def read(self, size: int = 1 << 20, /) -> bytes:
        chunk = self._source.read(size)
        self._left -= len(chunk)
        if self._left < 0:
            raise BadModel(f"it holds more than {MOST_BYTES >> 30} GB: it is no model")
        return chunk


def _common(names: list[str]) -> str:
    """The folders before all names, `model-1.0/`."""
    if not names:
        raise BadModel("it holds no files")
    parted = [name.split("/")[:-1] for name in names]
    common = []
    for parts in zip(*parted, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0] + "/")
    return "".join(common)


@contextmanager
def _members(source: Path) -> Iterator[list[Member]]:
    try:
        if source.is_dir():
            files = sorted(path for path in source.rglob("*") if path.is_file())
            names = [path.relative_to(source).as_posix() for path in files]
            yield [Member(name, Opener(source, name)) for name in names]
        elif zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                names = [info.filename for info in archive.infolist() if not info.is_dir()]
                yield [Member(name, Opener(archive, name)) for name in names]
        elif tarfile.is_tarfile(source):
            with tarfile.open(source) as tar:
                yield [Member(name, Opener(tar, name)) for name in _plain(tar)]
        else:
            raise BadModel(f"{source} is neither a folder nor a tar nor a zip")
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise BadModel(f"{source} is damaged: {error}") from error


def _plain(tar: tarfile.TarFile) -> list[str]:
    names = []
    for info in tar:
        if info.issym() or info.islnk() or info.isdev():
            raise BadModel(f"{info.name!r} is a link or a device; nothing of it is installed")
        if info.isfile():
            names.append(info.name)
    return names
