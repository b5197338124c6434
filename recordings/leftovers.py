"""What killed workers leave behind: files they had begun, in folders where nothing lies for long."""

import shutil
from pathlib import Path
from typing import Final

OLD_SECONDS: Final = 24 * 3600.0
"""No work on a file takes as long."""


def sweep(folder: Path, now: float, old: float = OLD_SECONDS) -> int:
    """Remove what in `folder` was last written to so long before `now` (Unix seconds); returns how many things."""
    if not folder.is_dir():
        return 0
    left = [path for path in folder.iterdir() if path.lstat().st_mtime < now - old]
    for path in left:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return len(left)
