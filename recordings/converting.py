"""ffmpeg in a process of its own: from what a PBX wrote to the Opus that is kept, and the peaks of its waveform."""

import errno
import functools
import math
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from recordings.children import limited
from recordings.media import Span, to_opus
from recordings.peaks import Peaks
from recordings.recording import Recording, Sound

_LEAST_SECONDS: Final = 120.0
_SLOWEST: Final = 1.0
"""Seconds of work a second of sound: a hundredth is usual."""
_LONGEST_SECONDS: Final = 2 * 3600.0
LONGEST_SOUND: Final = 12 * 3600.0
"""Seconds of a recording: 40 MB of FLAC may be a hundred hours of silence."""
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
"""What ffmpeg may say of the disk, which is no fault of the file; it says so in words of the C library, in English."""


class NotConverted(Exception):
    """ffmpeg made nothing of it."""


class TooLong(Exception):
    """It goes on beyond LONGEST_SOUND."""


@dataclass(frozen=True, slots=True)
class Made:
    """How long the sound was in truth, and its peaks."""

    seconds: float
    peaks: bytes


@functools.cache
def program() -> str:
    """The ffmpeg of this machine, or the one that came with us."""
    return shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()


async def convert(source: Path, one: Recording, target: Path) -> Made:
    """Write the Opus of `source` to `target`.

    Raises TooLong, NotConverted, TimeoutError for what takes too long, and OSError where there is no room for it.
    """
    sound = Sound(one.codec, one.rate, one.channels, one.seconds)
    return await _convert(to_opus(program(), source, one.file, target, sound), one, source, LONGEST_SOUND)


async def convert_silenced(source: Path, one: Recording, target: Path, silent: Sequence[Span]) -> Made:
    """Write to `target` what is kept of it, which `source` holds, silent in these spans; raises as convert does.

    However long it is: it was kept.
    """
    sound = Sound("opus", one.rate, one.channels, one.seconds)
    return await _convert(to_opus(program(), source, source.name, target, sound, silent), one, source)


async def _convert(command: list[str], one: Recording, source: Path, longest: float = math.inf) -> Made:
    peaks = Peaks(min(one.channels, 2))

    def feed(samples: bytes) -> None:
        peaks.feed(samples)
        if peaks.seconds > longest:  # whatever its head says
            raise TooLong

    patience = min(_LONGEST_SECONDS, _LEAST_SECONDS + _SLOWEST * max(0.0, one.seconds))
    told = await limited(command, patience, feed)
    if full := next((number for number in _FULL if os.strerror(number) in told.why), None):
        raise OSError(full, os.strerror(full))
    if told.code:
        # Where we had it tells nobody anything, and its own name may hold a telephone number.
        raise NotConverted(told.why.replace(str(source), "the file") or f"ffmpeg ended with code {told.code}")
    return Made(peaks.seconds, peaks.whole())
