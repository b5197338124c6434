"""Where nurseries come from: a process that keeps what scenarios import, and forks a nursery for each of them.

What a scenario imports takes 0.3 to 2 s: as much as its children. `python -m tests.faults.nursery FD` reads a Wanted a
message from that socket, with the nursery's own socket and the file of its errors, and answers with the nursery's
number, or with why there is none. It ends when the other side of the socket does.

Nothing but imports happens before a fork: no event loop, no connection and no thread is there to be shared.
"""

import gc
import importlib
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from tests.faults.doomed import Scenario, obey

LONGEST = 1 << 17
"""Bytes of a message, most of it the environment."""
_THREADS = Path("/proc/self/task")


class Wanted(msgspec.Struct, frozen=True):
    """A nursery of a scenario (`module:function`), with what a process started by the test would have."""

    scenario: str
    arguments: Sequence[str]
    environment: dict[str, str]
    folder: str


class Got(msgspec.Struct, frozen=True):
    """The number of the nursery, which leads a session, or why there is none."""

    process: int = 0
    why: str = ""


def _imported(scenario: str) -> Scenario:
    """Raises RuntimeError where a fork would leave threads behind."""
    module, _, function = scenario.partition(":")
    work: Scenario = getattr(importlib.import_module(module), function)
    alive = max(threading.active_count(), len(list(_THREADS.iterdir())) if _THREADS.is_dir() else 0)
    if alive > 1:
        raise RuntimeError(f"{module} starts threads where it is imported: its children would lack them")
    return work


def _become(wanted: Wanted, work: Scenario, talk: int, errors: int, harness: int) -> NoReturn:
    code = 1
    try:
        os.setsid()
        for ours, its in ((talk, 0), (talk, 1), (errors, 2)):
            os.dup2(ours, its)
        for foreign in (talk, errors, harness):
            os.close(foreign)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(wanted.folder)
        os.environ.clear()
        os.environ.update(wanted.environment)
        obey(work, list(wanted.arguments))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _open(wanted: Wanted, talk: int, errors: int, harness: int) -> Got:
    try:
        work = _imported(wanted.scenario)
    except Exception:
        return Got(why=traceback.format_exc())
    gc.collect()
    gc.freeze()  # a child's collections leave what it shares with us unwritten, and so shared
    process = os.fork()
    if not process:
        _become(wanted, work, talk, errors, harness)
    return Got(process)


def _bury() -> None:
    """What ended since the last request: until then its number is nobody else's, and the harness may still kill it."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as harness:
        while True:
            message, (*descriptors,), _, _ = socket.recv_fds(harness, LONGEST, 2)
            _bury()
            if not message:
                return
            talk, errors = descriptors
            got = _open(msgspec.json.decode(message, type=Wanted), talk, errors, harness.fileno())
            for descriptor in descriptors:
                os.close(descriptor)
            harness.send(msgspec.json.encode(got))


if __name__ == "__main__":
    main()
