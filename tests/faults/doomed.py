"""The children of the fault harness: each runs a scenario and kills itself, without any clean-up, at one point of it.

`obey` forks a child for every line `KIND NUMBER` it reads and answers with the child's exit code. The point is the
NUMBER-th

- `sql`: statement, killed before it is sent (so that the one before it was answered);
- `socket`: write to a socket, killed when its bytes have left and nothing has come back;
- `store`: question to obstore, killed before it is asked (so that the one before it was answered);
- `file`: `os.write`, killed when its bytes are in the file and nothing followed: the spool writes with it.
"""

import asyncio
import itertools
import os
import signal
import sys
import traceback
from asyncio import selector_events
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn

import asyncpg
import asyncpg.connection
import obstore
from asyncpg.connection import Connection

SESSION = "doomed"
"""What a child's sessions are called in PostgreSQL, by which the harness knows when it has noticed the death."""
KINDS = ("sql", "socket", "store", "file")

Scenario = Callable[..., Awaitable[None]]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _counted(original: Callable[..., Any], number: int, *, after: bool) -> Callable[..., Any]:
    numbers = itertools.count(1)

    def call(*args: Any, **kwargs: Any) -> Any:
        here = next(numbers) == number
        if here and not after:
            _die()
        result = original(*args, **kwargs)
        if here:
            _die()
        return result

    return call


def arm(kind: str, number: int) -> None:
    """Let the process die at that point; the scenario must run on asyncio's own loop."""
    match kind:
        case "sql":
            # Everything asyncpg's connections send for us passes one of these; transactions use `execute`.
            count = _counted(lambda: None, number, after=False)
            for name in ("execute", "_execute", "executemany"):
                setattr(Connection, name, _announced(getattr(Connection, name), count))
        case "socket":
            transport: Any = selector_events._SelectorSocketTransport  # type: ignore[attr-defined]  # private
            transport.write = _counted(transport.write, number, after=True)
        case "store":
            count = _counted(lambda: None, number, after=False)
            for name in ("put_async", "get_async", "get_range_async", "head_async", "rename_async", "delete_async"):
                setattr(obstore, name, _announced(getattr(obstore, name), count))
        case "file":
            os.write = _counted(os.write, number, after=True)
        case _:
            raise SystemExit(f"no such kind of point: {kind}; there are {', '.join(KINDS)}")


def _named(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(*args: Any, server_settings: Mapping[str, str] | None = None, **more: Any) -> Any:
        settings = {**(server_settings or {}), "application_name": SESSION}
        return original(*args, server_settings=settings, **more)

    return connect


def _announced(original: Callable[..., Any], count: Callable[[], Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        count()
        return original(*args, **kwargs)

    return call


def _live(kind: str, number: int, work: Scenario, arguments: list[str]) -> NoReturn:
    """A child's whole life; what it prints goes where its errors go."""
    code = 1
    try:
        os.dup2(2, 1)
        asyncpg.connect = asyncpg.connection.connect = _named(asyncpg.connect)
        arm(kind, number)
        asyncio.run(work(*arguments))  # type: ignore[arg-type]  # a coroutine function, as the usage says
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def obey(work: Scenario, arguments: list[str]) -> None:
    """Until the harness closes what we read."""
    for line in sys.stdin:
        kind, number = line.split()
        child = os.fork()
        if not child:
            _live(kind, int(number), work, arguments)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  (the answer to the harness)
