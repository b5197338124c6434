"""Vosk (https://alphacephei.com/vosk): hears as the sound comes, needs a core and the model's memory."""

import ctypes
from collections.abc import Iterator
from typing import Final

import msgspec
import vosk

from recordings.speech.port import RATE
from recordings.transcript import Word

_C: Final = ctypes.CDLL(None)
_BLOCK: Final = 8000
"""Bytes at a time, a quarter of a second: as in Vosk's own examples."""


class _Said(msgspec.Struct, frozen=True):
    word: str
    start: float
    end: float
    conf: float


class _Result(msgspec.Struct, frozen=True):
    result: tuple[_Said, ...] = ()


class VoskEngine:
    """A model's folder, loaded."""

    rate = RATE

    def __init__(self, folder: str) -> None:
        vosk.SetLogLevel(-1)
        self._model = vosk.Model(folder)

    def listen(self, language: str) -> "VoskListening":
        """See the port."""
        _C.srand(1)  # Kaldi adds noise of rand() to the sound (its `dither`): the same sound has to give the same words
        recogniser = vosk.KaldiRecognizer(self._model, RATE)
        recogniser.SetWords(True)
        return VoskListening(recogniser, language)


class VoskListening:
    """See the port. Its blocks do not depend on how the sound comes, so that the same sound gives the same words."""

    def __init__(self, recogniser: vosk.KaldiRecognizer, language: str) -> None:
        self.language = language
        self._recogniser = recogniser
        self._held = b""

    def hear(self, samples: bytes) -> Iterator[Word]:
        """See the port."""
        held = self._held + samples
        whole = len(held) - len(held) % _BLOCK
        for at in range(0, whole, _BLOCK):
            yield from self._take(held[at : at + _BLOCK])
        self._held = held[whole:]

    def end(self) -> Iterator[Word]:
        """See the port."""
        yield from self._take(self._held)
        yield from _words(self._recogniser.FinalResult())

    def _take(self, block: bytes) -> Iterator[Word]:
        if block and self._recogniser.AcceptWaveform(block):
            yield from _words(self._recogniser.Result())


def _words(told: str) -> Iterator[Word]:
    for said in msgspec.json.decode(told, type=_Result).result:
        yield Word(said.word, round(said.start, 2), round(said.end, 2), round(said.conf, 3))
