"""`trunkline doctor`."""

from collections.abc import Sequence

import typer
from rich.console import Console

from trunkline.cli.context import Config, run, settings_of
from trunkline.doctor import Check, Finding, examine


def add_to(application: typer.Typer, more: Sequence[Check] = ()) -> None:
    """Add this module's command; `more` is what the features look at."""

    @application.command("doctor")
    def doctor(config: Config = None) -> None:
        """Look at this installation and say what is wrong, and what would put it right. Ends with 1 if anything is.

        A `note` is advice: nothing is broken without it, and it ends with 0.
        """
        _tell(run(examine(settings_of(config, level="error"), more)))


def _tell(findings: Sequence[Finding]) -> None:
    console = Console(highlight=False)
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark = "[green]ok[/]  " if finding.well else "[yellow]note[/]" if finding.advice else "[red]LOOK[/]"
        console.print(f"{mark}  {finding.name:<{width}}  {finding.message}", soft_wrap=True)
        if not finding.well:
            console.print(f"      {'':<{width}}  → {finding.remedy}", soft_wrap=True)
    if not all(finding.well or finding.advice for finding in findings):
        raise typer.Exit(1)
