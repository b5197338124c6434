"""A small company's directory on disk, and a question application that answers from it."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.wiring import build_question_app
from tests.router.company import CONTACTS, SPAM, head_of
from trunkline.directory.packing import pack
from trunkline.directory.reader import FILE_NAME, FRESH_NAME, Directory
from trunkline.settings import Settings, load
from trunkline.spool import SpoolWriter

WriteDirectory = Callable[..., Path]


@pytest.fixture
def write_directory(tmp_path: Path) -> WriteDirectory:
    """Writes the company (or `head`, `contacts`, `spam` in its place) as the data directory's current file."""
    folder = tmp_path / "data" / "directory"
    builds = iter(range(1, 1000))

    def write(*, fresh: bool = True, **changed: object) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        values = {"contacts": CONTACTS, "spam": SPAM, "head": head_of()} | changed
        pack(folder / FILE_NAME, **values, built_at=1000.0, build_id=next(builds).to_bytes(16, "big"))  # type: ignore[arg-type]
        if fresh:
            (folder / FRESH_NAME).touch()
        return folder

    return write


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(None, {"TRUNKLINE_DATA_DIR": str(tmp_path / "data"), "TRUNKLINE_SECRETS_KEY": "ab" * 32})


@pytest.fixture
def spool_dir(tmp_path: Path) -> Path:
    return tmp_path / "data" / "spool" / "question"


@pytest.fixture
def spool(spool_dir: Path) -> Iterator[SpoolWriter]:
    with SpoolWriter(spool_dir, cap_bytes=1 << 28) as writer:
        yield writer


@pytest.fixture
async def client(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter
) -> AsyncIterator[TestClient[Any, Any]]:
    """A client on this machine of the question application, with the company's directory."""
    directory = Directory.open(write_directory())
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
        yield client
