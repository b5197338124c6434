"""What a file holds, looked at in a process of its own: it comes from outside, and its reader is a large C library.

`python -m recordings.probing` reads a File a line and writes what is found a line (trunkline/linechild.py).
"""

import resource
import sys
from typing import Final

import av
import msgspec
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from recordings.media import FORMATS, headless
from recordings.prober import File, Found, NoSound
from recordings.recording import Sound

_MEMORY: Final = 2 << 30
_ALL_SECONDS: Final = 3600
_LONGEST_WHY: Final = 500
_MOST_DAMAGED: Final = 2000
"""Packets: at the begin of a file, some minutes of a telephone's codec."""


def look(path: str, name: str) -> Sound:
    """The sound of a file; raises NoSound, or what PyAV raises."""
    hints = dict(headless(name))
    kind = hints.pop("f", None)
    raw = {"sample_rate": hints["ar"]} if hints else {}
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file", **raw}
    with av.open(path, "r", format=kind, options=options) as container:
        if not container.streams.audio:
            raise NoSound("no sound is found in it")
        stream = container.streams.audio[0]
        frame = _first_of(container, stream)
        seconds = (container.duration or 0) / 1e6
        return Sound(stream.codec_context.name, frame.sample_rate, frame.layout.nb_channels, seconds)


def _first_of(container: InputContainer, stream: AudioStream) -> AudioFrame:
    """The first that can be heard, behind what is damaged; raises NoSound."""
    damaged = "it begins, but holds no sound"
    for number, packet in enumerate(container.demux(stream)):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError as error:
            damaged = _in_words(error)
            if number >= _MOST_DAMAGED:
                break
            continue
        if frames:
            return frames[0]
    raise NoSound(damaged)


def _in_words(error: av.error.FFmpegError) -> str:
    """Without its number, and without where we had the file."""
    return f"it is no sound that can be read: {error.strerror or type(error).__name__}"


def main() -> None:
    """The child's whole life."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_ALL_SECONDS, _ALL_SECONDS + 5))
    for line in sys.stdin.buffer:
        file = msgspec.json.decode(line, type=File)
        try:
            found = Found(look(file.path, file.name))
        except NoSound as error:
            found = Found(why=str(error)[:_LONGEST_WHY])
        except av.error.FFmpegError as error:
            found = Found(why=_in_words(error)[:_LONGEST_WHY])
        except MemoryError:
            found = Found(why="it takes more memory to read than it may")
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
