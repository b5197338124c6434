"""Which engines there are: what each needs installed, and how its models are known by their files. No I/O here."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class EngineKind:
    """`library` is the module it imports, `extra` the extra of ours that installs it (empty: always there).

    A folder that has all of `files` holds a model of it.
    """

    name: str
    library: str
    extra: str
    files: tuple[str, ...]

    def fits(self, names: Collection[str]) -> bool:
        """Whether a folder with these files holds a model of it."""
        return set(self.files) <= set(names)


VOSK: Final = EngineKind("vosk", "vosk", "", ("am/final.mdl", "conf/mfcc.conf"))
WHISPER: Final = EngineKind("whisper", "faster_whisper", "whisper", ("model.bin", "config.json", "tokenizer.json"))
ENGINES: Final = {kind.name: kind for kind in (VOSK, WHISPER)}


def engine_of(names: Collection[str]) -> EngineKind | None:
    """Whose model these files are; None for nobody's that is known."""
    return next((kind for kind in ENGINES.values() if kind.fits(names)), None)
