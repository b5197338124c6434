"""What a restarted process must know of a PBX: a small file in the data directory, one a PBX."""

from pathlib import Path
from typing import Self

import msgspec


class Remembered(msgspec.Struct):
    """How far its story was spooled (its own stamp), and since when it ran (our clock); None: never heard."""

    covered: float | None = None
    booted_at: float | None = None

    @classmethod
    def read(cls, file: Path) -> Self:
        """Nothing is remembered where the file is missing or damaged."""
        try:
            return msgspec.json.decode(file.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError):
            return cls()

    def write(self, file: Path) -> None:
        """Whole or not at all."""
        draft = file.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(self))
        draft.replace(file)
