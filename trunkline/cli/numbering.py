"""`trunkline import numbering FILE…`."""

import datetime as dt
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from trunkline.cli.context import Config, database, run, settings_of
from trunkline.numbering.imports import NumberingOptions, NumberingReport, import_numbering, write_problems
from trunkline.numbering.region import YOUNG_DAYS
from trunkline.settings import Settings

_PROBLEMS_SHOWN = 20

Files = Annotated[
    list[Path],
    typer.Argument(exists=True, dir_okay=False, readable=True, help="DEF-9xx.csv, ABC-3xx.csv and the like."),
]
Dated = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="The day of the registry; default: when the file was changed."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would change, change nothing.")]
MayShrink = Annotated[bool, typer.Option("--may-shrink", help="Take a file of less than half the numbers known.")]
Reports = Annotated[
    Path | None, typer.Option("--report", help="Where to write every problem as CSV; default: <data>/imports/.")
]


def add_to(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("numbering")(numbering)


def numbering(
    files: Files,
    date: Dated = None,
    dry_run: DryRun = False,
    may_shrink: MayShrink = False,
    report: Reports = None,
    config: Config = None,
) -> None:
    """Bring in the registry of Russian numbering ranges; each file replaces what is known of its first digit."""
    settings = settings_of(config, level="warning")
    options = NumberingOptions(date.date() if date else None, dry_run, may_shrink)
    if report is None:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        report = settings.data_dir / "imports" / f"numbering-{stamp}-problems.csv"
    refused = run(_import(files, options, settings, report))
    raise typer.Exit(2 if refused else 0)


async def _import(files: list[Path], options: NumberingOptions, settings: Settings, report: Path) -> int:
    """Each file in turn, told as soon as it is done; returns how many lines were refused."""
    today = dt.datetime.now(UTC).date()
    taken: dict[str, str] = {}
    refused = 0
    async with database(settings, asks=options.dry_run) as pool:
        for file in files:
            with _bar() as bar:
                task = bar.add_task(file.name, total=1.0)
                done = await import_numbering(pool, file, options, today, taken, _mover(bar, task))
            taken |= {digit.digit: file.name for digit in done.digits}
            refused += done.refused
            _tell(file, done)
            if done.problems:
                path = report if len(files) == 1 else report.with_name(f"{report.stem}-{file.stem}{report.suffix}")
                write_problems(path, done.problems)
                typer.echo(f"All {len(done.problems)} problems: {path}")
    return refused


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
    )


def _mover(bar: Progress, task: TaskID) -> Callable[[float], None]:
    return lambda share: bar.update(task, completed=share)


def _tell(file: Path, report: NumberingReport) -> None:
    would = "would be " if report.dry_run else ""
    age = (dt.datetime.now(UTC).date() - report.dated).days
    typer.echo(
        f"{file.name}: registry of {report.dated} ({age} days old), {report.lines:,} lines, {report.refused} refused"
    )
    for digit in report.digits:
        before = f"before: {digit.dated_before}" if digit.dated_before else "not known before"
        typer.echo(
            f"  +7 {digit.digit}xx: {digit.ranges:,} ranges, {digit.numbers:,} numbers; "
            f"{digit.added:,} {would}new, {digit.removed:,} {would}gone; {before}"
        )
    if age >= YOUNG_DAYS:
        typer.echo(f"  It is over {YOUNG_DAYS} days old: a number in none of its ranges will not count as suspicious.")
    for problem in report.problems[:_PROBLEMS_SHOWN]:
        column = f", {problem.column}" if problem.column else ""
        typer.echo(f"  line {problem.line}{column}: {problem.message}")
