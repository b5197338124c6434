"""`trunkline demo` with the CRM that its company has."""

import typer

from crm_sync.generic.demo import join
from trunkline.cli import demo


def add_to(application: typer.Typer) -> None:
    """Add this module's command."""
    demo.add_to(application, join)
