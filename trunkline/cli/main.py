"""The command `trunkline` but for the commands of features, which `trunkline/app/command.py` adds."""

import typer

from trunkline.cli import backup, demo, doctor, export, imports, pbx, people, serve, why

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
imports.add_to(application)
doctor.add_to(application)
export.add_to(application)
