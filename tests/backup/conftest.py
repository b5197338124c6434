"""A second database to restore to."""

from urllib.parse import urlsplit

import asyncpg
import pytest


@pytest.fixture
async def other_url(postgres_url: str, database_url: str) -> str:
    """An empty database beside the one of `database_url`."""
    own = urlsplit(database_url).path.lstrip("/")
    name = f"{own}_other"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    await admin.close()
    return database_url.replace(own, name)
