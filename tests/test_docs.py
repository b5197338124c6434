"""The docs say what the code does: reference pages, links, commands."""

import re
from functools import cache
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperCommand

from tests.reference import DOCS, PAGES
from trunkline.app.command import application
from trunkline.cli.main import made_by

ROOT = Path(__file__).parent.parent
_FOLDERS = (ROOT, DOCS, ROOT / "config", ROOT / "tests")
PAGES_WITH_LINKS = sorted(
    {
        page
        for folder in _FOLDERS
        for page in (folder.glob("*.md") if folder == ROOT else folder.rglob("*.md"))
        if "node_modules" not in page.parts
    }
)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_COMMAND = re.compile(r"`(?:\.venv/bin/)?trunkline ([a-z-]+)(?: ([a-z-]+))?")


@pytest.mark.parametrize("name", PAGES)
def test_reference_page_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run: python -m tests.reference"


@pytest.mark.parametrize("page", PAGES_WITH_LINKS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith(("http:", "https:", "mailto:"))]

    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES_WITH_LINKS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_exists(page: Path) -> None:
    known = commands()
    named = {f"{first} {second}".strip() for first, second in _COMMAND.findall(page.read_text(encoding="utf-8"))}

    assert {command for command in named if command not in known and command.split()[0] not in known} == set()


@cache
def commands() -> frozenset[str]:
    """Every command and group of the command line."""
    group = typer.main.get_command(application)
    names = set()
    for name, command in getattr(group, "commands", {}).items():
        names.add(name)
        names |= {f"{name} {inner}" for inner in getattr(command, "commands", {})}
    return frozenset(names)


def test_the_two_readmes_are_in_step() -> None:
    english, russian = (_outline(ROOT / name) for name in ("README.md", "README.ru.md"))

    assert russian == english


def _outline(page: Path) -> tuple[list[str], list[str], int]:
    """What does not depend on the language: where links lead, what stands first in the rows of tables, headings."""
    text = page.read_text(encoding="utf-8")
    links = [link for link in _LINK.findall(text) if not link.startswith("README")]
    firsts = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
    return links, [" ".join(re.findall(r"`[^`]+`|\d{4}", first)) for first in firsts], text.count("\n## ")


def test_every_command_has_help() -> None:
    group = typer.main.get_command(application)
    silent = [
        name
        for name, command in getattr(group, "commands", {}).items()
        if not (command.help or getattr(command, "short_help", ""))
    ]

    assert silent == []


def test_the_table_of_commands_says_what_each_command_says_of_itself() -> None:
    """The help is told from the table, without importing a command (trunkline/app/command.py)."""
    group = typer.main.get_command(application)
    told = {name: TyperCommand(name, help=place.help) for name, place in getattr(group, "places", {}).items()}
    made = dict(getattr(group, "commands", {}))

    assert {name: command.name for name, command in made.items()} == {name: name for name in told}
    for limit in (1000, 60):
        assert {name: command.get_short_help_str(limit) for name, command in told.items()} == {
            name: command.get_short_help_str(limit) for name, command in made.items()
        }


def test_every_command_that_a_module_adds_stands_in_the_table() -> None:
    group = typer.main.get_command(application)
    adders = {adder for place in getattr(group, "places", {}).values() for adder in place.adders}

    assert {name for adder in adders for name in made_by(adder)} == set(getattr(group, "commands", {}))
