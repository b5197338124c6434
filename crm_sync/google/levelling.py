"""What has to be made, changed and taken out in an account, and how what is listed there is believed. No I/O here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crm_sync.google.wire import There, content_of
from trunkline.phonebook.vcard import Known


@dataclass(frozen=True, slots=True)
class Kept:
    """A contact of ours as it was written last; `content` is empty where somebody has changed it since."""

    there: There
    content: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What brings an account level."""

    made: tuple[Known, ...]
    changed: tuple[tuple[Known, There], ...]
    gone: tuple[There, ...]

    def __bool__(self) -> bool:
        return bool(self.made or self.changed or self.gone)


def difference(wanted: Iterable[Known], kept: Mapping[str, Kept]) -> Difference:
    """Between what is to be there and what is, by the ids of contacts."""
    by_uid = {one.uid: one for one in wanted}
    return Difference(
        made=tuple(one for uid, one in by_uid.items() if uid not in kept),
        changed=tuple(
            (one, kept[uid].there)
            for uid, one in by_uid.items()
            if uid in kept and kept[uid].content != content_of(one)
        ),
        gone=tuple(one.there for uid, one in kept.items() if uid not in by_uid),
    )


def believed(listed: Sequence[There], kept: Mapping[str, Kept]) -> tuple[dict[str, Kept], tuple[There, ...]]:
    """What is there by the list, and what is there twice: a creation whose answer was lost may have been sent again.

    What has the etag of before has the content of before.
    """
    found: dict[str, Kept] = {}
    twice: list[There] = []
    for one in sorted(listed, key=lambda there: there.resource):
        if one.uid in found:
            twice.append(one)
            continue
        known = kept.get(one.uid)
        same = known is not None and (known.there.resource, known.there.etag) == (one.resource, one.etag)
        found[one.uid] = Kept(one, known.content if known is not None and same else "")
    return found, tuple(twice)
