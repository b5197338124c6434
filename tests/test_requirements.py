"""The pins serve every Python we support, not only the one they were made with."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parent.parent
_PYTHONS = ("3.11.0", "3.11.2", "3.12.0", "3.13.0", "3.14.0")
"""The oldest, Debian 12's own, and the first of each after it."""


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt", "requirements-desktop.txt"])
@pytest.mark.parametrize("python", _PYTHONS)
def test_all_that_is_needed_is_pinned(file: str, python: str) -> None:
    """pip refuses a hashed list that leaves out what one of its packages needs on that Python."""
    pinned = set(_pinned(_ROOT / file))

    missing = {f"{needed} for {package}" for package in pinned for needed in _needed(package, python) - pinned}

    assert missing == set()


@pytest.mark.parametrize("file", sorted(_ROOT.glob("requirements*.txt")), ids=lambda file: file.name)
def test_every_pin_has_its_hashes_and_no_index_is_named(file: Path) -> None:
    entries = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", file.read_text())).splitlines()

    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert [entry for entry in entries if re.search(r"https?:|--(extra-)?index|--find-links|--trusted", entry)] == []


def test_no_address_of_a_registry_is_in_the_lock_of_npm() -> None:
    assert '"resolved"' not in (_ROOT / "tests" / "browser" / "package-lock.json").read_text()


def _pinned(file: Path) -> Iterator[str]:
    for line in file.read_text().splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", line):
            yield canonicalize_name(match[1])


def _needed(package: str, python: str) -> set[str]:
    environment = {"python_version": python.rpartition(".")[0], "python_full_version": python, "extra": ""}
    try:
        asked = [Requirement(line) for line in requires(package) or ()]
    except PackageNotFoundError:  # pinned for another system
        return set()
    return {canonicalize_name(each.name) for each in asked if not each.marker or each.marker.evaluate(environment)}
