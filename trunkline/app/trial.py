"""`python -m trunkline.app.trial LINE`: where a call would go, from the directory's file alone; places no call."""

import argparse
import os
import sys
import time
from pathlib import Path

from router.staff import NoDevices
from router.state import StateBook
from router.switchboard import Switchboard
from router.trial import A_STRANGER, read_moment, told
from trunkline import log
from trunkline.directory.reader import Directory
from trunkline.errors import TrunklineError
from trunkline.settings import Settings, load
from trunkline.web.i18n import LANGUAGES, Reader, Translations, gettext, reading

_TRANSLATED = ("trunkline.calls", "router")


def main() -> None:
    """Tell it on standard output; ends with 1 and a sentence where it cannot be told."""
    parser = argparse.ArgumentParser(prog="trunkline test-call")
    parser.add_argument("line")
    parser.add_argument("--from", dest="caller", default=A_STRANGER)
    parser.add_argument("--at", default="")
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    parser.add_argument("--config", type=Path)
    asked = parser.parse_args()
    try:
        settings = load(asked.config, os.environ)
        log.configure("error", settings.log.format, mask_numbers=settings.log.mask_numbers)
        with reading(Reader(asked.language), Translations(_TRANSLATED)):
            for sentence in _story(settings, asked.line, asked.caller, asked.at):
                sys.stdout.write(f"{sentence}\n")
    except TrunklineError as error:
        raise SystemExit(f"trunkline: {error}") from error


def _story(settings: Settings, line: str, caller: str, at: str) -> list[str]:
    folder = settings.data_dir / "directory"
    directory = Directory.open(folder)
    try:
        if directory.built_at == 0.0:
            reason = directory.fault or gettext("the worker writes it when `trunkline serve` runs for the first time")
            raise TrunklineError(
                gettext("there is no directory in %(folder)s to answer from: %(reason)s")
                % {"folder": folder, "reason": reason}
            )
        now = time.time()
        switchboard = Switchboard(directory, StateBook(settings.secret_box()), NoDevices())
        moment = read_moment(at, switchboard.zone, now) if at else now
        return list(told(switchboard, line, caller, moment, now))
    finally:
        directory.close()


if __name__ == "__main__":
    main()
