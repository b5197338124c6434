"""docs/accuracy.md prints what the command prints: its small table, made again here."""

from pathlib import Path

from typer.testing import CliRunner

from trunkline.app.command import application

PAGE = Path(__file__).parents[3] / "docs" / "accuracy.md"
COMMAND = "simulate calltracking --numbers 20 --seeds 6 --days 2 --markdown"


def test_the_small_table_is_what_the_command_prints() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text.split("test_accuracy_page.py -->\n")[1].split("<!-- /tiny -->")[0]

    assert COMMAND in text.replace("\n", " ")
    assert CliRunner().invoke(application, COMMAND.split()).output == table, "run: trunkline " + COMMAND
