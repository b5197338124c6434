"""The command `trunkline` but for the commands of features, which `trunkline/app/command.py` adds."""

from typing import Any

import typer
from typer.core import TyperGroup

from trunkline.cli import backup, demo, export, imports, pbx, people, serve, why


class Commands(TyperGroup):
    """The commands; what was written wrongly is told without the word that pydantic, which typer asks, puts before."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command named."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


application = typer.Typer(
    name="trunkline",
    cls=Commands,
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
export.add_to(application)
