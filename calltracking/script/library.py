"""The built scripts by name and by version, as they are served: read once, never changed."""

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

SCRIPT: Final = "t.js"
OVERLAY: Final = "explain.js"
_OVERLAYS: Final = "explain-"


@dataclass(frozen=True, slots=True)
class Script:
    """One built file; `version` changes with its content, `integrity` is what a page pins it by."""

    version: str
    integrity: str
    body: bytes
    packed: bytes

    @property
    def pin(self) -> str:
        """What the script pins its overlay by: the shortest that browsers take."""
        return f"sha256-{base64.b64encode(hashlib.sha256(self.body).digest()).decode()}"

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
    """Today's script and overlay, and every version that a page may have pinned: `static/pinned` keeps what was built.

    A page that pins a version gets that very file or none, so an update of ours cannot change what runs on it. Each
    version pins an overlay of its own, which is kept as long.
    """

    def __init__(self, folder: Traversable | None = None) -> None:
        folder = folder or files("calltracking.script") / "static"
        self.current = Script.of((folder / SCRIPT).read_bytes())
        self.overlay = Script.of((folder / OVERLAY).read_bytes())
        pinned = folder / "pinned"
        kept = [entry for entry in pinned.iterdir() if entry.name.endswith(".js")] if pinned.is_dir() else []
        overlays = [entry for entry in kept if entry.name.startswith(_OVERLAYS)]
        scripts = [Script.of(entry.read_bytes()) for entry in kept if entry not in overlays]
        self._versions = {script.version: script for script in (*scripts, self.current)}
        told = (self.overlay, *(Script.of(entry.read_bytes()) for entry in overlays))
        self._overlays = {script.pin: script for script in told}

    def version(self, version: str) -> Script | None:
        """The script that a page has pinned."""
        return self._versions.get(version)

    def overlay_of(self, pin: str) -> Script | None:
        """The overlay that a version of the script asks for by its hash (`sha256-…`)."""
        return self._overlays.get(pin)


@cache
def shipped() -> Library:
    """What this installation serves."""
    return Library()
