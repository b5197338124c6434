"""What PBXs, disks and people make of sound files: of each what can be heard is kept, or it says why nothing is."""

import asyncio
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest

from recordings.converting import program
from recordings.recording import Stage, Stop
from tests.recordings.conftest import Studio, tone

KEPT: Final = None
Spoil = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Odd:
    """A file `name`: two seconds of a tone encoded with `how`, then spoilt; kept with `seconds`, or why it stays."""

    name: str
    how: str = ""
    spoil: Spoil = bytes
    stop: Stop | None = KEPT
    seconds: tuple[float, float] = (1.9, 2.2)


def cut(share: float) -> Spoil:
    return lambda whole: whole[: int(share * len(whole))]


def put(at: int, what: bytes) -> Spoil:
    return lambda whole: whole[:at] + what + whole[at + len(what) :]


def hole(first: float, last: float) -> Spoil:
    """Zeros where a disk lost its blocks."""

    def spoil(whole: bytes) -> bytes:
        begin, end = int(first * len(whole)), int(last * len(whole))
        return whole[:begin] + bytes(end - begin) + whole[end:]

    return spoil


def noise(first: float, last: float) -> Spoil:
    """Other bytes, always the same."""

    def spoil(whole: bytes) -> bytes:
        begin, end = int(first * len(whole)), int(last * len(whole))
        return whole[:begin] + bytes((place * 197 + 31) % 256 for place in range(end - begin)) + whole[end:]

    return spoil


def behind(what: bytes) -> Spoil:
    return lambda whole: whole + what


def before(what: bytes) -> Spoil:
    return lambda whole: what + whole


def twice(whole: bytes) -> bytes:
    return whole + whole


def headless(whole: bytes) -> bytes:
    return whole[44:]


def listed(whole: bytes) -> bytes:
    """A chunk with a title before the samples, of an odd length and padded, as RIFF says."""
    note = b"LIST" + struct.pack("<I", 13) + b"INFOnote\x01\x00\x00\x00x" + b"\x00"
    return whole[:36] + note + whole[36:]


ODD: Final = (
    # What Asterisk and its neighbours write.
    Odd("mulaw.wav", "-c:a pcm_mulaw"),
    Odd("alaw.wav", "-c:a pcm_alaw"),
    Odd("ima.wav", "-c:a adpcm_ima_wav"),
    Odd("ms.wav", "-c:a adpcm_ms"),
    Odd("float.wav", "-c:a pcm_f32le"),
    Odd("deep.wav", "-c:a pcm_s24le"),
    Odd("byte.wav", "-c:a pcm_u8"),
    Odd("wide.wav", "-ar 48000"),
    Odd("cd.wav", "-ar 44100 -ac 2"),
    Odd("narrow.wav", "-ar 11025"),
    Odd("six.wav", "-ac 6"),
    Odd("64.w64", "-f w64"),
    Odd("sun.au", "-f au"),
    Odd("apple.aiff", "-f aiff"),
    Odd("apple.caf", "-f caf"),
    Odd("free.flac", "-c:a flac"),
    Odd("raw.ulaw", "-f mulaw"),
    Odd("raw.UL", "-f mulaw"),
    Odd("raw.pcm", "-f mulaw"),
    Odd("raw.alaw", "-f alaw"),
    Odd("raw.sln", "-f s16le"),
    Odd("raw.sln16", "-f s16le -ar 16000"),
    Odd("raw.sln48", "-f s16le -ar 48000"),
    Odd("raw.g722", "-f g722 -ar 16000"),
    Odd("layer.mp3", "-c:a libmp3lame -b:a 16k"),
    Odd("stereo.mp3", "-c:a libmp3lame -ac 2 -ar 44100"),
    Odd("vorbis.ogg", "-c:a libvorbis"),
    Odd("opus.ogg", "-c:a libopus"),
    Odd("opus.webm", "-c:a libopus -f webm"),
    Odd("apple.m4a", "-c:a aac -f ipod"),
    Odd("aac.aac", "-c:a aac -f adts"),
    Odd("windows.wma", "-c:a wmav2 -f asf"),
    # A name that says something else than the bytes do.
    Odd("really-mp3.wav", "-c:a libmp3lame -f mp3"),
    Odd("really-wav.mp3", "-f wav"),
    Odd("no-suffix", "-f wav"),
    Odd("кириллица и пробел.wav", "-f wav"),
    # Heads that are wrong: the recorder ended before it came back to write them.
    Odd("head-zero.wav", spoil=put(40, bytes(4))),
    Odd("head-long.wav", spoil=put(40, b"\xff\xff\xff\x7f")),
    Odd("head-endless.wav", spoil=put(4, b"\xff" * 4)),
    Odd("head-riff-zero.wav", spoil=put(4, bytes(4))),
    Odd("head-list.wav", spoil=listed),
    Odd("head-align.wav", spoil=put(32, bytes(2))),
    Odd("head-bytes-a-second.wav", spoil=put(28, b"\xff\xff\xff\x7f")),
    Odd("no-head.wav", spoil=headless, stop=Stop.UNREADABLE),
    Odd("head-no-rate.wav", spoil=put(24, bytes(4)), stop=Stop.UNREADABLE),
    Odd("head-no-sides.wav", spoil=put(22, bytes(2)), stop=Stop.UNREADABLE),
    Odd("head-alone.wav", spoil=lambda whole: whole[:44], stop=Stop.UNREADABLE),
    Odd("head-half.wav", spoil=lambda whole: whole[:20], stop=Stop.UNREADABLE),
    # Cut where the disk was full, the plug was pulled or the copy was broken off.
    Odd("cut.wav", spoil=cut(0.5), seconds=(0.9, 1.1)),
    Odd("cut-odd.wav", spoil=lambda whole: whole[:16045], seconds=(0.9, 1.1)),
    Odd("cut.mp3", "-b:a 32k", cut(0.5), seconds=(0.7, 1.2)),
    Odd("cut.ogg", "-c:a libopus -page_duration 100000", cut(0.5), seconds=(0.5, 1.4)),
    Odd("cut.flac", "-c:a flac", cut(0.5), seconds=(0.01, 1.4)),
    Odd("cut.ulaw", "-f mulaw", cut(0.5), seconds=(0.9, 1.1)),
    Odd("cut.m4a", "-c:a aac -f ipod", cut(0.5), stop=Stop.UNREADABLE),
    Odd("cut-to-nothing.wav", spoil=cut(0), stop=Stop.EMPTY),
    # Blocks that are lost, bytes of something else.
    Odd("hole.wav", spoil=hole(0.4, 0.6)),
    Odd("hole.mp3", "-b:a 32k", hole(0.4, 0.6), seconds=(1.2, 2.3)),
    Odd("hole.ogg", "-c:a libopus -page_duration 100000", hole(0.4, 0.6), seconds=(1.0, 2.3)),
    Odd("hole.flac", "-c:a flac", hole(0.4, 0.6), seconds=(0.4, 2.3)),
    Odd("noise.mp3", "-b:a 32k", noise(0.4, 0.5), seconds=(1.2, 2.4)),
    Odd("noise.aac", "-c:a aac -f adts", noise(0.4, 0.5), seconds=(1.0, 2.4)),
    Odd("noise-behind.wav", spoil=behind(b"\x00garbage" * 50), seconds=(1.9, 2.3)),
    Odd("junk-before.mp3", "-b:a 32k", before(bytes(3000))),
    Odd("tagged.mp3", "-b:a 32k -metadata title=Иванов -id3v2_version 3"),
    Odd("twice.mp3", "-b:a 32k", twice, seconds=(3.8, 4.4)),
    Odd("twice.ulaw", "-f mulaw", twice, seconds=(3.9, 4.1)),
    Odd("only-zeros.wav", spoil=lambda whole: bytes(len(whole)), stop=Stop.UNREADABLE),
    Odd("only-noise.wav", spoil=noise(0, 1), stop=Stop.UNREADABLE),
    # No sound at all.
    Odd("page.wav", spoil=lambda _: b"<html><body>404 Not Found</body></html>\n" * 20, stop=Stop.UNREADABLE),
    Odd("packed.wav", spoil=lambda _: b"PK\x03\x04" + bytes(500), stop=Stop.UNREADABLE),
    Odd("letter.wav", spoil=lambda _: "Файл перенесён в архив\n".encode("cp1251") * 30, stop=Stop.UNREADABLE),
    Odd("picture.wav", spoil=lambda _: b"\x89PNG\r\n\x1a\n" + bytes(600), stop=Stop.UNREADABLE),
    Odd("program.wav", spoil=lambda _: b"\x7fELF" + bytes(600), stop=Stop.UNREADABLE),
)


def test_the_corpus_has_what_the_issue_asks_for() -> None:
    names = [odd.name for odd in ODD]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
async def test_an_odd_file_is_kept_or_says_why_not(studio: Studio, odd: Odd) -> None:
    source, made = tone(studio.monitor.parent / "source.wav", 2.0), studio.monitor / odd.name
    if odd.how:
        command = [program(), "-loglevel", "error", "-i", str(source), *odd.how.split(), str(made)]
        await asyncio.to_thread(subprocess.run, command, check=True)
    else:
        made.write_bytes(source.read_bytes())
    made.write_bytes(odd.spoil(made.read_bytes()))

    one = await studio.worked(odd.name)

    assert one.stop == odd.stop, one.told
    assert one.tries == 0
    if odd.stop is None:
        least, most = odd.seconds
        assert one.stage is Stage.KEPT
        assert least <= one.seconds <= most
        assert max(one.peaks) > 30
    else:
        assert one.told
        assert one.stage in {Stage.FOUND, Stage.FETCHED, Stage.CHECKED}
    assert made.exists()
