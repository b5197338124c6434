"""The built scripts by name and by version, as they are served: read once, never changed."""

import base64
import gzip
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

SCRIPT: Final = "t.js"
OVERLAY: Final = "explain.js"


@dataclass(frozen=True, slots=True)
class Script:
    """One built file; `version` changes with its content, `integrity` is what a page pins it by."""

    version: str
    integrity: str
    body: bytes
    packed: bytes

    @property
    def etag(self) -> str:
        """Weak: the same content is sent with gzip and without."""
        return f'W/"{self.version}"'

    @classmethod
    def of(cls, body: bytes) -> "Script":
        """With what follows from the content."""
        digest = hashlib.sha384(body).digest()
        return cls(
            version=hashlib.sha256(body).hexdigest()[:12],
            integrity=f"sha384-{base64.b64encode(digest).decode()}",
            body=body,
            packed=gzip.compress(body, 9, mtime=0),
        )


class Library:
    """Today's script and overlay, and every version that a page may have pinned: `static/pinned` keeps released ones.

    A page that pins a version gets that very file or none, so an update of ours cannot change what runs on it.
    """

    def __init__(self, folder: Traversable | None = None) -> None:
        folder = folder or files("calltracking.script") / "static"
        self.current = Script.of((folder / SCRIPT).read_bytes())
        self.overlay = Script.of((folder / OVERLAY).read_bytes())
        pinned = folder / "pinned"
        released = [Script.of(entry.read_bytes()) for entry in pinned.iterdir()] if pinned.is_dir() else []
        self._versions = {script.version: script for script in (*released, self.current)}

    def version(self, version: str) -> Script | None:
        """The script that a page has pinned."""
        return self._versions.get(version)
