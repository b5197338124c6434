"""What a person is told of the recordings of a backup. No I/O here."""

from collections.abc import Iterator, Sequence

from trunkline.backup.archive import Manifest
from trunkline.backup.putting_back import PutBack
from trunkline.backup.sounds import Written

_TOLD = 10


def told_of_written(manifest: Manifest, written: Written | None, place: str, *, asked: bool) -> Iterator[str]:
    """Of a backup that was made; `asked`: with the sounds."""
    if not manifest.listed:
        return
    size = f"{manifest.listed_bytes / 1e6:,.1f} MB"
    if written is None:
        words = "they stay there, and their keys and checksums are in the backup" if asked else "copy it besides"
        yield f"{manifest.listed:,} recordings, {size}, are in {place}: {words}."
        return
    yield f"With {written.sounds:,} recordings of {manifest.listed:,}."
    if written.absent:
        yield f"{len(written.absent):,} recordings have no file in {place}: {named(written.absent)}."
    if written.other:
        yield (
            f"{len(written.other):,} recordings are not what their rows say, damaged or changed meanwhile, "
            f"and were written as they are: {named(written.other)}."
        )


def told_of_put_back(back: PutBack, place: str) -> Iterator[str]:
    """Of sounds that were put back."""
    yield f"Put {back.put:,} recordings into {place}; {back.there:,} were there already."
    if back.differ:
        yield (
            f"{len(back.differ):,} recordings lie there otherwise, and were left as they are: {named(back.differ)}. "
            "To have those of the backup, move them away and restore again with --replace."
        )


def told_of_absent(listed: int, missing: Sequence[str], place: str) -> Iterator[str]:
    """Of the list beside what is in the store now, by size."""
    if missing:
        yield (
            f"{len(missing):,} of {listed:,} recordings are not in {place}, or in another size: {named(missing)}. "
            "Copy them there from where they were kept; until then they cannot be heard."
        )
    elif listed:
        yield f"All {listed:,} recordings of the backup are in {place}."


def named(keys: Sequence[str]) -> str:
    """The first of them."""
    more = f" and {len(keys) - _TOLD:,} more" if len(keys) > _TOLD else ""
    return ", ".join(keys[:_TOLD]) + more
