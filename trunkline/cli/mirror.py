"""`trunkline import records ENTITY FILE`: what CRMs and 1C know, from files."""

from pathlib import Path
from typing import Annotated

import typer

from trunkline.cli.context import Config, database, run, settings_of
from trunkline.cli.importing import bar
from trunkline.mirror.entities import ENTITIES
from trunkline.mirror.imports import MirrorReport, entity_named, import_file
from trunkline.settings import Settings


def add_to(application: typer.Typer) -> None:
    """Add this module's command to the group `import`."""
    application.command("records")(records)


def records(
    entity: Annotated[str, typer.Argument(help=f"One of {', '.join(ENTITIES)}.")],
    file: Annotated[Path, typer.Argument(help="CSV or XLSX; columns: docs/mirror.md.", exists=True, dir_okay=False)],
    source: Annotated[str, typer.Option(help="Where the records come from; ids count within it.")] = "import",
    whole: Annotated[
        bool, typer.Option("--whole", help="Debts only: what the file does not name is paid.", show_default=False)
    ] = False,
    config: Config = None,
) -> None:
    """Import companies, leads, deals, orders, invoices, payments or debts; the same file twice changes nothing.

    Ends with 2 where a record was refused.
    """
    settings = settings_of(config, level="warning")
    report = run(_records(settings, entity, file, source, whole=whole))
    typer.echo(
        f"{report.entity}: {report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged, "
        f"{report.removed:,} removed, {report.refused:,} refused."
    )
    for problem in report.problems[:20]:
        typer.echo(f"  line {problem.line}: {problem.field} {problem.message}")
    if report.problem_count > 20:
        typer.echo(f"  … and {report.problem_count - 20:,} more")
    raise typer.Exit(2 if report.refused else 0)


async def _records(settings: Settings, name: str, file: Path, source: str, *, whole: bool) -> MirrorReport:
    entity = entity_named(name)
    async with database(settings) as pool:
        with bar() as shown:
            task = shown.add_task(file.name, total=1.0)
            return await import_file(
                pool, file, entity, source, whole=whole, progress=lambda done: shown.update(task, completed=done)
            )
