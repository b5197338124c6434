"""The command `trunkline` whole: the commands of the house, and those of the features."""

from typing import ClassVar

from trunkline.cli.main import Commands, Place, application_of


def _at(help_line: str, *adders: str) -> Place:
    return Place(adders, help_line)


class _Ours(Commands):
    """In the order in which the help tells them; `tests/test_docs.py` holds each line to what the command says."""

    places: ClassVar = {
        "serve": _at(
            "Run Trunkline: its servers (unless settings name others) and its processes, until Ctrl-C or SIGTERM.",
            "trunkline.cli.serve:add_to",
        ),
        "migrate": _at("Bring the database to this version's schema.", "trunkline.cli.serve:add_to"),
        "check-config": _at(
            "Read the settings and say what is wrong with them, all of it.", "trunkline.cli.serve:add_to"
        ),
        "version": _at("Print the version.", "trunkline.cli.serve:add_to"),
        "backup": _at(
            "Write everything in the database to one file, while Trunkline runs or not.",
            "trunkline.app.backup_command:add_to",
        ),
        "restore": _at("Fill the database from a backup.", "trunkline.app.backup_command:add_to"),
        "demo": _at(
            "Serve a demo company: 8 departments, 75 staff, 14,500 contacts, 75,000 spam numbers, 130 lines.",
            "trunkline.app.demo_command:add_to",
        ),
        "why": _at("Tell why a call went where it went.", "trunkline.cli.why:add_to"),
        "test-call": _at("Tell where a call would go and why.", "router.command:add_to"),
        "transcribe": _at("Write down what FILE says.", "recordings.transcribe_command:add_to"),
        "wer": _at("Tell the word error rate of a model, for each file and in all.", "recordings.wer_command:add_to"),
        "erase": _at(
            "Erase a telephone number and what is linked to it everywhere; there is no way back but a backup.",
            "trunkline.app.erase_command:add_to",
        ),
        "doctor": _at(
            "Look at this installation and say what is wrong, and what would put it right.",
            "trunkline.app.doctor_command:add_to",
        ),
        "pbx": _at("PBXs: add one, list them, check one.", "trunkline.cli.pbx:add_to", "router.hooks_command:add_to"),
        "admin": _at("The first administrator.", "trunkline.cli.people:add_to"),
        "people": _at("Who may enter.", "trunkline.cli.people:add_to"),
        "token": _at("API tokens.", "trunkline.cli.people:add_to"),
        "import": _at(
            "Bring contacts, spam numbers, lines, records, numbering ranges or calendars in from files.",
            "trunkline.cli.imports:add_to",
        ),
        "export": _at("Files for others to read.", "trunkline.cli.export:add_to"),
        "plan": _at("The routing plan as a file: export, check, import.", "router.planning.command:add_to"),
        "simulate": _at(
            "Play made-up traffic with a known truth, and score what we would have said.",
            "calltracking.simulation.command:add_to",
        ),
        "models": _at("Speech models: what recordings are written down with.", "recordings.models_command:add_to"),
        "crm": _at("CRMs: list them, check one, compare calls with one.", "crm_sync.command:add_to"),
    }


application = application_of(_Ours)

__all__ = ["application", "main"]


def main() -> None:
    """Run it."""
    application()
