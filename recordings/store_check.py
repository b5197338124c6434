"""What `trunkline doctor` says of where recordings are kept."""

from collections.abc import Sequence

from recordings.vault import vault_of
from trunkline.doctor import Finding
from trunkline.settings import Settings


async def recordings(settings: Settings) -> Sequence[Finding]:
    """Whether they can be kept there; a folder that is not yet there is made by the worker, not by looking."""
    place = settings.recordings_place
    if not settings.recordings.s3_bucket and not settings.recordings_dir.exists():
        return [Finding("recordings", True, f"{place} is made when it is needed")]
    try:
        await vault_of(settings).look()
    except OSError as error:
        remedy = "see docs/recordings.md; until then recordings wait, and none is heard"
        return [Finding("recordings", False, str(error), remedy)]
    return [Finding("recordings", True, f"kept in {place}")]
