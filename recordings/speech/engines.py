"""Which engines there are: what each needs installed, and how its models are known by their files. No I/O here."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from recordings.speech.onnx_layouts import layouts_of


@dataclass(frozen=True, slots=True)
class EngineKind:
    """`libraries` are the modules it imports, `extra` the extra of ours that installs them (empty: always there).

    `fits` tells of the names of a folder's files whether they are those of a model of it.
    """

    name: str
    libraries: tuple[str, ...]
    extra: str
    fits: Callable[[Collection[str]], bool]


def _all_of(*files: str) -> Callable[[Collection[str]], bool]:
    return lambda names: set(files) <= set(names)


VOSK: Final = EngineKind("vosk", ("vosk",), "", _all_of("am/final.mdl", "conf/mfcc.conf"))
WHISPER: Final = EngineKind(
    "whisper", ("faster_whisper",), "whisper", _all_of("model.bin", "config.json", "tokenizer.json")
)
ONNX: Final = EngineKind("onnx", ("onnx_asr", "onnxruntime"), "onnx", lambda names: bool(layouts_of(names)))
ENGINES: Final = {kind.name: kind for kind in (VOSK, WHISPER, ONNX)}


def engine_of(names: Collection[str]) -> EngineKind | None:
    """Whose model these files are; None for nobody's that is known."""
    return next((kind for kind in ENGINES.values() if kind.fits(names)), None)
