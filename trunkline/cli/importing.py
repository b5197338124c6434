"""What the commands of `trunkline import` share: their options, the bar, and how problems are told."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from trunkline.contacts.beating import Note, beating
from trunkline.contacts.imports import ImportOptions, ImportReport
from trunkline.contacts.imports import Progress as HowFar
from trunkline.contacts.rows import Problem
from trunkline.contacts.runs import IMPORT, Kind, fail_run, finish_run, start_run
from trunkline.db.types import Pool
from trunkline.settings import Settings

PROBLEMS_SHOWN: Final = 20
"""The rest is in the file of problems."""

FileToRead = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A .csv or .xlsx file.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would change, change nothing.")]
Report = Annotated[
    Path | None, typer.Option("--report", help="Where to write every problem as CSV; default: <data>/imports/.")
]

Source = Annotated[
    str, typer.Option("--source", help="Whose list this is; a later file of the same source is its next state.")
]
ReplaceSource = Annotated[
    bool, typer.Option("--replace-source", help="Take out what the source had before and this file no longer names.")
]


def problems_file(settings: Settings, name: str) -> Path:
    """Where the problems of an import that begins now go, unless `--report` says."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return settings.data_dir / "imports" / f"{name}-{stamp}-problems.csv"


def bar(*columns: ProgressColumn) -> Progress:
    """A bar on standard error, with `columns` of one's own."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        *columns,
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
    )


@contextmanager
def import_bar(file: Path) -> Iterator[Callable[[HowFar], None]]:
    """A bar for a file of contacts or spam numbers, moved by what is called with how far it is."""
    with bar(TextColumn("{task.fields[rows]} lines, {task.fields[refused]} refused")) as shown:
        task = shown.add_task(file.name, total=1.0, rows=0, refused=0)
        yield lambda far: shown.update(task, completed=far.done, rows=far.rows, refused=far.refused)


def tell_import(report: ImportReport, options: ImportOptions) -> None:
    """What a file of contacts or spam numbers did, or would have done."""
    would = "would have been " if report.dry_run else ""
    stored = report.stored
    typer.echo(
        f"{report.source}: {stored.added} {would}added, {stored.changed} {would}changed, "
        f"{stored.unchanged} unchanged, {report.removed} {would}removed, "
        f"{report.refused} lines refused; {report.seconds:.1f} s"
    )
    if report.joined:
        typer.echo(f"{report.joined} lines {would}joined with others: each is the person of another line")
    if report.ignored_columns:
        typer.echo(f"Columns not used: {', '.join(report.ignored_columns)}")
    tell_problems(report.problems[:PROBLEMS_SHOWN])
    if report.problem_count:
        typer.echo(f"All {report.problem_count} problems: {options.report_path}")


def tell_problems(problems: Iterable[Problem], indent: str = "") -> None:
    """A line each: where, and what would be right."""
    for problem in problems:
        column = f", {problem.column}" if problem.column else ""
        typer.echo(f"{indent}line {problem.line}{column}: {problem.message}")


async def recorded(pool: Pool, file: Path, kind: Kind, options: ImportOptions, node: str, note: Note) -> ImportReport:
    """An import that has its row, as those of the pages have."""
    assert options.run is not None
    async with pool.acquire() as connection:
        await start_run(connection, options.run, kind, options, file_name=file.name[:200], person=None, node=node)
    try:
        async with beating(pool, options.run) as beat:

            def both(progress: HowFar) -> None:
                beat(progress)
                note(progress)

            report = await IMPORT[kind](pool, file, options, both)
    except BaseException as error:
        await fail_run(pool, options.run, str(error) or "Trunkline was stopped")
        raise
    await finish_run(pool, options.run, report)
    return report
