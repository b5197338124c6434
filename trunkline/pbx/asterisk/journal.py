"""What keeps a CEL file from filling a gap, looked for before there is one: path, rights, the form of its rows."""

import grp
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from trunkline.pbx.asterisk.backfill import COLUMNS, CelUnreadable, columns_of, newest_lines, rotated, time_of
from trunkline.pbx.asterisk.terms import Fault
from trunkline.web.i18n import mark

_NO_FOLDER = (
    mark("the CEL file %(file)s cannot be there: there is no folder %(folder)s"),
    mark("correct the path (trunkline pbx add … --cel FILE), or mount that folder of Asterisk's machine here"),
)
_NO_FILE = (
    mark("there is no CEL file %(file)s: Asterisk has not written one"),
    mark(
        "copy cel.conf and cel_custom.conf of config/asterisk, module load cel_custom.so, and make a call; "
        "or correct the path (trunkline pbx add … --cel FILE)"
    ),
)
_RIGHTS = (
    mark("%(user)s may not read %(path)s, which is on the way to the CEL file (%(mode)s %(owner)s)"),
    mark(
        "let %(user)s read that file and enter its folders, e.g. usermod -aG asterisk %(user)s, and restart Trunkline"
    ),
)
_NO_REGULAR = (
    mark("the CEL file %(file)s is no file"),
    mark("name the file itself, e.g. /var/log/asterisk/cel-custom/trunkline.csv"),
)
_COLUMNS = (
    mark("the rows of the CEL file %(file)s have %(found)s columns, not %(wanted)s"),
    mark("take the line of cel_custom.conf.example as it is, then module reload cel_custom.so"),
)
_TIME = (
    mark("the second column of the CEL file %(file)s is no time in seconds since 1970"),
    mark("leave dateformat unset in cel.conf and take the line of cel_custom.conf.example, then module reload cel"),
)
_OTHER = (
    mark("the CEL file %(file)s cannot be read: %(error)s"),
    mark("look at the disk or the mount it lies on"),
)
_ENOUGH_LINES = 20  # a line break within a field makes one strange line, another mapping makes all strange


@dataclass(frozen=True, slots=True)
class Journal:
    """What was seen of a CEL file: a fault, or when its newest row was written (None: no row yet)."""

    fault: Fault | None = None
    newest: float | None = None


def look(file: Path) -> Journal:
    """Look at the file's end; cheap, yet it waits for the disk."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return Journal(_fault(_NO_REGULAR, file))
        lines = newest_lines(file)[-_ENOUGH_LINES:]
    except FileNotFoundError:
        return _absent(file)
    except (OSError, CelUnreadable) as error:
        return Journal(_unreadable(file, error))
    times = [at for line in lines if (at := time_of(line)) is not None]
    if not lines or times:
        return Journal(newest=times[-1] if times else None)
    found = columns_of(lines[-1])
    if found != len(COLUMNS):
        return Journal(_fault(_COLUMNS, file, found=str(found), wanted=str(len(COLUMNS))))
    return Journal(_fault(_TIME, file))


def _absent(file: Path) -> Journal:
    """Between a rotation and the next call there is rightly none: Asterisk opens it for each row."""
    try:
        if not file.parent.is_dir():
            return Journal(_fault(_NO_FOLDER, file, folder=str(file.parent)))
        return Journal(None if rotated(file).exists() else _fault(_NO_FILE, file))
    except OSError as error:
        return Journal(_unreadable(file, error))


def _unreadable(file: Path, error: OSError | CelUnreadable) -> Fault:
    cause = error.__cause__ if isinstance(error, CelUnreadable) else error
    if not isinstance(cause, PermissionError):
        return _fault(_OTHER, file, error=getattr(cause, "strerror", None) or str(error))
    for path in (*reversed(file.parents), file):
        wanted = os.R_OK if path == file else os.X_OK
        if not os.access(path, wanted, effective_ids=True):
            return _fault(_RIGHTS, file, path=str(path), user=_user(os.geteuid()), **_owner(path))
    return _fault(_OTHER, file, error=cause.strerror or str(cause))


def _owner(path: Path) -> dict[str, str]:
    """As ls -l shows it."""
    seen = path.stat()
    return {"mode": stat.filemode(seen.st_mode), "owner": f"{_user(seen.st_uid)}:{_group(seen.st_gid)}"}


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _fault(sentences: tuple[str, str], file: Path, **facts: str) -> Fault:
    return Fault(*sentences, {"file": str(file), **facts})
