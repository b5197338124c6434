"""Installing a model: its files, looked over and counted into a manifest, appear whole or not at all."""

import os
import tempfile
from pathlib import Path

import msgspec

from recordings.speech.archives import BadModel, unpack
from recordings.speech.engines import ENGINES, ONNX, engine_of
from recordings.speech.known import KNOWN
from recordings.speech.models import LANGUAGE, MANIFEST, NAME, Manifest, Model, digest_of, installed
from recordings.speech.onnx_layouts import CONFIG, NoLayout, layout_of


def install(
    models: Path, name: str, source: Path, *, engine: str = "", language: str | None = None, sha256: str = ""
) -> Model:
    """Install `source` (a folder, a tar or a zip) as `name`; raises BadModel, OSError.

    With `sha256` an archive is checked before it is opened. `language` is ISO 639-1, empty for whatever is spoken.
    """
    if not NAME.fullmatch(name):
        raise BadModel(
            f"{name!r} is no name of a model: small letters, digits, dots and dashes, e.g. vosk-model-small-ru-0.22"
        )
    if any(model.name == name for model in installed(models)) or (models / name).exists():
        raise BadModel(f"{name} is installed already; remove {models / name} first")
    if language is not None and not LANGUAGE.fullmatch(language):
        raise BadModel(f"--language {language}: give two letters, e.g. ru")
    _compare(source, sha256)
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=".new-") as folder:
        fresh = Path(folder, "model")
        fresh.mkdir()
        names = unpack(source, fresh)
        kind = ENGINES.get(engine) or engine_of(names)
        if kind is None or (engine and not kind.fits(names)):
            raise BadModel(
                f"{source} holds no model of {engine or ' or '.join(ENGINES)}: its files are not those of one"
            )
        known = _only_language(source, names, fresh / CONFIG) if kind is ONNX else ""
        if language is None:
            language = KNOWN[name].language if name in KNOWN else _guessed(name) or known
        files = {file: digest_of(fresh / file) for file in sorted(names)}
        manifest = Manifest(name, kind.name, language, files)
        (fresh / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        os.replace(fresh, models / name)  # noqa: PTH105  (of a folder)
    return next(model for model in installed(models) if model.name == name)


def _compare(source: Path, sha256: str) -> None:
    if not sha256:
        return
    if not source.is_file():
        raise BadModel(f"--sha256 is of an archive; {source} is none")
    if digest_of(source) != sha256.lower():
        raise BadModel(f"{source} is not what it should be: its SHA-256 is {digest_of(source)}")


def _only_language(source: Path, names: list[str], config: Path) -> str:
    """What a model of onnx-asr hears where it hears but one; raises BadModel where these files are not one model's."""
    try:
        return layout_of(names, config.read_bytes() if config.name in names else b"").layout.language
    except NoLayout as error:
        raise BadModel(f"{source}: {error}") from error


def _guessed(name: str) -> str:
    """`ru` of vosk-model-small-ru-0.22."""
    return next((part for part in name.split("-") if part in _LANGUAGES), "")


_LANGUAGES = frozenset(("ar", "de", "en", "es", "fr", "it", "ja", "kk", "ko", "pt", "ru", "tr", "uk", "uz", "zh"))
