"""The Debian trees that carry Asterisk: made once, kept in a cache folder, shared by runs that each write elsewhere.

`python -m tests.e2e.asterisk.tree` makes them all; it needs nothing but Python.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

VERSION = 22
SUITES: Mapping[int, str] = {22: "sid", 16: "bullseye"}  # Debian's suite with that Asterisk
VERSIONS = tuple(SUITES)
_PACKAGES = "asterisk,asterisk-core-sounds-en"
_MAKING_LIMIT = 900  # seconds; 55 to 70 on two cores


class TreeError(RuntimeError):
    """The Asterisk tree could not be made; the text says what to do."""


def cache_folder() -> Path:
    """Where trees are kept between runs: TRUNKLINE_E2E_CACHE, or a folder under /var/cache."""
    return Path(os.environ.get("TRUNKLINE_E2E_CACHE", "/var/cache/trunkline-e2e"))


def asterisk_tree(version: int = VERSION) -> Path:
    """Return the tree with that Asterisk in it, making it with debootstrap when it is absent.

    Of two runs that need it at once, one makes it and the other waits. Raises TreeError when not root, when
    debootstrap is missing, or when it failed.
    """
    tree = cache_folder() / f"asterisk-{version}"
    if _is_whole(tree):
        return tree
    if os.geteuid() != 0:
        raise TreeError("making the Asterisk tree needs root: run make test-e2e as root once")
    if shutil.which("debootstrap") is None:
        raise TreeError("debootstrap is missing: apt-get install debootstrap")
    with _alone(tree):
        if not _is_whole(tree):
            _make(tree, SUITES[version])
    return tree


def _is_whole(tree: Path) -> bool:
    return (tree / "usr/sbin/asterisk").exists()


@contextmanager
def _alone(tree: Path) -> Iterator[None]:
    tree.parent.mkdir(parents=True, exist_ok=True)
    with tree.with_name(f"{tree.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(tree: Path, suite: str) -> None:
    half = tree.with_name(f"{tree.name}.{os.getpid()}.part")
    half.mkdir(parents=True)
    command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", suite, str(half)]
    sys.stderr.write(f"making {tree} (about a minute): {' '.join(command)}\n")
    made = subprocess.run(command, capture_output=True, text=True, timeout=_MAKING_LIMIT, check=False)
    if made.returncode != 0:
        shutil.rmtree(half, ignore_errors=True)
        raise TreeError(f"debootstrap failed ({made.returncode}): {made.stdout[-800:]}{made.stderr[-400:]}")
    try:
        half.rename(tree)
    except OSError:  # a run without our lock was faster; its tree is as good
        shutil.rmtree(half, ignore_errors=True)


def installed_version(tree: Path) -> str:
    """The version as Asterisk itself says it, for example "22.10.1"."""
    said = subprocess.run(["chroot", str(tree), "asterisk", "-V"], capture_output=True, text=True, check=True).stdout
    return said.split()[1].split("+")[0].split("~")[0]


if __name__ == "__main__":
    try:
        for version in VERSIONS:
            asterisk_tree(version)
    except TreeError as error:
        sys.exit(str(error))
