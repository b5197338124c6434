"""The command `trunkline` whole: the commands of the house, and those of the features."""

from calltracking.simulation import command as simulation
from crm_sync import command as crm
from recordings import models_command as models
from recordings import transcribe_command as transcribing
from recordings import wer_command as wer
from recordings.store_check import recordings
from router import command as trial
from router import hooks_command as hooks
from router.planning import command as plan
from trunkline.app import erase_command as erasing
from trunkline.cli import doctor
from trunkline.cli.main import application

trial.add_to(application)
hooks.add_to_pbx()
plan.add_to(application)
simulation.add_to(application)
transcribing.add_to(application)
models.add_to(application)
wer.add_to(application)
crm.add_to(application)
erasing.add_to(application)
doctor.add_to(application, [recordings])

__all__ = ["application", "main"]


def main() -> None:
    """Run it."""
    application()
