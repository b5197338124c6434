"""What killed workers leave behind: files they had begun, in folders where nothing lies for long."""

import shutil
from pathlib import Path
from typing import Final

from trunkline.log import get_logger

log = get_logger(__name__)

OLD_SECONDS: Final = 24 * 3600.0
"""No work on a file takes as long."""


def sweep(folder: Path, now: float, old: float = OLD_SECONDS) -> int:
    """Remove what in `folder` was last written to so long before `now` (Unix seconds); returns how many things.

    What cannot be removed is told in the log, and keeps nothing else there.
    """
    if not folder.is_dir():
        return 0
    return sum(_removed(path, now - old) for path in folder.iterdir())


def _removed(path: Path, before: float) -> bool:
    try:
        if path.lstat().st_mtime >= before:
            return False
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except FileNotFoundError:
        return False  # another process of ours was quicker
    except OSError as error:
        log.warning("leftover_stays", path=str(path), error=error.strerror)
        return False
    return True
