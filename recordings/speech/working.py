"""The child that hears: it holds the model, and reads what ffmpeg makes of a file.

`python -m recordings.speech.working` reads an Open or More a line and writes a Heard a line (trunkline/linechild.py).
"""

import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Final

import msgspec
import psutil

from recordings.converting import program
from recordings.media import to_pcm
from recordings.speech.port import RATE, STEP_SECONDS, Engine, Heard, Listening, More, NotHeard, Open
from recordings.transcript import Word
from trunkline.embedded.process import end_with_parent
from trunkline.precedence import give_way

_MEMORY: Final = 3 << 30
_MEMORY_A_MODEL: Final = 10
"""Times its files: what engines reserve of addresses, of which they use a part."""
_STEP_CPU: Final = 900
"""Seconds of work on one question."""
_LONGEST_WHY: Final = 500
_READ: Final = 1 << 16


class Desk:
    """The model that was asked for last, and the track at hand."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._version = ""
        self._ffmpeg: subprocess.Popen[bytes] | None = None
        self._listening: Listening | None = None
        self._rate = RATE
        self._bytes, self._path = 0, ""
        self._complaints: IO[bytes] | None = None

    def open(self, asked: Open) -> Heard:
        """Begin with a track."""
        self.close()
        if self._engine is None or asked.version != self._version:
            self._engine = None  # the memory of one before another's is taken
            self._engine = _loaded(asked)
            self._version = asked.version
        self._listening = self._engine.listen(asked.language)
        self._rate = self._engine.rate
        self._bytes, self._path = 0, asked.path
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the track)
        self._ffmpeg = subprocess.Popen(
            to_pcm(program(), Path(asked.path), asked.name, asked.side, self._rate),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            preexec_fn=end_with_parent(os.getpid(), signal.SIGKILL),
        )
        return Heard()

    def more(self) -> Heard:
        """Hear the next seconds; raises NotHeard."""
        if self._ffmpeg is None or self._listening is None:
            raise NotHeard("no track was opened")
        assert self._ffmpeg.stdout is not None
        words: list[Word] = []
        until = self._bytes + int(STEP_SECONDS * self._rate) * 2
        while self._bytes < until:
            samples = self._ffmpeg.stdout.read(_READ)  # all of it, but at the end
            self._bytes += len(samples)
            words += self._listening.hear(samples)
            if len(samples) < _READ:
                return self._over(words)
        return Heard(tuple(words), self._seconds, language=self._listening.language)

    def _over(self, words: list[Word]) -> Heard:
        assert self._ffmpeg is not None
        assert self._listening is not None
        code = self._ffmpeg.wait()
        if code and not self._bytes:
            raise NotHeard(f"no sound could be read: {self._last_complaint() or f'ffmpeg ended with code {code}'}")
        words += self._listening.end()
        heard = Heard(tuple(words), self._seconds, over=True, language=self._listening.language)
        self.close()
        return heard

    def _last_complaint(self) -> str:
        assert self._complaints is not None
        size = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, size - _LONGEST_WHY))
        return self._complaints.read().decode(errors="replace").strip().replace(self._path, "the file")

    @property
    def _seconds(self) -> float:
        return self._bytes / (2 * self._rate)

    def close(self) -> None:
        """Let go of the track."""
        if self._ffmpeg is not None:
            assert self._ffmpeg.stdout is not None
            self._ffmpeg.kill()
            self._ffmpeg.stdout.close()
            self._ffmpeg.wait()
        if self._complaints is not None:
            self._complaints.close()
        self._ffmpeg = self._listening = self._complaints = None


def _loaded(asked: Open) -> Engine:
    """The only place that imports engines."""
    size = sum(file.stat().st_size for file in Path(asked.folder).rglob("*") if file.is_file())
    most = psutil.Process().memory_info().vms + _MEMORY + _MEMORY_A_MODEL * size
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    if asked.engine == "vosk":
        from recordings.speech.vosk_engine import VoskEngine  # noqa: PLC0415  (tens of megabytes, in this child alone)

        return VoskEngine(asked.folder)
    if asked.engine == "whisper":
        from recordings.speech.whisper_engine import WhisperEngine  # noqa: PLC0415  (an extra that may be missing)

        return WhisperEngine(asked.folder)
    if asked.engine == "onnx":
        from recordings.speech.onnx_engine import OnnxEngine  # noqa: PLC0415  (an extra that may be missing)

        return OnnxEngine(asked.folder)
    raise NotHeard(f"there is no engine {asked.engine}")


def answer(desk: Desk, asked: Open | More) -> Heard:
    """What is said to a line; a track that is too much is told, and the next is taken."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + _STEP_CPU, resource.RLIM_INFINITY))
    try:
        return desk.open(asked) if isinstance(asked, Open) else desk.more()
    except Exception as error:  # engines raise what they like; their process is worth keeping
        desk.close()
        why = str(error) if isinstance(error, NotHeard) else f"{type(error).__name__}: {error}"
        return Heard(why=why[:_LONGEST_WHY])


def main() -> None:
    """The child's whole life."""
    give_way()
    os.environ["HF_HUB_OFFLINE"] = "1"  # models are installed, never fetched while calls wait
    told, sys.stdout = sys.stdout.buffer, sys.stderr  # what an engine prints is no answer
    desk = Desk()
    for line in sys.stdin.buffer:
        asked = msgspec.json.decode(line, type=Open | More)
        told.write(msgspec.json.encode(answer(desk, asked)) + b"\n")
        told.flush()


if __name__ == "__main__":
    main()
