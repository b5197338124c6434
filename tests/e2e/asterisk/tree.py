"""The Debian tree that carries Asterisk 22: made once, kept in a cache folder, never written to by a run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSION = 22
_PACKAGES = "asterisk,asterisk-core-sounds-en"
_MAKING_LIMIT = 900  # seconds; about 70 on two cores


class TreeError(RuntimeError):
    """The Asterisk tree could not be made; the text says what to do."""


def cache_folder() -> Path:
    """Where trees are kept between runs: TRUNKLINE_E2E_CACHE, or a folder under /var/cache."""
    return Path(os.environ.get("TRUNKLINE_E2E_CACHE", "/var/cache/trunkline-e2e"))


def asterisk_tree() -> Path:
    """Return the tree with Asterisk in it, making it with debootstrap when it is absent.

    Raises TreeError when not root, when debootstrap is missing, or when it failed.
    """
    tree = cache_folder() / f"asterisk-{VERSION}"
    if (tree / "usr/sbin/asterisk").exists():
        return tree
    if os.geteuid() != 0:
        raise TreeError("making the Asterisk tree needs root: run make test-e2e as root once")
    if shutil.which("debootstrap") is None:
        raise TreeError("debootstrap is missing: apt-get install debootstrap")
    _make(tree)
    return tree


def _make(tree: Path) -> None:
    half = tree.with_name(f"{tree.name}.{os.getpid()}.part")
    half.mkdir(parents=True)
    command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "sid", str(half)]
    sys.stderr.write(f"making {tree} (about a minute): {' '.join(command)}\n")
    made = subprocess.run(command, capture_output=True, text=True, timeout=_MAKING_LIMIT, check=False)
    if made.returncode != 0:
        shutil.rmtree(half, ignore_errors=True)
        raise TreeError(f"debootstrap failed ({made.returncode}): {made.stdout[-800:]}{made.stderr[-400:]}")
    try:
        half.rename(tree)
    except OSError:  # another run was faster; its tree is as good
        shutil.rmtree(half, ignore_errors=True)


def installed_version(tree: Path) -> str:
    """The version as Asterisk itself says it, for example "22.10.1"."""
    said = subprocess.run(["chroot", str(tree), "asterisk", "-V"], capture_output=True, text=True, check=True).stdout
    return said.split()[1].split("+")[0]
