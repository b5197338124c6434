"""`trunkline pbx freepbx`: the `*_custom` files of a FreePBX, printed or put where they belong."""

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from trunkline.cli.context import Config, database, fail, read_text, run, settings_of
from trunkline.errors import NotFound, TrunklineError
from trunkline.pbx.asterisk.freepbx import CHANGE_ME_SECRET, CHANGE_ME_TOKEN, SECRET_FILES, Given, files_of, merged
from trunkline.pbx.asterisk.process import KIND, reach
from trunkline.pbx.store import find_pbx
from trunkline.settings import Settings

_DEFAULT = Given()
_THEN = """
Then, in FreePBX:
  1. Admin > Custom Destinations > Add: Target trunkline-route,s,1; Return Yes; Destination = where the line's calls go
     when Trunkline is silent (its queue). One for each such place.
  2. Connectivity > Inbound Routes > the line: Set Destination = that Custom Destination. One line first.
  3. fwconsole reload; asterisk -rx "manager reload"; asterisk -rx "module load cel_custom.so"
  4. In Trunkline each queue's target is its number (400), each person's extension the FreePBX one.
What to look at afterwards, and what was not tried: docs/pbx/freepbx.md
"""


def freepbx(
    show: Annotated[bool, typer.Option("--print", help="Print the files; secrets are shown as CHANGE-ME.")] = False,
    write: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Put our part into the files of this folder, e.g. /etc/asterisk.")
    ] = None,
    pbx: Annotated[str, typer.Option(metavar="NAME", help="Take AMI user and secret from this PBX of ours.")] = "",
    url: Annotated[str, typer.Option(help="Trunkline's question listener as the PBX reaches it.")] = _DEFAULT.url,
    permit: Annotated[str, typer.Option(help="The address Trunkline comes from.")] = _DEFAULT.permit,
    token_file: Annotated[
        Path | None, typer.Option(help="File with the token of trunkline pbx token, - for standard input.")
    ] = None,
    fallback: Annotated[
        str, typer.Option(help="Where calls go when all else is silent, e.g. ext-queues,400,1.")
    ] = _DEFAULT.fallback,
    prefix: Annotated[str, typer.Option(help="What stands for +7 in your Outbound Routes.")] = _DEFAULT.prefix,
    codes: Annotated[
        str, typer.Option(metavar="A,B,C", help="Feature codes for agents: online, break, offline.")
    ] = _DEFAULT.codes,
    config: Config = None,
) -> None:
    """The files a FreePBX needs from Trunkline: only its *_custom files, nothing it writes itself."""
    if not show and write is None:
        fail("say --print, or --write DIR")
    settings = settings_of(config, level="warning")
    token = _token(token_file, url)
    given = Given(url=url.rstrip("/"), token=token, fallback=fallback, prefix=prefix, permit=permit, codes=codes)
    if pbx:
        given = run(_with_secret(settings, pbx, given))
    if show:
        _print(given)
    if write is not None:
        _write(given, write)
    typer.echo(_THEN, err=show)


def _token(file: Path | None, url: str) -> str:
    if file is not None:
        return read_text(file, "--token-file").strip()
    return "" if url.startswith("http://127.0.0.1") else CHANGE_ME_TOKEN


async def _with_secret(settings: Settings, pbx: str, given: Given) -> Given:
    async with database(settings, asks=True) as pool:
        row = await find_pbx(pool, pbx)
    if row is None or row.kind != KIND:
        raise NotFound(f"there is no Asterisk named {pbx}; trunkline pbx list names them")
    address, _ = reach(row, settings.secret_box())
    return replace(given, user=address.username, secret=address.secret)


def _print(given: Given) -> None:
    hidden = replace(given, secret=CHANGE_ME_SECRET, token=CHANGE_ME_TOKEN if given.token else "")
    for name, text in _files(hidden).items():
        typer.echo(f";;;;; {name}\n{text}")


def _write(given: Given, folder: Path) -> None:
    for name, text in _files(given).items():
        path = (folder / name).resolve()
        try:
            _put(path, text, secret=name in SECRET_FILES)
        except OSError as error:
            fail(f"{path}: {error.strerror}")
        typer.echo(f"{path}: our part is in it")


def _files(given: Given) -> dict[str, str]:
    try:
        return files_of(given)
    except TrunklineError as error:
        fail(error)


def _put(path: Path, part: str, *, secret: bool) -> None:
    """Our part into a file whose owner and mode stay; whole or not at all."""
    try:
        existing, known = path.read_text(encoding="utf-8"), path.stat()
    except FileNotFoundError:
        existing, known = "", None
    folder = path.parent.stat()
    mode = stat.S_IMODE(known.st_mode) if known else 0o640
    draft = path.with_name(f".{path.name}.trunkline")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(merged(existing, part))
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0:
            owner = known or folder
            os.chown(draft, owner.st_uid, owner.st_gid)
        draft.chmod(mode & 0o660 if secret else mode)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
