"""Folders of the data directory that nobody but the user we run as may look into."""

from pathlib import Path


def private_folder(path: Path) -> Path:
    """Make `path` with what lies above it, and close it (0700) also where it was made open."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path
