"""Our connections: asyncpg's, but one that the server is just ending fails as what it is."""

from typing import Any

import asyncpg


class SoundConnection(asyncpg.Connection):
    """Where the server's goodbye has come and the socket's end has not, asyncpg takes the connection for one in use:
    its InternalClientError is no PostgresError, no InterfaceError and no OSError, and nobody waits for the database on
    it. Here it is a lost connection, and is closed, so that no pool hands it out again.
    """

    async def execute(self, *arguments: Any, **named: Any) -> Any:
        try:
            return await super().execute(*arguments, **named)
        except asyncpg.InternalClientError as error:
            raise self._lost() from error

    async def executemany(self, *arguments: Any, **named: Any) -> Any:
        try:
            return await super().executemany(*arguments, **named)
        except asyncpg.InternalClientError as error:
            raise self._lost() from error

    async def fetch(self, *arguments: Any, **named: Any) -> Any:
        try:
            return await super().fetch(*arguments, **named)
        except asyncpg.InternalClientError as error:
            raise self._lost() from error

    async def fetchrow(self, *arguments: Any, **named: Any) -> Any:
        try:
            return await super().fetchrow(*arguments, **named)
        except asyncpg.InternalClientError as error:
            raise self._lost() from error

    async def fetchval(self, *arguments: Any, **named: Any) -> Any:
        try:
            return await super().fetchval(*arguments, **named)
        except asyncpg.InternalClientError as error:
            raise self._lost() from error

    def _lost(self) -> asyncpg.ConnectionDoesNotExistError:
        self.terminate()
        return asyncpg.ConnectionDoesNotExistError("the server is ending the connection")
