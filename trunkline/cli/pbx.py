"""`trunkline pbx`: which PBXs there are, how they are reached, and what is wrong with one."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from trunkline.calls.names import NameStyle
from trunkline.cli import freepbx, pbx_recordings
from trunkline.cli.context import Config, database, fail, read_text, run, settings_of
from trunkline.errors import NotFound
from trunkline.pbx.asterisk.check import Finding, check, finding_of
from trunkline.pbx.asterisk.check_members import check_members
from trunkline.pbx.asterisk.members import EXTENSION_MARK, Ways, is_template
from trunkline.pbx.asterisk.process import KIND, LINK, AsteriskSettings, RowUnusable, keeping_of, reach
from trunkline.pbx.asterisk.tls import PORT, TLS_PORT, kept_trust
from trunkline.pbx.hooks.check import check_hosted
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.store import last_records, list_hosted
from trunkline.pbx.store import PbxRow, add_token, find_pbx, list_pbxs, save_link, save_pbx
from trunkline.settings import Settings

app = typer.Typer(help="PBXs: add one, list them, check one.", no_args_is_help=True)


def add_to(application: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("freepbx")(freepbx.freepbx)
    app.command("recordings")(pbx_recordings.recordings)
    application.add_typer(app, name="pbx")


Name = Annotated[str, typer.Argument(help="Its short name, e.g. office.", metavar="NAME")]
SecretFile = Annotated[
    Path | None, typer.Option(help="File with the AMI user's secret, - for standard input; asked for when left out.")
]
Trust = Annotated[
    str,
    typer.Option(
        metavar="FILE|FINGERPRINT",
        help="With --tls: a PEM file of CAs, or the SHA-256 fingerprint of the PBX's certificate; "
        "left out: the CAs of this system.",
    ),
]
CallerName = Annotated[
    NameStyle | None,
    typer.Option(help="Callers' names on its telephones: as they are, in Latin letters, or none. Left out: as before."),
]

Interface = Annotated[str, typer.Option(help="How a queue reaches an extension; FreePBX: Local/EXT@from-queue/n.")]
StateInterface = Annotated[str, typer.Option(help="What tells whether it is busy; FreePBX: hint:EXT@ext-local.")]
Dial = Annotated[
    bool, typer.Option("--dial", help="That user may begin calls too: click-to-call (write = agent,originate).")
]
Control = Annotated[
    bool, typer.Option("--control", help="It may move waiting calls and pass on talking ones (write = agent,call).")
]
Listen = Annotated[
    bool, typer.Option("--listen", help="It may ring who has the right to listen to calls (write = agent,originate).")
]


@app.command("add")
def add(
    pbx: Name,
    *,
    host: Annotated[str, typer.Option(help="Where its AMI listens.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help=f"The AMI's port; left out: {PORT}, with --tls {TLS_PORT}.")
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Speak TLS, and look at the PBX's certificate.")] = False,
    trust: Trust = "",
    user: Annotated[str, typer.Option(help="The AMI user.")] = "trunkline",
    secret_file: SecretFile = None,
    cel: Annotated[
        Path | None, typer.Option(help="The CEL file config/asterisk/cel_custom.conf.example writes.")
    ] = None,
    title: Annotated[str, typer.Option(help="What people call it.")] = "",
    caller_name: CallerName = None,
    inactive: Annotated[bool, typer.Option("--inactive", help="Keep it, do not connect.")] = False,
    config: Config = None,
) -> None:
    """Add an Asterisk, or change one of that name. The secret is sealed; it is never an argument."""
    settings = settings_of(config, level="warning")
    if not re.fullmatch(r"[a-z0-9_-]{1,40}", pbx):
        fail(f"{pbx!r} is no name for a PBX: 1 to 40 of a-z, 0-9, _ and -")
    trusted = _trusted(trust, tls=tls)
    secret = _secret(secret_file)
    port = port or (TLS_PORT if tls else PORT)
    link = AsteriskSettings(host, port, user, str(cel) if cel else "", tls, trusted)
    kept: dict[str, Any] = {name: getattr(link, name) for name in LINK}
    kept |= {"caller_name": caller_name.value} if caller_name else {}
    run(_add(settings, pbx, title or pbx, kept, secret, active=not inactive))
    typer.echo(f"{pbx} is kept. Look whether it works: trunkline pbx check {pbx}")


@app.command("members")
def members(
    pbx: Name,
    *,
    user: Annotated[str, typer.Option(help="The AMI user of manager_members.conf.example.")] = "trunkline-members",
    secret_file: SecretFile = None,
    interface: Interface = Ways().interface,
    state_interface: StateInterface = "",
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Dynamic members that others made in our queues are ours as well.")
    ] = False,
    wrap_up: Annotated[
        int, typer.Option(min=0, max=3600, help="Seconds a member is left in peace after a direct or outgoing talk.")
    ] = 0,
    dial: Dial = False,
    control: Control = False,
    listen: Listen = False,
    off: Annotated[bool, typer.Option("--off", help="Keep no members any more; those made stay.")] = False,
    config: Config = None,
) -> None:
    """Let Trunkline keep the members of this PBX's queues, by a second AMI user; or, with --off, no longer."""
    settings = settings_of(config, level="warning")
    if off:
        run(_leave_members(settings, pbx))
        typer.echo(f"{pbx}: the members of its queues are its own affair.")
        return
    _require_ways(interface, state_interface)
    secret = _secret(secret_file)
    ways = {"members_interface": interface, "members_state_interface": state_interface}
    rights = {"members_dials": dial, "members_controls": control, "members_listens": listen}
    terms = {"members_take_over": take_over, "wrap_up_seconds": wrap_up}
    changed = {"members_username": user} | ways | rights | terms
    run(_keep_members(settings, pbx, changed, secret))
    typer.echo(f"The members of {pbx}'s queues are kept. Look whether it works: trunkline pbx check {pbx}")


@app.command("list")
def list_all(config: Config = None) -> None:
    """Every PBX and how it is reached."""
    for row in run(_list(settings_of(config, level="warning"))):
        given = row.settings
        where = (
            row.kind
            if row.kind in PROVIDERS
            else f"{given.get('host', '?')}:{given.get('port', PORT)}{' TLS' if given.get('tls') else ''}"
        )
        typer.echo(f"{row.id:20} {row.name:30} {where:28} {'' if row.active else 'inactive'}".rstrip())


@app.command("check")
def check_one(pbx: Name, config: Config = None) -> None:
    """Say in plain words what keeps Trunkline from hearing this PBX, and the remedy; ends with 1 if anything does."""
    findings = run(_check(settings_of(config, level="critical"), pbx))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.good else 'BAD '} {finding.text}")
        if finding.remedy:
            typer.echo(f"     {finding.remedy}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


@app.command("hooks")
def hooks(
    pbx: Name,
    *,
    most: Annotated[int, typer.Option(min=1, max=2000, help="How many, the newest ones.")] = 200,
    config: Config = None,
) -> None:
    """Write the last requests of a PBX in the cloud, JSON a line, for `trunkline pbx replay`; they name callers."""
    for record in run(_hooks(settings_of(config, level="warning"), pbx, most)):
        kept = {name: getattr(record, name) for name in ("method", "path", "query", "content_type", "verdict")}
        kept |= {"at": record.received / 1e6, "body": record.body.decode()}
        typer.echo(msgspec.json.encode(kept))


@app.command("token")
def token(pbx: Name, config: Config = None) -> None:
    """Make a token this PBX asks with, and print it once; the one before it stays good until the next."""
    typer.echo(run(_add_token(settings_of(config, level="warning"), pbx)))


def _trusted(trust: str, *, tls: bool) -> str:
    kept = kept_trust(trust)
    if kept is None:
        fail(f"--trust {trust}: give the full path of a PEM file, or a SHA-256 fingerprint (64 hex digits)")
    if kept and not tls:
        fail("--trust is for a link with --tls")
    return kept


def _require_ways(interface: str, state_interface: str) -> None:
    if not is_template(interface) or (state_interface and EXTENSION_MARK not in state_interface):
        fail(f"write {EXTENSION_MARK} where the extension stands, e.g. PJSIP/EXT or Local/EXT@from-queue/n")


def _secret(file: Path | None) -> str:
    text = str(typer.prompt("AMI secret", hide_input=True)) if file is None else read_text(file, "--secret-file")
    if not (secret := text.strip()):
        fail("the AMI secret is empty")
    return secret


async def _add(settings: Settings, pbx: str, title: str, link: dict[str, Any], secret: str, *, active: bool) -> None:
    async with database(settings) as pool:
        known = await find_pbx(pool, pbx)
        await save_link(
            pool,
            settings.secret_box(),
            known,
            pbx=pbx,
            name=title,
            kind=KIND,
            link=link,
            secrets={"secret": secret},
            active=active,
        )


async def _keep_members(settings: Settings, pbx: str, changed: dict[str, Any], secret: str | None) -> None:
    box = settings.secret_box()
    async with database(settings) as pool:
        row = _asterisk(await find_pbx(pool, pbx), pbx)
        secrets = None if secret is None else row.opened(box) | {"members_secret": secret}
        await save_pbx(
            pool,
            box,
            pbx=pbx,
            name=row.name,
            kind=KIND,
            settings=row.settings | changed,
            secrets=secrets,
            active=row.active,
        )


async def _leave_members(settings: Settings, pbx: str) -> None:
    nothing = dict.fromkeys(("members_dials", "members_controls", "members_listens"), False)
    await _keep_members(settings, pbx, {"members_username": "", **nothing}, None)


async def _add_token(settings: Settings, pbx: str) -> str:
    async with database(settings) as pool:
        return await add_token(pool, pbx)


def _asterisk(row: PbxRow | None, pbx: str) -> PbxRow:
    if row is None or row.kind != KIND:
        raise NotFound(f"there is no Asterisk named {pbx}; trunkline pbx list names them")
    return row


async def _hooks(settings: Settings, pbx: str, most: int) -> list[HookRecord]:
    async with database(settings, asks=True) as pool, pool.acquire() as connection:
        hosted = {one.id: one for one in await list_hosted(connection)}
        if (one := hosted.get(pbx)) is None:
            raise NotFound(f"there is no PBX in the cloud named {pbx}; trunkline pbx list names them")
        return await last_records(connection, one, most)


async def _list(settings: Settings) -> list[PbxRow]:
    async with database(settings, asks=True) as pool:
        return [row for kind in (KIND, *PROVIDERS) for row in await list_pbxs(pool, kind)]


async def _check(settings: Settings, pbx: str) -> list[Finding]:
    async with database(settings, asks=True) as pool:
        async with pool.acquire() as connection:
            hosted = {one.id: one for one in await list_hosted(connection)}
            if (one := hosted.get(pbx)) is not None:
                now = datetime.now(UTC)
                return await check_hosted(connection, one, settings.secret_box(), settings.public_url, now)
        row = _asterisk(await find_pbx(pool, pbx), pbx)
    try:
        address, cel_file = reach(row, settings.secret_box())
        keeping = keeping_of(row, settings.secret_box())
    except RowUnusable as error:
        return [finding_of(error.fault)]
    findings = await check(address, cel_file)
    return findings if keeping is None else [*findings, *await check_members(keeping, address)]
