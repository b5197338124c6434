"""A bucket of a test's own on a real S3-compatible server, and the studio whose recordings go there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from recordings.vault import Vault, vault_of
from tests.fakes.failing import Failing
from tests.fakes.s3_server import S3Server
from tests.recordings.conftest import Studio
from trunkline.settings import Settings, load


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with asyncio.Runner() as runner:
        server = S3Server()
        runner.run(server.__aenter__())
        try:
            yield server
        finally:
            runner.run(server.__aexit__())


@dataclass(frozen=True)
class Bucket:
    """A bucket of a test's own, behind a line that can be cut."""

    server: S3Server
    line: Failing
    name: str
    environment: dict[str, str]

    @property
    def settings(self) -> Settings:
        return load(None, self.environment)

    @property
    def vault(self) -> Vault:
        return vault_of(self.settings)

    def but(self, **settings: str) -> Vault:
        """With other settings `recordings.s3_…`."""
        return vault_of(load(None, self.environment | {_variable(name): value for name, value in settings.items()}))

    async def keys(self) -> dict[str, int]:
        """What is in it, without the prefix."""
        return {key.removeprefix("calls/"): size for key, size in (await self.server.keys(self.name)).items()}


def _variable(name: str) -> str:
    return f"TRUNKLINE_RECORDINGS_S3_{name}".upper()


def environment_of(server: S3Server, port: int, name: str, data_dir: Path) -> dict[str, str]:
    own = {
        "endpoint": f"http://127.0.0.1:{port}",
        "bucket": name,
        "prefix": "calls",
        "key_id": server.key_id,
        "secret": server.secret,
    }
    return {_variable(key): value for key, value in own.items()} | {"TRUNKLINE_DATA_DIR": str(data_dir)}


@pytest.fixture
async def bucket(server: S3Server, data_dir: Path) -> AsyncIterator[Bucket]:
    name = f"b-{uuid4().hex[:12]}"
    await server.make_bucket(name)
    async with Failing(server.port) as line:
        yield Bucket(server, line, name, environment_of(server, line.port, name, data_dir))


@pytest.fixture
def far(studio: Studio, bucket: Bucket) -> Studio:
    """The studio, with its recordings in the bucket."""
    return replace(studio, vault=bucket.vault, pipeline=replace(studio.pipeline, vault=bucket.vault))
