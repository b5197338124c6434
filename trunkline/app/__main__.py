"""One process: `python -m trunkline.app question|web|pbx|worker [--config FILE]`."""

import argparse
import asyncio
import importlib
import os
import resource
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from trunkline import log
from trunkline.errors import TrunklineError
from trunkline.folders import private_folder
from trunkline.precedence import GIVING_WAY, GOING_FIRST, give_way, go_first
from trunkline.settings import Settings, load

_LAST_SECONDS = 5.0

PROCESSES = ("question", "web", "pbx", "worker")

Run = Callable[[Settings, asyncio.Event], Awaitable[None]]


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m trunkline.app")
    parser.add_argument("process", choices=PROCESSES)
    parser.add_argument("--config", type=Path)
    arguments = parser.parse_args()
    try:
        settings = load(arguments.config, os.environ)
        log.configure(settings.log.level, settings.log.format, mask_numbers=settings.log.mask_numbers)
        _open_many_files()
        _share_metrics(settings)
        if arguments.process in GIVING_WAY:
            give_way()
        if arguments.process in GOING_FIRST and not go_first():
            log.get_logger(__name__).info("no_real_time", remedy="CAP_SYS_NICE lets answers go before everything else")
        # Loaded only now: metrics read their folder on import, and each process loads only what it runs.
        run: Run = importlib.import_module(f"trunkline.app.{arguments.process}").run
        uvloop.run(_until_signalled(run, settings))
    except TrunklineError as error:
        raise SystemExit(f"trunkline: {error}") from error


def _open_many_files() -> None:
    """As many connections as the system allows us: the usual 1,024 are taken up by whoever opens and says nothing."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _share_metrics(settings: Settings) -> None:
    private_folder(Path(os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(settings.data_dir / "metrics"))))


async def _until_signalled(run: Run, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        stop.set()
        # Whoever started us may be dead, and nobody else would end a process that hangs while it stops.
        loop.call_later(settings.server.stop_seconds + _LAST_SECONDS, os._exit, 1)

    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, end)
    await run(settings, stop)


if __name__ == "__main__":
    main()
