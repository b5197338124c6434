"""The group `trunkline`: its commands stand in a table, and only the one that is asked for is imported.

Importing all takes a processor over a second, and every start of `trunkline serve` would wait for it.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, cast

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is made: functions, as `module:function`, that add it to a Typer; and how the help tells it."""

    adders: tuple[str, ...]
    help: str


class Commands(TyperGroup):
    """The commands; what was written wrongly is told without the word that pydantic, which typer asks, puts before."""

    places: ClassVar[Mapping[str, Place]]

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Imported(self.places)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  (typer's way to ask)
        """Their names, without importing one."""
        return list(self.places)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Tell of each as typer would, but from the table."""
        limit = formatter.width - 6 - max(map(len, self.places))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, TyperCommand(name, help=place.help).get_short_help_str(limit))
                    for name, place in self.places.items()
                ]
            )

    def invoke(self, ctx: Any) -> Any:
        """Run the command named."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


class _Imported(MutableMapping[str, Any]):
    """Commands by their names, each imported when it is first taken out."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places
        self._taken: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._taken:
            self._taken |= made_by(*self._places[name].adders)
        return self._taken[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._taken[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name} is a command for as long as the table has it")

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def made_by(*adders: str) -> Mapping[str, Any]:
    """The commands that `adders` (`module:function`) add, by their names."""
    part = application_of(TyperGroup)
    for adder in adders:
        module, _, function = adder.partition(":")
        getattr(import_module(module), function)(part)
    return cast("TyperGroup", typer.main.get_command(part)).commands


def application_of(group: type[TyperGroup]) -> typer.Typer:
    """An application whose commands are those of `group`, and what is added to it."""
    return typer.Typer(
        name="trunkline",
        cls=group,
        # A function makes typer take it for a group, whatever is added.
        callback=lambda: None,
        help="The self-hosted telephony core: where a call goes, what a number is worth, what was said.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
