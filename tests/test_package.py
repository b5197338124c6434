"""The wheel holds what git tracks in our packages, every file the code reads; the sdist it is built from, all."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("trunkline", "router", "calltracking", "recordings", "softphone_card", "crm_sync")
OF_THE_CHECKOUT = {".ci/run", ".gitignore"}
ADDED = {"PKG-INFO", "setup.cfg"}


@pytest.mark.timeout(180)
def test_what_is_built_holds_what_the_checkout_holds(tmp_path: Path) -> None:
    # What an earlier build left would be packed again.
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)],
        check=True,
        capture_output=True,
    )
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sdist:
        source = {Path(*Path(member.name).parts[1:]).as_posix() for member in sdist if member.isfile()}
    wheel = next(tmp_path.glob("*.whl"))
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert packed == _tracked(*PACKAGES)
    assert {name for name in source if ".egg-info/" not in name} == (_tracked() - OF_THE_CHECKOUT) | ADDED


def _tracked(*folders: str) -> set[str]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return {name for name in listing.stdout.split("\0") if name}
