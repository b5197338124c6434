"""`trunkline import numbering FILE…`."""

import datetime as dt
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from trunkline.cli.context import Config, database, run, settings_of
from trunkline.cli.importing import PROBLEMS_SHOWN, DryRun, Report, bar, problems_file, tell_problems
from trunkline.numbering.imports import NumberingOptions, NumberingReport, import_numbering, write_problems
from trunkline.numbering.region import YOUNG_DAYS
from trunkline.settings import Settings

Files = Annotated[
    list[Path],
    typer.Argument(exists=True, dir_okay=False, readable=True, help="DEF-9xx.csv, ABC-3xx.csv and the like."),
]
Dated = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="The day of the registry; default: when the file was changed."),
]
MayShrink = Annotated[bool, typer.Option("--may-shrink", help="Take a file of less than half the numbers known.")]


def add_to(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("numbering")(numbering)


def numbering(
    files: Files,
    date: Dated = None,
    dry_run: DryRun = False,
    may_shrink: MayShrink = False,
    report: Report = None,
    config: Config = None,
) -> None:
    """Bring in the registry of Russian numbering ranges; each file replaces what is known of its first digit."""
    settings = settings_of(config, level="warning")
    options = NumberingOptions(date.date() if date else None, dry_run, may_shrink)
    refused = run(_import(files, options, settings, report or problems_file(settings, "numbering")))
    raise typer.Exit(2 if refused else 0)


async def _import(files: list[Path], options: NumberingOptions, settings: Settings, report: Path) -> int:
    """Each file in turn, told as soon as it is done; returns how many lines were refused."""
    today = dt.datetime.now(UTC).date()
    taken: dict[str, str] = {}
    refused = 0
    async with database(settings, asks=options.dry_run) as pool:
        for file in files:
            with bar() as shown:
                task = shown.add_task(file.name, total=1.0)
                done = await import_numbering(pool, file, options, today, taken, _mover(shown, task))
            taken |= {digit.digit: file.name for digit in done.digits}
            refused += done.refused
            _tell(file, done)
            if done.problems:
                path = report if len(files) == 1 else report.with_name(f"{report.stem}-{file.stem}{report.suffix}")
                write_problems(path, done.problems)
                typer.echo(f"All {len(done.problems)} problems: {path}")
    return refused


def _mover(shown: Progress, task: TaskID) -> Callable[[float], None]:
    return lambda share: shown.update(task, completed=share)


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
    tell_problems(report.problems[:PROBLEMS_SHOWN], indent="  ")
