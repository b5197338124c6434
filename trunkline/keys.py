"""Typed keys of what an application holds: `request.app[pool_key]` is an asyncpg pool, and mypy knows."""

from typing import TYPE_CHECKING

from aiohttp import web

from trunkline.settings import Settings

if TYPE_CHECKING:
    # The question process uses this module and must not load a database driver.
    import asyncpg
    from redis.asyncio import Redis

    from trunkline.crypto import SecretBox
    from trunkline.db.standby import Standby
    from trunkline.directory.reader import Directory
    from trunkline.spool import SpoolWriter
    from trunkline.web.health import Health

settings_key: web.AppKey[Settings] = web.AppKey("settings", Settings)
pool_key: web.AppKey["asyncpg.Pool"] = web.AppKey("pool")
standby_key: web.AppKey["Standby"] = web.AppKey("standby")
redis_key: web.AppKey["Redis"] = web.AppKey("redis")
directory_key: web.AppKey["Directory"] = web.AppKey("directory")
spool_key: web.AppKey["SpoolWriter"] = web.AppKey("spool")
secret_box_key: web.AppKey["SecretBox"] = web.AppKey("secret_box")
health_key: web.AppKey["Health"] = web.AppKey("health")
process_key: web.AppKey[str] = web.AppKey("process", str)
