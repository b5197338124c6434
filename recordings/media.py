"""ffmpeg's command lines: what may be read, and how sound is kept. No I/O here.

What a PBX writes without a head is known by the end of its name alone: Asterisk's formats, `core show file formats`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import ffmpeg

from recordings.recording import Sound, suffix_of

FORMATS: Final = "aac,aiff,alaw,amr,asf,au,caf,flac,g722,gsm,matroska,mov,mp3,mulaw,ogg,s16le,w64,wav"
"""Demuxers that are used at all. Lists of files (HLS, concat) are none of them: they may name any file of ours."""
HEADLESS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        ".ulaw": {"f": "mulaw", "ar": "8000"},
        ".ul": {"f": "mulaw", "ar": "8000"},
        ".mu": {"f": "mulaw", "ar": "8000"},
        ".pcm": {"f": "mulaw", "ar": "8000"},
        ".alaw": {"f": "alaw", "ar": "8000"},
        ".al": {"f": "alaw", "ar": "8000"},
        ".sln": {"f": "s16le", "ar": "8000"},
        ".sln16": {"f": "s16le", "ar": "16000"},
        ".sln48": {"f": "s16le", "ar": "48000"},
        ".g722": {"f": "g722"},
        ".gsm": {"f": "gsm"},
    }
)
PEAK_RATE: Final = 8000
"""Hz of the sound that peaks are read from: telephones have no more."""
_FRAME: Final = 0.05
"""Seconds: a filter silences a frame of 0.02 s whole or not, and Opus lets what is beside it ring on for as long."""
Span = tuple[float, float]
_BITS: Final = {1: "24k", 2: "40k"}
"""Speech of a telephone line is transparent in Opus from about 16 kbit/s a side on (RFC 7587 §3.1.1 gives 16–20)."""

_MP3_RATE: Final = 16000
"""Hz: twice a telephone's band, and MPEG-2 Layer III, which every player of MP3 knows."""
_MP3_BITS: Final = {1: "32k", 2: "64k"}


def headless(file: str) -> Mapping[str, str]:
    """What ffmpeg has to be told of a file of this name; nothing where its head tells."""
    return HEADLESS.get(suffix_of(file).lower(), {})


def to_opus(
    program: str, source: Path, name: str, target: Path, sound: Sound, silent: Sequence[Span] = ()
) -> list[str]:
    """The command that writes `target` and, to its standard output, the samples peaks are read from.

    `name` is what the PBX called the file; on all sides it is silent in the spans `silent`, in seconds. The same
    sound gives the same bytes, so that a second try changes nothing.
    """
    sides = min(sound.channels, 2)
    heard = ffmpeg.input(str(source), format_whitelist=FORMATS, protocol_whitelist="file,pipe", **headless(name)).audio
    if silent:
        spans = "+".join(f"between(t,{max(0.0, start - _FRAME):.3f},{end + _FRAME:.3f})" for start, end in silent)
        heard = heard.filter("volume", 0, enable=spans).asplit()
    sounds = (heard[0], heard[1]) if silent else (heard, heard)
    kept = ffmpeg.output(
        sounds[0],
        str(target),
        f="ogg",
        acodec="libopus",
        application="voip",
        ac=sides,
        audio_bitrate=_BITS[sides],
        map_metadata=-1,
        fflags="+bitexact",
        flags="+bitexact",
    )
    # Packets are 10 ms to some demuxers: who reads the samples is woken by a full buffer, and not by each.
    samples = ffmpeg.output(sounds[1], "pipe:1", f="s16le", acodec="pcm_s16le", ac=sides, ar=PEAK_RATE, flush_packets=0)
    command: list[str] = (
        ffmpeg.merge_outputs(kept, samples)
        .global_args("-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1")
        .overwrite_output()
        .compile(cmd=program)
    )
    return command


def to_mp3(program: str, source: Path, target: Path, sides: int) -> list[str]:
    """The command that writes the MP3 of a kept Opus, of one bit rate so that players seek in it by its bytes."""
    copy = ffmpeg.output(
        ffmpeg.input(str(source), format_whitelist="ogg", protocol_whitelist="file").audio,
        str(target),
        f="mp3",
        acodec="libmp3lame",
        ac=sides,
        ar=_MP3_RATE,
        audio_bitrate=_MP3_BITS[sides],
        map_metadata=-1,
        fflags="+bitexact",
        flags="+bitexact",
    )
    command: list[str] = (
        copy.global_args("-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1")
        .overwrite_output()
        .compile(cmd=program)
    )
    return command


def to_pcm(program: str, source: Path, name: str, side: int | None, rate: int) -> list[str]:
    """The command that writes samples (16 bit, `rate` Hz) of the track `side`, or of all in one, to standard output."""
    heard = ffmpeg.input(str(source), format_whitelist=FORMATS, protocol_whitelist="file,pipe", **headless(name)).audio
    one = {} if side is None else {"af": f"pan=mono|c0=c{side}"}
    samples = ffmpeg.output(heard, "pipe:1", f="s16le", acodec="pcm_s16le", ac=1, ar=rate, **one)
    command: list[str] = samples.global_args("-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1").compile(
        cmd=program
    )
    return command
