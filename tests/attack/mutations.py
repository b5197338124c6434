"""Bytes that were something once: samples cut, doubled, joined, and strewn with what parsers stumble over."""

import random
import re
from collections.abc import Iterator, Sequence
from typing import Final

STUMBLING: Final = (
    *(b"", b"\0", b"\xff", b"\xed\xa0\x80", b"%", b"%zz", b"[", b"]", b"{", b"}", b'"', b"'", b"<", b">", b"=", b"&"),
    *(b";", b":", b",", b"\r\n", b"\n", b"\n\n", b"\t", b"\x1a", b"\\u0000", b"\\ud800", b"-1", b"0", b"9" * 20),
    *(b"9" * 5000, b"1e400", b"nan", b"infinity", b"1_0", b"null", b"true", b"[]", b"{}", b"<!--", b"<![CDATA["),
    *(b"<![x", b"&#x110000;", b"&#0;", b"&#" + b"9" * 5000 + b";", b"=?utf-8?b?", b"=?x?q?", b"?=", b"http://["),
    *("٣²𝟙\u2028".encode(), b"0001-01-01", b"9999-12-31T23:59:59Z", b"..", b"/", b"*", b"--b", b"=1+1"),
    *(b"RRULE:FREQ=YEARLY", b"(" * 40, b":" * 400, b"UTF8", b"utf-16", b"PK\x03\x04"),
)
RUNS: Final = (
    *(
        b"a",
        b"0",
        b" ",
        b"\r\n",
        b"[",
        b"(",
        b"<a ",
        b"&",
        b"%41",
        b"a=&",
        b"a[b]=1&",
        b'"',
        b'{"a":',
        b"a.",
        b"a: b\r\n",
    ),
    *(b"9 ", b"8 (", b":", b"=?utf-8?b?0?= ", b"<!--", b"> ", b"\\", b"@a,"),
)
"""What is repeated without end: of each a parser may ask itself again and again where it stops."""
NESTED: Final = (b"[", b'{"a":')
"""They begin in a field that nobody asked for, else most parsers of JSON would refuse the first byte."""
_WORD: Final = re.compile(rb"\w+")
_VALUE: Final = re.compile(rb"[:=>]\s*\"?")


def mutants(samples: Sequence[bytes], times: int) -> Iterator[bytes]:
    """`times` of them, the same for the same samples."""
    chance = random.Random(9)
    for _ in range(times):
        data = bytearray(chance.choice(samples))
        for _ in range(chance.choice((1, 1, 2, 3, 6, 12))):
            _mutate(data, samples, chance)
        yield bytes(data)


def _mutate(data: bytearray, samples: Sequence[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(data) + 1)
    end = min(len(data), at + chance.choice((1, 1, 2, 4, 8, 30)))
    words = list(_WORD.finditer(bytes(data)))
    match chance.randrange(8):
        case 0:
            del data[at:end]
        case 1:
            data[at:at] = chance.choice(STUMBLING)
        case 2:
            data[at:end] = chance.choice(STUMBLING)
        case 3:
            data[at:end] = bytes((chance.randrange(256),))
        case 4:
            data[at:at] = data[at:end] * chance.choice((1, 2, 5))
        case 5:
            other = chance.choice(samples)
            start = chance.randrange(len(other) + 1)
            data[at:end] = other[start : start + chance.randrange(40)]
        case 6:
            del data[at:]
        case _ if words:
            word = chance.choice(words)
            data[word.start() : word.end()] = chance.choice(STUMBLING)


def endless(samples: Sequence[bytes], length: int) -> Iterator[bytes]:
    """Each of RUNS for `length` bytes: alone, in a value, and behind all that is right."""
    sample = samples[0]
    values = [match.end() for match in _VALUE.finditer(sample)] or [0]
    for run in RUNS:
        told = run * (length // len(run))
        yield b'{"unasked":' + told if run in NESTED else told
        middle = values[len(values) // 2]
        yield sample[:middle] + told + sample[middle:]
        yield sample + told
