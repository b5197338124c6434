"""That a stage of one mark misses no test for what it leaves unread."""

from pathlib import Path
from typing import Any

import pytest

from tests.marked import left_out, strays

_FILES = {
    "test_plain.py": "def test_it() -> None: ...",
    "test_whole.py": "import pytest\npytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]\n",
    "test_one.py": "import pytest\n\n@pytest.mark.e2e\ndef test_it() -> None: ...",
    "test_nodes.py": "import pytest\npytestmark = [\n    pytest.mark.e2e,\n    pytest.mark.cluster,\n]",
    "notes.txt": "",
}


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("e2e", {"test_whole.py", "test_one.py", "test_nodes.py", "notes.txt"}),
        ("cluster", {"test_nodes.py", "notes.txt"}),
        ("not e2e", set(_FILES)),
        ("e2e and not cluster", set(_FILES)),
        ("", set(_FILES)),
    ],
)
def test_only_what_one_mark_asks_for_is_read(tmp_path: Path, asked: str, read: set[str]) -> None:
    for name, text in _FILES.items():
        (tmp_path / name).write_text(text)
    assert {name for name in _FILES if not left_out(tmp_path / name, asked)} == read


def test_a_mark_that_comes_from_elsewhere_is_found(tmp_path: Path) -> None:
    """As from a parameter set or a conftest.py that marks what another file holds."""

    class Item:
        def __init__(self, file: str, *marks: str) -> None:
            self.path, self.nodeid, self._marks = tmp_path / file, file, marks

        def get_closest_marker(self, name: str) -> object:
            return name if name in self._marks else None

    for name, text in _FILES.items():
        (tmp_path / name).write_text(text)
    sound: list[Any] = [Item("test_plain.py"), Item("test_whole.py", "e2e"), Item("test_nodes.py", "e2e", "cluster")]
    astray: list[Any] = [Item("test_plain.py", "e2e"), Item("test_one.py", "e2e", "cluster")]
    assert not strays(sound)
    assert [told.partition(":")[0] for told in strays(sound + astray)] == [
        "test_plain.py is marked e2e",
        "test_one.py is marked cluster",
    ]
