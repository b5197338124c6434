"""`trunkline doctor` with what the features look at."""

import typer

from recordings.store_check import recordings
from trunkline.cli import doctor
from trunkline.reports.standby_check import reports_standby


def add_to(application: typer.Typer) -> None:
    """Add this module's command."""
    doctor.add_to(application, [reports_standby, recordings])
