"""The wheel holds every file the code reads: what git tracks in our packages, nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("trunkline", "router", "calltracking", "recordings", "softphone_card", "crm_sync")


@pytest.mark.timeout(180)
def test_wheel_holds_what_the_checkout_holds(tmp_path: Path) -> None:
    # What an earlier build left would be packed again.
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)],
        check=True,
        capture_output=True,
    )
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    wheel = next(tmp_path.glob("*.whl"))
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert packed == set(listing.stdout.split())
