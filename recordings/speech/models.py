"""Speech models of this machine: folders with a manifest that names each file and its SHA-256."""

import hashlib
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from recordings.speech.engines import ENGINES

MANIFEST: Final = "model.json"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
"""What a model may be called: it becomes a folder."""
LANGUAGE: Final = re.compile(r"([a-z]{2,3})?")


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `install` writes beside a model's files; `files` maps each to its SHA-256, in hex."""

    name: str
    engine: str
    language: str
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Model:
    """One that is installed. `version` is another whenever a file of it is."""

    folder: Path
    version: str
    manifest: Manifest

    @property
    def name(self) -> str:
        """What it is called by people and in transcripts."""
        return self.manifest.name

    @property
    def engine(self) -> str:
        """Which engine hears with it."""
        return self.manifest.engine

    @property
    def language(self) -> str:
        """ISO 639-1; empty where the engine finds out what is spoken."""
        return self.manifest.language

    @property
    def size(self) -> int:
        """Bytes of its files that are there."""
        paths = (self.folder / name for name in self.manifest.files)
        return sum(path.stat().st_size for path in paths if path.is_file())

    @property
    def lacks(self) -> str:
        """The line that installs what its engine needs and this machine has not; empty where nothing is missing."""
        kind = ENGINES[self.engine]
        there = all(importlib.util.find_spec(library) is not None for library in kind.libraries)
        return "" if there else f"pip install 'trunkline[{kind.extra}]'"


def installed(folder: Path) -> list[Model]:
    """The models in `folder`, by name; what has no manifest, or one that is none, is not among them."""
    if not folder.is_dir():
        return []
    found = (_model(path) for path in sorted(folder.iterdir()) if NAME.fullmatch(path.name))
    return [model for model in found if model is not None]


def usable(folder: Path, wanted: str) -> Model | None:
    """The model called `wanted`, or for "" the first by name; None where there is none whose engine is installed."""
    return next((model for model in installed(folder) if wanted in {"", model.name} and not model.lacks), None)


def why_none(folder: Path, wanted: str) -> str:
    """Why there is no usable model, and what to do about it."""
    found = [model for model in installed(folder) if wanted in {"", model.name}]
    if found:
        return f"the engine of {found[0].name} is not installed: {found[0].lacks}"
    named = f"no model {wanted}" if wanted else "no speech model"
    return f"{named} is installed: trunkline models install NAME --from FOLDER"


def faults(model: Model) -> list[str]:
    """What is wrong with its files, in words; reads all of them."""
    wrong = []
    for name, digest in sorted(model.manifest.files.items()):
        path = model.folder / name
        if not path.is_file():
            wrong.append(f"{name} is missing")
        elif digest_of(path) != digest:
            wrong.append(f"{name} is not what was installed: its SHA-256 differs")
    return wrong


def is_inside(name: str) -> bool:
    """Whether a file's name stays in the folder it is put in."""
    path = PurePosixPath(name)
    return (
        bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name
    )


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _model(path: Path) -> Model | None:
    try:
        told = (path / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(told, type=Manifest)
    except (OSError, msgspec.MsgspecError):
        return None
    fits = manifest.name == path.name and manifest.engine in ENGINES and LANGUAGE.fullmatch(manifest.language)
    if not fits or not all(map(is_inside, manifest.files)):
        return None
    return Model(path, hashlib.sha256(told).hexdigest(), manifest)
