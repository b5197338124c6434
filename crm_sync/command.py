"""`trunkline crm`: which CRMs are told of calls, and what is wrong with one."""

from typing import Annotated

import typer

from crm_sync.connector import Connector
from crm_sync.opening import open_crms
from crm_sync.port import Finding
from crm_sync.store import find_connector, list_connectors
from trunkline.cli.context import Config, database, run, settings_of
from trunkline.settings import Settings

app = typer.Typer(help="CRMs: list them, check one.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Its short name, e.g. office.", metavar="NAME")]


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
    findings = run(_check(settings_of(config, level="critical"), crm))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.good else 'BAD '} {finding.text}")
        if finding.remedy:
            typer.echo(f"     {finding.remedy}")
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


async def _list(settings: Settings) -> list[Connector]:
    async with database(settings, asks=True) as pool, pool.acquire() as connection:
        return await list_connectors(connection)


async def _check(settings: Settings, name: str) -> list[Finding]:
    async with database(settings, asks=True) as pool:
        async with pool.acquire() as connection:
            known = await find_connector(connection, name=name)
        async with open_crms(pool, None, settings) as crms:
            return await crms[known.kind].check(known)
