"""Which ports are this process's own: several runs on one machine, from several work trees, must not meet."""

import fcntl
import socket
from functools import cache
from typing import IO

from tests.e2e.asterisk.tree import cache_folder

_PLACES = 5
_STEP = 1000  # ports between one run's and the next one's
_FIRST = 15000
_QUESTION = 28170  # the product's listeners, and where a dialplan asks
_held: list[IO[str]] = []  # locks, for as long as the process lives


@cache
def place() -> int:
    """A number no other run holds; 0 for the only one. Raises RuntimeError when there are too many."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_PLACES):
        lock = (folder / f"place-{number}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _held.append(lock)
        if _is_free(number):
            return number
    raise RuntimeError(f"{_PLACES} runs with Asterisk are under way on this machine: wait for one to end")


def sip_ports() -> int:
    """The first of about a thousand ports for Asterisk, its phones and callers."""
    return _FIRST + _STEP * place()


def media_ports() -> int:
    """The first of about a thousand ports for speech."""
    return 20000 + _STEP * place()


def question_port() -> int:
    """The first of the product's ports; a second node's begin a hundred later."""
    return _QUESTION + _STEP * place()


def _is_free(number: int) -> bool:
    """Whether nobody listens there: a run that was killed leaves servers behind and no lock."""
    tcp = socket.SOCK_STREAM
    for kind, first, port in (
        (socket.SOCK_DGRAM, _FIRST, 60),
        (tcp, _FIRST, 38),
        (tcp, _QUESTION, 0),
        (tcp, _QUESTION, 10),
    ):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1 if kind == tcp else 0)
            try:
                probe.bind(("127.0.0.1", first + _STEP * number + port))
            except OSError:
                return False
    return True
