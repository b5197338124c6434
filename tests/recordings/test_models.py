"""Models: installed whole or not at all, with checksums, whatever an archive tries."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from recordings.speech.archives import BadModel
from recordings.speech.installing import install
from recordings.speech.models import digest_of, faults, installed, usable, why_none

FILES = {"am/final.mdl": b"sounds", "conf/mfcc.conf": b"--num-ceps=40\n", "README": b"a model"}


def folder(path: Path, files: dict[str, bytes] = FILES) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


T_ONE = {"model.onnx": b"weights", "config.json": b'{"decoder_params": {}}'}


def tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def within(files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"vosk-model-small-ru-0.22/{name}": content for name, content in files.items()}


@pytest.mark.parametrize(
    "source",
    [
        lambda path: folder(path / "source"),
        lambda path: tar(path / "model.tar.gz", FILES),
        lambda path: tar(path / "model.tar.gz", within(FILES)),
        lambda path: zipped(path / "model.zip", within(within(FILES))),
    ],
)
def test_a_model_is_installed_from_a_folder_or_an_archive(tmp_path: Path, source: Callable[[Path], Path]) -> None:
    models = tmp_path / "models"

    model = install(models, "vosk-model-small-ru-0.22", source(tmp_path))

    assert (model.engine, model.language, set(model.manifest.files)) == ("vosk", "ru", set(FILES))
    assert installed(models) == [model]
    assert usable(models, "") == model
    assert faults(model) == []
    assert [path.name for path in models.iterdir()] == [model.name]


@pytest.mark.parametrize(
    ("name", "language", "known"),
    [("t-one", None, "ru"), ("mine", None, "ru"), ("mine", "", ""), ("mine-kk", None, "kk")],
)
def test_one_of_onnx_asr_is_known_by_its_files(tmp_path: Path, name: str, language: str | None, known: str) -> None:
    source = tar(tmp_path / "model.tar.gz", within(T_ONE))

    model = install(tmp_path / "models", name, source, language=language)

    assert (model.engine, model.language, set(model.manifest.files)) == ("onnx", known, set(T_ONE))


def test_what_was_changed_or_lost_is_told(tmp_path: Path) -> None:
    model = install(tmp_path / "models", "mine", folder(tmp_path / "source"))
    (model.folder / "am/final.mdl").write_bytes(b"Sounds")
    (model.folder / "README").unlink()

    assert faults(model) == ["README is missing", "am/final.mdl is not what was installed: its SHA-256 differs"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (lambda path: tar(path / "m.tar", {**FILES, "../evil": b"x"}), "leads out of the model's folder"),
        (lambda path: tar(path / "m.tar", {**FILES, "am/../../evil": b"x"}), "leads out of the model's folder"),
        (lambda path: tar(path / "m.tar", {**FILES, "/tmp/evil": b"x"}), "leads out of the model's folder"),
        (lambda path: zipped(path / "m.zip", {**FILES, "../evil": b"x"}), "leads out of the model's folder"),
        (lambda path: _with_link(path / "m.tar"), "is a link or a device"),
        (lambda path: tar(path / "m.tar", {"README": b"x"}), "holds no model of"),
        (lambda path: tar(path / "m.tar", {}), "holds no files"),
        (lambda path: folder(path / "m", {**T_ONE, "config.json": b"{}"}), "m: config.json does not tell what it is"),
        (lambda path: tar(path / "m.tar", {**T_ONE, "model.int8.onnx": b"x"}), "t-one-ctc, t-one-ctc int8; give the"),
        (lambda path: _cut(tar(path / "m.tar", FILES)), "damaged|neither"),
        (lambda path: folder(path, {"text": b"x"}) / "text", "neither a folder nor a tar nor a zip"),
    ],
)
def test_what_is_no_model_leaves_nothing(tmp_path: Path, source: Callable[[Path], Path], told: str) -> None:
    models = tmp_path / "deep" / "models"

    with pytest.raises(BadModel, match=told):
        install(models, "mine", source(tmp_path))

    assert installed(models) == []
    assert list(models.iterdir()) == []
    assert not list(tmp_path.rglob("evil"))


def _with_link(path: Path) -> Path:
    with tarfile.open(tar(path, {}), "w") as archive:
        link = tarfile.TarInfo("am/final.mdl")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return path


def _cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-30])
    return path


def test_an_archive_is_what_its_checksum_says(tmp_path: Path) -> None:
    source = tar(tmp_path / "m.tar", FILES)

    with pytest.raises(BadModel, match="is not what it should be: its SHA-256 is " + digest_of(source)):
        install(tmp_path / "models", "mine", source, sha256="0" * 64)
    assert install(tmp_path / "models", "mine", source, sha256=digest_of(source).upper()).name == "mine"
    with pytest.raises(BadModel, match="mine is installed already"):
        install(tmp_path / "models", "mine", source)


@pytest.mark.parametrize("name", ["../mine", "", "Mine", ".mine", "a/b"])
def test_a_name_is_one_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadModel, match="is no name of a model"):
        install(tmp_path / "models", name, folder(tmp_path / "source"))


def test_a_manifest_that_leads_elsewhere_is_none(tmp_path: Path) -> None:
    model = install(tmp_path / "models", "mine", folder(tmp_path / "source"))
    manifest = model.folder / "model.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"README"', b'"../../README"'))

    assert installed(tmp_path / "models") == []


def test_why_there_is_no_model_is_told(tmp_path: Path) -> None:
    assert "no speech model is installed: trunkline models install" in why_none(tmp_path, "")
    assert "no model mine is installed" in why_none(tmp_path, "mine")
