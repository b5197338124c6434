"""The bytes of an AMI stream: where a frame ends, what it says, and its name. No I/O here.

Bytes are framed first and decoded a whole frame at a time, so a segment that ends inside a Cyrillic letter
loses nothing (pbx.md §4, row 1).
"""

from collections.abc import Iterable
from hashlib import blake2b

Frame = dict[str, str | list[str]]

TERMINATOR = b"\r\n\r\n"


def split_frames(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Cut ``buffer`` into whole frames (without their blank line) and the rest that awaits more bytes.

    Asterisk 22 ends some lists (CoreShowChannels, Status) with one line break too many; it belongs to no frame, for the
    next one must have the same bytes on every connection.

    The greeting that opens a connection is not a frame: it stays atop the first one, where `decode` passes over it.
    """
    *frames, rest = buffer.split(TERMINATOR)
    return [whole for frame in frames if (whole := frame.lstrip(b"\r\n"))], rest


def join_frames(frames: Iterable[bytes]) -> bytes:
    """Undo `split_frames`: the bytes as a PBX would send them."""
    return b"".join(frame + TERMINATOR for frame in frames)


def decode(frame: bytes) -> Frame:
    """Read the headers of one frame; a header that came several times becomes a list in the order of arrival.

    Lines that are no header are passed over. Bytes that are not UTF-8 stay readable as ``\\xNN``, and so does NUL,
    which PostgreSQL would refuse.
    """
    text = frame.decode("utf-8", "backslashreplace")
    if "\0" in text:
        text = text.replace("\0", "\\x00")
    headers: Frame = {}
    for line in text.split("\r\n"):
        key, colon, value = line.partition(":")
        if not colon:
            continue
        value = value.removeprefix(" ")
        if key not in headers:
            headers[key] = value
        elif isinstance(known := headers[key], list):
            known.append(value)
        else:
            headers[key] = [known, value]
    return headers


def frame_id(frame: bytes) -> bytes:
    """Name a frame by its bytes: eight of them, the same on every node that read it (``timestampevents=yes``)."""
    return blake2b(frame, digest_size=8).digest()
