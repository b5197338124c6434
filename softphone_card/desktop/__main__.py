"""`trunkline-card`, also `python -m softphone_card.desktop`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from softphone_card.desktop import autostart, keeping
from softphone_card.desktop.keeping import Kept, Unusable

_LONGEST = 4096


def main(arguments: Sequence[str] | None = None) -> int:
    """What the command line says, or the helper until it quits."""
    asked = _parser().parse_args(arguments)
    place = keeping.folder()
    if asked.autostart:
        autostart.switch(on=asked.autostart == "on")
        return _say(f"autostart is {asked.autostart}")
    if asked.forget:
        keeping.forget(place)
        return _say("the address and the token are forgotten")
    try:
        kept = _kept(place, asked)
    except (Unusable, OSError) as error:
        return _complain(str(error))
    try:
        from softphone_card.desktop.qt.run import run  # noqa: PLC0415 - a machine without a screen may lack Qt
    except ImportError as error:
        return _complain(f"{error}\nInstall the extra: pip install 'trunkline[desktop]'; on Linux Qt needs libegl1 too")
    return run(place, kept, asked.theme)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trunkline-card", description="The caller's card over all windows.")
    parser.add_argument("--address", help="the address of Trunkline, kept for the next time")
    parser.add_argument(
        "--token-file", metavar="FILE", help="read the token from FILE, - is standard input, and keep it"
    )
    parser.add_argument("--language", choices=("ru", "en", "system"), help="kept for the next time")
    parser.add_argument("--theme", choices=("system", "light", "dark"), default="system")
    parser.add_argument("--autostart", choices=("on", "off"), help="start with the session or not, and end")
    parser.add_argument("--forget", action="store_true", help="forget the address and the token, and end")
    return parser


def _kept(place: Path, asked: argparse.Namespace) -> Kept:
    """What is kept, with what the command line says put into it."""
    told: dict[str, str] = {}
    if asked.address is not None:
        told["address"] = keeping.address_of(asked.address)
    if asked.token_file is not None:
        told["token"] = keeping.token_of(_token_in(asked.token_file))
    if asked.language is not None:
        told["language"] = "" if asked.language == "system" else asked.language
    kept = keeping.load(place)
    if not told:
        return kept
    if "address" in told and told["address"] != kept.address and "token" not in told:
        told["token"] = ""  # a token is shown to the server it is of, and to no other
    kept = msgspec.structs.replace(kept, **told)
    keeping.keep(place, kept)
    return kept


def _token_in(name: str) -> str:
    if name == "-":
        return sys.stdin.readline(_LONGEST)
    with Path(name).open(encoding="utf-8", errors="replace") as file:
        return file.readline(_LONGEST)


def _say(words: str) -> int:
    if sys.stdout is not None:  # a program without a console has none
        sys.stdout.write(f"{words}\n")
    return 0


def _complain(words: str) -> int:
    if sys.stderr is not None:
        sys.stderr.write(f"trunkline-card: {words}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
