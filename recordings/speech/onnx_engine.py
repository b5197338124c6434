"""onnx-asr (https://github.com/istupakov/onnx-asr): T-one, GigaAM, NeMo and Vosk's newer models, by ONNX Runtime."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from onnx_asr import load_model

from recordings.speech.cutting import Cutter
from recordings.speech.onnx_layouts import CONFIG, Found, Layout, NoLayout, layout_of
from recordings.speech.port import NotHeard
from recordings.speech.tokens import Token, words_of
from recordings.transcript import Word

_MOST_SECONDS: Final = 20.0
"""At once: they were taught with pieces of up to 30 s, and hear worse, or fail, with longer ones."""
_CUT_WITHIN: Final = 10.0
_LEAST_SECONDS: Final = 0.5
"""A shorter end is followed by silence: some cannot take less than a frame."""
_ONLY_ERRORS: Final = 3


class OnnxEngine:
    """A model's folder, loaded; one core works on it, as several calls are heard side by side."""

    def __init__(self, folder: str) -> None:
        found = _found(Path(folder))
        self._layout = found.layout
        self.rate = found.layout.rate
        self._model = _loaded(folder, found)

    def listen(self, language: str) -> "OnnxListening":
        """See the port. No model finds out what is spoken; some know one language alone."""
        return OnnxListening(self._model, self._layout, language or self._layout.language)


class OnnxListening:
    """See the port."""

    def __init__(self, model: Any, layout: Layout, language: str) -> None:
        self.language = language
        self._model = model
        self._layout = layout
        self._cutter = Cutter(_MOST_SECONDS, _CUT_WITHIN, layout.rate)

    def hear(self, samples: bytes) -> Iterator[Word]:
        """See the port."""
        for piece in self._cutter.feed(samples):
            yield from self._words(piece)

    def end(self) -> Iterator[Word]:
        """See the port."""
        for piece in self._cutter.end():
            yield from self._words(piece)

    def _words(self, piece: bytes) -> Iterator[Word]:
        rate, begin = self._layout.rate, self._cutter.begin
        sound = np.frombuffer(piece, np.int16).astype(np.float32) / 32768
        seconds = len(sound) / rate
        told = self._model.recognize(
            np.pad(sound, (0, max(0, int(_LEAST_SECONDS * rate) - len(sound)))), sample_rate=rate
        )
        if told.timestamps is None or told.logprobs is None:
            raise NotHeard(f"onnx-asr tells no times of {self._layout.kind}")
        tokens = map(Token, told.tokens, told.timestamps, told.logprobs)
        yield from words_of(tokens, begin, begin + seconds)


def _found(folder: Path) -> Found:
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    try:
        return layout_of(names, (folder / CONFIG).read_bytes() if CONFIG in names else b"")
    except NoLayout as error:
        raise NotHeard(str(error)) from error


def _loaded(folder: str, found: Found) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ONLY_ERRORS
    try:
        model = load_model(
            found.layout.kind,
            folder,
            quantization=found.quantization or None,
            sess_options=options,
            providers=["CPUExecutionProvider"],
        )
    except Exception as error:  # a damaged file is told by ONNX Runtime, a config by a KeyError
        raise NotHeard(f"onnx-asr cannot load {found}: {type(error).__name__}: {error}") from error
    return model.with_timestamps()
