"""`trunkline crm`: which CRMs are told of calls, and what is wrong with one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from crm_sync.asking import open_asking
from crm_sync.chat2desk.check import check
from crm_sync.chat2desk.client import Chat2Desk
from crm_sync.connector import Connector
from crm_sync.generic.store import mapping_text, save_mapping
from crm_sync.opening import open_crms
from crm_sync.port import Finding
from crm_sync.reconciliation import Report
from crm_sync.reconciling import Reconciling
from crm_sync.store import find_connector, list_connectors
from crm_sync.tracker.check import check as tracker_check
from crm_sync.tracker.client import Tracker
from crm_sync.tracker.store import find_tracker
from trunkline.cli.context import Config, database, run, settings_of
from trunkline.errors import NotFound
from trunkline.people.audit import Actor
from trunkline.settings import Settings
from trunkline.web.i18n import gettext as _

app = typer.Typer(help="CRMs: list them, check one, compare calls with one.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Its short name, e.g. office.", metavar="NAME")]
Since = Annotated[
    datetime | None,
    typer.Option(help="Calls that began since then (UTC), at most 31 days ago; else since the last comparison."),
]


def add_to(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.add_typer(app, name="crm")


@app.command("list")
def list_all(config: Config = None) -> None:
    """Every CRM and how it is connected."""
    for one in run(_list(settings_of(config, level="warning"))):
        state = "" if one.active else "not connected" if not one.is_connected else "switched off"
        typer.echo(f"{one.name:20} {one.kind:12} {one.host:40} {state}".rstrip())


@app.command("check")
def check_one(crm: Name, config: Config = None) -> None:
    """Say in plain words what keeps calls from this CRM, and the remedy; ends with 1 if anything does."""
    _tell(run(_check(settings_of(config, level="critical"), crm)))


def _tell(findings: list[Finding]) -> None:
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.good else 'BAD '} {finding.text}")
        if finding.remedy:
            typer.echo(f"     {finding.remedy}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


@app.command("chat2desk")
def check_chat2desk(config: Config = None) -> None:
    """Say in plain words what keeps calls from Chat2Desk, and the remedy; ends with 1 if anything does."""
    _tell(run(_check_chat2desk(settings_of(config, level="critical"))))


@app.command("tracker")
def check_tracker(config: Config = None) -> None:
    """Say in plain words what keeps issues from Yandex Tracker, and the remedy; ends with 1 if anything does."""
    _tell(run(_check_tracker(settings_of(config, level="critical"))))


@app.command("reconcile")
def reconcile_one(crm: Name, since: Since = None, config: Config = None) -> None:
    """Compare calls with what this CRM has of them, and tell again, once, what is missing; ends with 1 if any is."""
    report = run(_reconcile(settings_of(config, level="critical"), crm, since))
    typer.echo(f"calls that began from {report.since:%Y-%m-%d %H:%M} to {report.until:%Y-%m-%d %H:%M} UTC")
    for words, count in (
        ("there", report.sent),
        ("still to be told", report.waiting),
        ("telling given up", report.given_up),
        ("missing", report.missing),
        ("told again", report.retold),
        ("there twice", report.duplicates),
        ("with somebody else", report.elsewhere),
    ):
        typer.echo(f"{count:8} {words}")
    for one in report.found:
        typer.echo(f"{one.call} {one.words}")
    if not report.good:
        raise typer.Exit(1)


@app.command("mapping")
def map_one(
    crm: Name,
    file: Annotated[Path | None, typer.Argument(help="A TOML file; without it the one that holds is printed.")] = None,
    config: Config = None,
) -> None:
    """Give a home-made CRM another mapping, or print the one it has; what is wrong is told with its line."""
    text = file.read_text(encoding="utf-8-sig") if file else None
    typer.echo(run(_map(settings_of(config, level="critical"), crm, text)), nl=text is not None)


async def _map(settings: Settings, name: str, text: str | None) -> str:
    async with database(settings, asks=True) as pool, pool.acquire() as connection:
        known = await find_connector(connection, name=name)
        if known.kind != "generic":
            raise NotFound(_("Only a CRM of your own has a mapping."))
        if text is None:
            return await mapping_text(connection, known.id)
        async with connection.transaction():
            shape = await save_mapping(
                connection, known, text, Actor(None, "trunkline crm mapping", "command line"), datetime.now(UTC)
            )
    return ", ".join(shape.events) or _("the mapping asks for no event")


async def _reconcile(settings: Settings, name: str, since: datetime | None) -> Report:
    begin = since.replace(tzinfo=UTC) if since else None
    async with database(settings, asks=True) as pool:
        async with pool.acquire() as connection:
            known = await find_connector(connection, name=name)
        if known.by_webhook:
            raise NotFound(_("By a webhook calls are not in the portal's statistics: there is nothing to compare."))
        async with open_crms(pool, None, settings) as crms:
            return await Reconciling(pool, None, crms.sources, ZoneInfo(settings.web.timezone)).reconcile(known, begin)


async def _list(settings: Settings) -> list[Connector]:
    async with database(settings, asks=True) as pool, pool.acquire() as connection:
        return await list_connectors(connection)


async def _check_chat2desk(settings: Settings) -> list[Finding]:
    async with database(settings, asks=True) as pool, open_asking(settings) as asking:
        return await check(pool, settings.secret_box(), Chat2Desk(asking))


async def _check_tracker(settings: Settings) -> list[Finding]:
    async with database(settings, asks=True) as pool:
        async with pool.acquire() as connection:
            known = await find_tracker(connection)
        if known is None:
            raise NotFound(_("There is no tracker."))
        async with open_asking(settings) as asking:
            return await tracker_check(pool, settings.secret_box(), Tracker(asking), known)


async def _check(settings: Settings, name: str) -> list[Finding]:
    async with database(settings, asks=True) as pool:
        async with pool.acquire() as connection:
            known = await find_connector(connection, name=name)
        async with open_crms(pool, None, settings) as crms:
            return await crms[known.kind].check(known)
