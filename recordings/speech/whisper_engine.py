"""faster-whisper (https://github.com/SYSTRAN/faster-whisper): many languages in one model, several seconds behind.

Silence is left out before it listens (Silero's detector, which comes with it): Whisper makes words of silence.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from faster_whisper import WhisperModel

from recordings.speech.cutting import Cutter
from recordings.speech.port import RATE
from recordings.transcript import Word

_MOST_SECONDS: Final = 120.0
"""At once: so that hours need no more memory than minutes."""
_CUT_WITHIN: Final = 30.0
OPTIONS: Final[dict[str, Any]] = {
    "word_timestamps": True,
    "vad_filter": True,
    "condition_on_previous_text": False,  # else one made-up sentence is repeated to the end
}


class WhisperEngine:
    """A model's folder, loaded; one core works on it, as several calls are heard side by side."""

    rate = RATE

    def __init__(self, folder: str) -> None:
        self._model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)

    def listen(self, language: str) -> "WhisperListening":
        """See the port."""
        return WhisperListening(self._model, language)


class WhisperListening:
    """See the port."""

    def __init__(self, model: WhisperModel, language: str) -> None:
        self.language = language
        self._model = model
        self._cutter = Cutter(_MOST_SECONDS, _CUT_WITHIN)

    def hear(self, samples: bytes) -> Iterator[Word]:
        """See the port."""
        for piece in self._cutter.feed(samples):
            yield from self._words(piece)

    def end(self) -> Iterator[Word]:
        """See the port."""
        for piece in self._cutter.end():
            yield from self._words(piece)

    def _words(self, piece: bytes) -> Iterator[Word]:
        sound = np.frombuffer(piece, np.int16).astype(np.float32) / 32768
        segments, told = self._model.transcribe(sound, language=self.language or None, **OPTIONS)
        began = self._cutter.begin
        for segment in segments:
            self.language = self.language or told.language
            for word in segment.words or ():
                start, end = round(began + float(word.start), 2), round(began + float(word.end), 2)
                if text := word.word.strip():
                    yield Word(text, start, end, round(float(word.probability), 3))
