"""What a file holds, looked at in a process of its own: it comes from outside, and its reader is a large C library.

`python -m recordings.probing` reads a File a line and writes what is found a line (trunkline/linechild.py).
"""

import resource
import sys
from typing import Final

import av
import msgspec

from recordings.media import FORMATS, headless
from recordings.prober import File, Found, NoSound
from recordings.recording import Sound

_MEMORY: Final = 2 << 30
_ALL_SECONDS: Final = 3600
_LONGEST_WHY: Final = 500


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
        for frame in container.decode(stream):
            seconds = (container.duration or 0) / 1e6
            return Sound(stream.codec_context.name, frame.sample_rate, frame.layout.nb_channels, seconds)
    raise NoSound("it begins, but holds no sound")


def main() -> None:
    """The child's whole life."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_ALL_SECONDS, _ALL_SECONDS + 5))
    for line in sys.stdin.buffer:
        file = msgspec.json.decode(line, type=File)
        try:
            found = Found(look(file.path, file.name))
        except (NoSound, av.error.FFmpegError, MemoryError) as error:
            found = Found(why=(str(error) or type(error).__name__)[:_LONGEST_WHY])
        sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
