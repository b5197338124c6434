"""onnx-asr: what its own models' files hear is written down, with times, as by onnx-asr called directly.

The models hear tones (tests/e2e/whistling.py): a published one is in no package.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recordings.policy import Rule
from recordings.speech.installing import install
from recordings.speech.models import Model
from recordings.speech.port import STEP_SECONDS
from recordings.speech.transcriber import NotWrittenDown, Transcriber
from recordings.transcript import Transcript, Word
from recordings.transcripts import read_transcript
from recordings.writing_down import WritingDown
from tests.e2e.speech import samples
from tests.recordings.conftest import Studio, studio
from trunkline.jobs.queue import PgQueuerJobs

pytest.importorskip("onnx", reason="the engines come with the tests of speech: make test-asterisk")
from tests.e2e.whistling import GIGAAM, KALDI, T_ONE, gigaam, t_one, wav, whistle, zipformer

__all__ = ["studio"]
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

_FRAME = 0.06
"""Seconds: the models tell a moment every 30 or 40 ms."""
_SAID = "река не дома"


@pytest.fixture
async def transcriber() -> AsyncIterator[Transcriber]:
    async with Transcriber() as children:
        yield children


def installed(place: Path, name: str, build: Callable[[Path], Path] = t_one) -> Model:
    source = place / f"{name}-source"
    source.mkdir()
    return install(place / "models", name, build(source), language="uk" if name == "zipformer" else None)


def words_of(transcript: Transcript, side: int | None) -> list[Word]:
    return [word for piece in transcript.pieces if piece.side == side for word in piece.words]


def assert_said(heard: Sequence[Word], said: Sequence[tuple[str, float, float]]) -> None:
    """Every word, where it is in the sound."""
    assert [word.text for word in heard] == [text for text, _, _ in said]
    for word, (_, begin, end) in zip(heard, said, strict=True):
        assert abs(word.start - begin) <= _FRAME
        assert abs(word.end - end) <= _FRAME
        assert 0.5 < word.sure <= 1


@pytest.mark.parametrize(
    ("name", "build", "pitch", "rate", "language"),
    [
        ("t-one", t_one, T_ONE, 8000, "ru"),
        ("gigaam-v3-ctc", gigaam, GIGAAM, 16000, "ru"),
        ("gigaam-int8", lambda folder: gigaam(folder, ".int8"), GIGAAM, 16000, "ru"),
        ("zipformer", zipformer, KALDI, 16000, "uk"),
    ],
)
async def test_each_kind_of_model_tells_words_and_times(
    tmp_path: Path,
    transcriber: Transcriber,
    name: str,
    build: Callable[[Path], Path],
    pitch: Sequence[float],
    rate: int,
    language: str,
) -> None:
    model = installed(tmp_path, name, build)
    sound, said = whistle(_SAID, pitch, rate)
    file = wav(tmp_path / "call.wav", rate, sound)

    first, second = [await transcriber.write_down(model, file, file.name, 1) for _ in range(2)]

    assert (first.engine, first.language) == ("onnx", language)
    assert_said(words_of(first, None), said)
    assert first == second


async def test_both_sides_from_the_pbx_s_file_to_text_as_onnx_asr_hears_them(
    studio: Studio, tmp_path: Path, transcriber: Transcriber
) -> None:
    model = installed(tmp_path, "t-one")
    left, right = (whistle(text, T_ONE, 8000) for text in ("анна дома", "не река а море"))
    wav(studio.monitor / "call.wav", 8000, left[0], right[0])
    studio.pipeline = replace(studio.pipeline, rules=(Rule.read("all least=1"),))
    one = await studio.worked("call.wav")
    jobs, workshop = PgQueuerJobs(studio.pool, None), studio.pipeline.workshop
    job = WritingDown(studio.pool, studio.vault, transcriber, tmp_path / "models", "t-one", workshop, jobs)
    await job.transcribe(one.id.bytes)
    async with studio.pool.acquire() as connection:
        transcript = await read_transcript(connection, one.id)

    assert transcript is not None
    for side, (_, said) in enumerate((left, right)):
        assert_said(words_of(transcript, side), said)
        direct = _direct(model.folder, samples(studio.kept / one.key, side, 8000))
        assert direct.text == " ".join(word.text for word in words_of(transcript, side))


def _direct(folder: Path, sound: bytes) -> Any:
    """onnx-asr's own example."""
    import numpy as np  # noqa: PLC0415  (only the e2e tests have them)
    import onnx_asr  # noqa: PLC0415  (as above)

    model = onnx_asr.load_model("t-one-ctc", folder).with_timestamps()
    return model.recognize((np.frombuffer(sound, np.int16) / 32768).astype(np.float32), sample_rate=8000)


async def test_long_sound_is_heard_in_pieces_without_a_seam(tmp_path: Path, transcriber: Transcriber) -> None:
    model = installed(tmp_path, "t-one")
    sound, said = whistle(" ".join([_SAID] * 27), T_ONE, 8000)
    assert len(sound) / 8000 > STEP_SECONDS + 20
    file = wav(tmp_path / "call.wav", 8000, sound)
    told: list[float] = []

    transcript = await transcriber.write_down(model, file, file.name, 1, told.append)

    assert_said(words_of(transcript, None), said)
    assert told[-1] == pytest.approx(len(sound) / 8000)
    assert len(told) == 2


@pytest.mark.parametrize("seconds", [0.0005, 0.3])
async def test_in_the_shortest_sound_and_in_silence_nothing_is_heard(
    tmp_path: Path, transcriber: Transcriber, seconds: float
) -> None:
    model = installed(tmp_path, "gigaam-v3-ctc", gigaam)
    file = wav(tmp_path / "call.wav", 8000, whistle("", GIGAAM, 8000)[0][: int(seconds * 8000)])

    assert (await transcriber.write_down(model, file, file.name, 1)).pieces == ()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("model.onnx", b"no weights", r"^onnx-asr cannot load t-one-ctc: \w+: .*INVALID_PROTOBUF"),
        ("model.onnx", None, "^its files are not those of a model that onnx-asr hears with and tells times of$"),
        ("config.json", b'{"decoder_params": {}}', "^onnx-asr cannot load t-one-ctc: KeyError: 'vocabulary'$"),
        ("config.json", b"{}", '^config.json does not tell what it is; it has to say "decoder_params" for t-one-ctc$'),
    ],
)
async def test_a_model_that_was_spoilt_is_told_and_the_child_goes_on(
    tmp_path: Path, transcriber: Transcriber, name: str, content: bytes | None, why: str
) -> None:
    whole, spoilt = installed(tmp_path, "t-one"), installed(tmp_path, "spoilt")
    sound, said = whistle(_SAID, T_ONE, 8000)
    file = wav(tmp_path / "call.wav", 8000, sound)
    if content is None:
        (spoilt.folder / name).unlink()
    else:
        (spoilt.folder / name).write_bytes(content)

    with pytest.raises(NotWrittenDown, match=why):
        await transcriber.write_down(spoilt, file, file.name, 1)

    assert_said(words_of(await transcriber.write_down(whole, file, file.name, 1), None), said)


def test_every_file_of_a_model_is_in_its_manifest(tmp_path: Path) -> None:
    manifest = json.loads((installed(tmp_path, "zipformer", zipformer).folder / "model.json").read_bytes())

    assert set(manifest["files"]) == {f"am-onnx/{part}.onnx" for part in ("encoder", "decoder", "joiner")} | {
        "lang/tokens.txt"
    }
