"""What a file holds, looked at in a process of its own: it comes from outside, and its reader is a large C library.

`python -m recordings.probing FILE NAME` writes a Sound as JSON, or ends with 1. No setting of ours, and so
no key, is in its environment.
"""

import sys
from pathlib import Path
from typing import Final

import av
import msgspec

from recordings.children import limited
from recordings.media import FORMATS, headless
from recordings.recording import Sound

_SECONDS: Final = 20.0


class NoSound(Exception):
    """There is nothing in the file that could be heard."""


async def probe(path: Path, name: str) -> Sound:
    """What the file at `path` holds, which the PBX called `name`; raises NoSound, and TimeoutError where it stalls."""
    told = await limited([sys.executable, "-m", "recordings.probing", str(path), name], _SECONDS)
    if told.code:
        raise NoSound(told.why or f"its reader ended with code {told.code}")
    return msgspec.json.decode(told.output, type=Sound)


def look(path: Path, name: str) -> Sound:
    """The sound of a file; raises NoSound, or what PyAV raises."""
    hints = dict(headless(name))
    kind = hints.pop("f", None)
    options = {
        "format_whitelist": FORMATS,
        "protocol_whitelist": "file",
        **({"sample_rate": hints["ar"]} if hints else {}),
    }
    with av.open(str(path), format=kind, options=options) as container:
        if not container.streams.audio:
            raise NoSound("no sound is found in it")
        stream = container.streams.audio[0]
        for frame in container.decode(stream):
            return Sound(
                stream.codec_context.name, frame.sample_rate, frame.layout.nb_channels, (container.duration or 0) / 1e6
            )
    raise NoSound("it begins, but holds no sound")


def main() -> None:
    """The child's whole life."""
    try:
        sound = look(Path(sys.argv[1]), sys.argv[2])
    except (NoSound, av.error.FFmpegError, MemoryError) as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(msgspec.json.encode(sound))


if __name__ == "__main__":
    main()
