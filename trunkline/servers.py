"""Where the database and Valkey are: the settings' own servers, or the embedded ones of the data directory."""

from trunkline.embedded.addresses import postgres_url, valkey_url
from trunkline.settings import Settings


def database_url(settings: Settings) -> str:
    """The URL every process of this installation uses."""
    return settings.database.url or postgres_url(settings.data_dir, settings.secret_key())


def redis_url(settings: Settings) -> str:
    """The URL every process of this installation uses."""
    return settings.redis.url or valkey_url(settings.data_dir)
