"""The command `trunkline`."""

import typer

from trunkline.cli import backup, demo, doctor, imports, pbx, people, serve, trial, why

application = typer.Typer(
    name="trunkline",
    help="The self-hosted telephony core: where a call goes, what a number is worth, what was said.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
serve.add_to(application)
pbx.add_to(application)
people.add_to(application)
backup.add_to(application)
demo.add_to(application)
why.add_to(application)
trial.add_to(application)
imports.add_to(application)
doctor.add_to(application)


def main() -> None:
    application()
