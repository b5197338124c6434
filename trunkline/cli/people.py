"""`trunkline admin`, `trunkline people` and `trunkline token`: who may enter, from the server's own console."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from trunkline.cli.context import Config, database, fail, run, settings_of
from trunkline.db.hosts import connect
from trunkline.db.migrate import pending
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.people import sessions, store, tokens, totp
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.links import first_administrator_link
from trunkline.people.roles import SESSION_ONLY, Right
from trunkline.people.statements import QUERIES
from trunkline.servers import database_url
from trunkline.settings import Settings

_ACTOR = Actor(None, "trunkline", "command line")
_RETRY_SECONDS = 1.0

Login = Annotated[str, typer.Argument(help="The person's login.")]


def add_to(application: typer.Typer) -> None:
    """Add this module's groups of commands."""
    admin = typer.Typer(help="The first administrator.", no_args_is_help=True)
    admin.command("link")(admin_link)
    people = typer.Typer(help="Who may enter.", no_args_is_help=True)
    people.command("list")(list_people)
    people.command("link")(password_link)
    people.command("forget-second-factor")(forget_second_factor)
    token = typer.Typer(help="API tokens.", no_args_is_help=True)
    token.command("create")(create_token)
    token.command("list")(list_tokens)
    token.command("revoke")(revoke_token)
    application.add_typer(admin, name="admin")
    application.add_typer(people, name="people")
    application.add_typer(token, name="token")


async def tell_first_administrator(settings: Settings) -> None:
    """Print the link for the first administrator once the database is ready; nothing when there is one already.

    `trunkline serve` runs it beside its processes, for it must not wait for a database.
    """
    while True:
        try:
            connection = await connect(database_url(settings))
            try:
                if not await pending(connection):
                    link = await first_administrator_link(connection, settings.public_url, _now())
                    if link is not None:
                        typer.echo(
                            f"Nobody can sign in yet. The first administrator begins here, within a day:\n{link}"
                        )
                    return
            finally:
                await connection.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pass  # the supervisor tells of a database that does not answer
        await asyncio.sleep(_RETRY_SECONDS)


def admin_link(config: Config = None) -> None:
    """Make the one-time link for the first administrator; the one made before stops working."""
    run(_admin_link(settings_of(config, level="warning")))


async def _admin_link(settings: Settings) -> None:
    async with database(settings) as pool, pool.acquire() as connection:
        link = await first_administrator_link(connection, settings.public_url, _now())
    if link is None:
        fail("there is an administrator already; `trunkline people link LOGIN` makes him a new password link")
    typer.echo(link)


def list_people(
    search: Annotated[str, typer.Argument(help="Part of a name or login, or an extension.")] = "",
    config: Config = None,
) -> None:
    """List people with login and role."""
    run(_list_people(settings_of(config, level="warning"), search))


async def _list_people(settings: Settings, search: str) -> None:
    table = Table("login", "name", "role", "extension", "department", "state", box=None)
    async with database(settings, asks=True) as pool, pool.acquire() as connection:
        for person in await store.people(connection, search, limit=1000):
            state = "left" if not person.active else "" if person.has_password or not person.login else "no password"
            cells = (person.login, person.name, person.role, person.extension, person.department, state)
            table.add_row(*(cell or "" for cell in cells))
    Console().print(table)


def password_link(login: Login, config: Config = None) -> None:
    """Make a one-time link by which a person chooses a new password; it works for two days."""
    typer.echo(run(_password_link(settings_of(config, level="warning"), login)))


async def _password_link(settings: Settings, login: str) -> str:
    async with database(settings) as pool, pool.acquire() as connection, connection.transaction():
        person = await _person_of(connection, login)
        return await store.password_link(connection, person, settings.public_url, _ACTOR, _now())


def forget_second_factor(login: Login, config: Config = None) -> None:
    """Turn a person's second factor off, when phone and recovery codes are lost; his sessions end."""
    run(_forget_second_factor(settings_of(config, level="warning"), login))


async def _forget_second_factor(settings: Settings, login: str) -> None:
    async with database(settings) as pool, pool.acquire() as connection, connection.transaction():
        person = await _person_of(connection, login)
        await totp.drop(connection, person)
        await sessions.end_sessions(connection, person)
        await record(connection, _ACTOR, Deed("person.totp_off", "person", str(person)), _now())


def create_token(
    name: Annotated[str, typer.Argument(help="Which program it is for.")],
    owner: Annotated[str, typer.Option(help="Login of the person whose rights and scope it has at most.")],
    right: Annotated[list[str], typer.Option("--right", help="What it may do, e.g. calls.read; repeat for more.")],
    days: Annotated[int, typer.Option(min=1, max=tokens.MAX_DAYS, help="After so many days it stops working.")] = 90,
    config: Config = None,
) -> None:
    """Make an API token and print it: this is the only time it can be read."""
    typer.echo(run(_create_token(settings_of(config, level="warning"), name, owner, right, days)))


async def _create_token(settings: Settings, name: str, owner: str, names: list[str], days: int) -> str:
    rights, now = _rights(names), _now()
    async with database(settings) as pool, pool.acquire() as connection, connection.transaction():
        person = await _person_of(connection, owner)
        token = await tokens.make_token(connection, person, name, rights, now + timedelta(days=days), now)
        after = {"name": name, "owner": owner, "rights": sorted(rights), "days": days}
        await record(connection, _ACTOR, Deed("token.made", "token", token.split("_", 2)[1], after=after), now)
    return token


def list_tokens(config: Config = None) -> None:
    """List API tokens, the live ones first; secrets cannot be shown again."""
    run(_list_tokens(settings_of(config, level="warning")))


async def _list_tokens(settings: Settings) -> None:
    table = Table("id", "name", "owner", "rights", "ends", "last used", "state", box=None)
    async with database(settings, asks=True) as pool, pool.acquire() as connection:
        for token in await tokens.tokens(connection):
            state = "revoked" if token.revoked_at else "expired" if token.expires_at <= _now() else ""
            used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never"
            ends, rights = f"{token.expires_at:%Y-%m-%d}", ", ".join(token.rights)
            table.add_row(token.id, token.name, token.owner, rights, ends, used, state)
    Console().print(table)


def revoke_token(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="The part between `tl_` and the secret.")],
    config: Config = None,
) -> None:
    """End a token now."""
    run(_revoke_token(settings_of(config, level="warning"), identifier))


async def _revoke_token(settings: Settings, identifier: str) -> None:
    async with database(settings) as pool, pool.acquire() as connection, connection.transaction():
        if not await tokens.revoke_token(connection, identifier, _now()):
            raise NotFound(f"there is no live token {identifier}; `trunkline token list` shows them")
        await record(connection, _ACTOR, Deed("token.revoked", "token", identifier), _now())


async def _person_of(connection: Connection, login: str) -> UUID:
    row = await connection.fetchrow(QUERIES["find_by_login"], login.lower())
    if row is None:
        raise NotFound(f"nobody has the login {login}; `trunkline people list` shows them")
    person: UUID = row["id"]
    return person


def _rights(names: list[str]) -> frozenset[Right]:
    known = {right.value: right for right in Right if right not in SESSION_ONLY}
    if unknown := [name for name in names if name not in known]:
        raise InvalidInput(Mistake("--right", f"no such right: {', '.join(unknown)}; there are {', '.join(known)}"))
    return frozenset(known[name] for name in names)


def _now() -> datetime:
    return datetime.now(UTC)
