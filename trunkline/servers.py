"""Where the database and Valkey are: the settings' own servers, or the embedded ones of the data directory."""

from typing import Any

from redis.asyncio import Redis

from trunkline.embedded.addresses import cluster_made, postgres_url, valkey_url
from trunkline.errors import NotFound
from trunkline.settings import Settings
from trunkline.valkey.client import open_valkey


def require_installation(settings: Settings) -> None:
    """Refuse to ask where nothing was ever made, for starting the servers would make it; raises NotFound."""
    if not settings.database.url and not cluster_made(settings.data_dir):
        raise NotFound(
            f"there is no installation in {settings.data_dir}; run `trunkline serve` there once, "
            "or name another with --config or TRUNKLINE_DATA_DIR"
        )


def database_url(settings: Settings) -> str:
    """The URL every process of this installation uses."""
    return settings.database.url or postgres_url(settings.data_dir, settings.secret_key())


def redis_url(settings: Settings) -> str:
    """The URL every process of this installation uses."""
    return settings.redis.url or valkey_url(settings.data_dir)


def valkey(settings: Settings, **options: Any) -> Redis:
    """A client of what every process of this installation uses; the caller closes it."""
    return open_valkey(redis_url(settings), **options)
