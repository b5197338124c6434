"""`trunkline models`: which speech models are installed, whether they are whole, and installing one."""

from pathlib import Path
from typing import Annotated

import typer

from recordings.speech.archives import BadModel
from recordings.speech.engines import ENGINES
from recordings.speech.installing import install as install_model
from recordings.speech.known import KNOWN
from recordings.speech.models import Model, faults, installed, usable
from trunkline.cli.context import Config, fail, settings_of

app = typer.Typer(help="Speech models: what recordings are written down with.", invoke_without_command=True)


def add_to(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.add_typer(app, name="models")


@app.callback()
def models(context: typer.Context, config: Config = None) -> None:
    """Speech models: what recordings are written down with. Lists them where no command is given."""
    if context.invoked_subcommand is None:
        show(config)


@app.command("list")
def show(config: Config = None) -> None:
    """Tell which are installed, which is used, and what is known of others."""
    settings = settings_of(config, level="warning")
    there = installed(settings.models_dir)
    used = usable(settings.models_dir, settings.recordings.text_model)
    typer.echo(f"Installed in {settings.models_dir}:" if there else f"None is installed in {settings.models_dir}.")
    for model in there:
        typer.echo(f"  {_line(model)}{', used' if used is not None and used.name == model.name else ''}")
        if model.lacks:
            typer.echo(f"    its engine is not installed: {model.lacks}")
    typer.echo("Known, to be downloaded by you and installed with `trunkline models install NAME --from FILE`:")
    names = {model.name for model in there}
    for name, known in KNOWN.items():
        if name not in names:
            typer.echo(f"  {name} ({known.engine}, {known.language or 'many languages'}): {known.what}; {known.where}")


@app.command()
def check(name: Annotated[str, typer.Argument(help="Which; all when left out.")] = "", config: Config = None) -> None:
    """Read every file of the models and compare its checksum. Ends with status 1 where one differs."""
    settings = settings_of(config, level="warning")
    chosen = [model for model in installed(settings.models_dir) if name in {"", model.name}]
    if not chosen:
        fail(f"no model {name or 'at all'} is installed in {settings.models_dir}")
    wrong = {model.name: faults(model) for model in chosen}
    for model in chosen:
        typer.echo(f"{model.name}: {'; '.join(wrong[model.name]) or f'all {len(model.manifest.files)} files are well'}")
    if any(wrong.values()):
        raise typer.Exit(1)


@app.command()
def install(
    name: Annotated[str, typer.Argument(help="What it is called from now on, e.g. vosk-model-small-ru-0.22.")],
    *,
    source: Annotated[Path, typer.Option("--from", help="The folder, the zip or the tar that holds it.", exists=True)],
    sha256: Annotated[str, typer.Option("--sha256", help="What the archive's SHA-256 has to be, in hex.")] = "",
    engine: Annotated[str, typer.Option("--engine", help="Whose model it is; told by its files when left out.")] = "",
    language: Annotated[
        str | None, typer.Option("--language", help="ISO 639-1; told by its name when left out, empty for any.")
    ] = None,
    config: Config = None,
) -> None:
    """Install a model from a folder or an archive. Nothing is downloaded."""
    settings = settings_of(config, level="warning")
    if engine and engine not in ENGINES:
        fail(f"--engine {engine}: there are {', '.join(ENGINES)}")
    try:
        model = install_model(settings.models_dir, name, source, engine=engine, language=language, sha256=sha256)
    except BadModel as error:
        fail(error)
    except OSError as error:
        fail(f"{error.filename or settings.models_dir}: {error.strerror}")
    typer.echo(f"Installed {_line(model)}")
    if model.lacks:
        typer.echo(f"Its engine is not installed yet: {model.lacks}")


def _line(model: Model) -> str:
    return f"{model.name}: {model.engine}, {model.language or 'any language'}, {model.size / 1e6:.0f} MB"
