"""`trunkline wer`: how well a model writes down one's own calls, of which somebody wrote down what was said."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from recordings.transcribe_command import chosen_model, written_down
from recordings.wer import Errors
from trunkline.cli.context import Config, fail, read_text, run, settings_of


def add_to(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command()(wer)


def wer(
    folder: Annotated[Path, typer.Argument(help="A folder with x.wav and x.txt, what is said in it, for each call.")],
    *,
    model: Annotated[str, typer.Option(help="A name of `trunkline models`; the one that is used when left out.")] = "",
    config: Config = None,
) -> None:
    """Tell the word error rate of a model, for each file and in all. Marks, case and ё are not compared."""
    settings = settings_of(config, level="warning")
    chosen = chosen_model(settings, model)
    whole = Errors(0, 0)
    for sound, reference in _pairs(folder):
        transcript = run(written_down(chosen, sound.resolve(), lambda _heard, _whole: None))
        errors = Errors.between(
            read_text(reference, "FOLDER"), " ".join(piece.text for piece in transcript.pieces)
        )  # fmt: skip
        whole += errors
        typer.echo(_line(sound.name, errors))
    typer.echo(_line(f"in all, {chosen.name}", whole))


def _pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Each sound with its text; says which file has no other, and ends the command where no two belong together."""
    if not folder.is_dir():
        fail(f"{folder}: there is no such folder")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    texts = {path.stem: path for path in files if path.suffix == ".txt"}
    sounds = {path.stem: path for path in reversed(files) if path.suffix != ".txt"}
    for stem in sorted(texts.keys() - sounds.keys()):
        typer.echo(f"{texts[stem].name} is left out: there is no sound beside it, {stem}.wav", err=True)
    for stem in sorted(sounds.keys() - texts.keys()):
        typer.echo(f"{sounds[stem].name} is left out: put what is said in it into {stem}.txt beside it", err=True)
    both = sorted(texts.keys() & sounds.keys())
    if not both:
        fail(f"{folder} holds no sound with its text: put what is said in x.wav into x.txt beside it")
    for stem in both:
        yield sounds[stem], texts[stem]


def _line(what: str, errors: Errors) -> str:
    return f"{what}: {100 * errors.rate:.1f} % ({errors.wrong} of {errors.said} words)"
