"""Which files have tests of a stage's mark: the stage imports no other file, which took a worker more than its start.

A file is known by its own text, so that a mark stands in the file of the test it marks (`pytest.mark.e2e`), never in
a conftest.py or another module. `strays` is asked wherever everything is collected.
"""

import functools
import itertools
from collections.abc import Iterable
from pathlib import Path

import pytest

MARKS = ("cluster", "e2e")


@functools.cache
def says(path: Path, mark: str) -> bool:
    return f"mark.{mark}" in path.read_text(encoding="utf-8")


def left_out(path: Path, asked: str) -> bool:
    """Whether none of the file's tests is of the mark that `-m` asks for, where it asks for one and nothing else."""
    return asked in MARKS and path.suffix == ".py" and not says(path, asked)


def strays(items: Iterable[pytest.Item]) -> list[str]:
    """The tests that their stage would miss, since their files do not say the mark they have."""
    told = []
    for item, mark in itertools.product(items, MARKS):
        if item.get_closest_marker(mark) and not says(item.path, mark):
            told.append(f"{item.nodeid} is marked {mark}: its file has to say mark.{mark} (tests/marked.py)")
    return told
