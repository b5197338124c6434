"""What the commands of `trunkline import` share: their options, the bar, and how problems are told."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from trunkline.contacts.rows import Problem
from trunkline.settings import Settings

PROBLEMS_SHOWN: Final = 20
"""The rest is in the file of problems."""

FileToRead = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A .csv or .xlsx file.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would change, change nothing.")]
Report = Annotated[
    Path | None, typer.Option("--report", help="Where to write every problem as CSV; default: <data>/imports/.")
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


def tell_problems(problems: Iterable[Problem], indent: str = "") -> None:
    """A line each: where, and what would be right."""
    for problem in problems:
        column = f", {problem.column}" if problem.column else ""
        typer.echo(f"{indent}line {problem.line}{column}: {problem.message}")
