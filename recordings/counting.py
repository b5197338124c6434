"""What Prometheus is told of steps: those of `recordings.recording.Stage`, and of the words that follow."""

from typing import Final

from trunkline.web.metrics import RECORDINGS_STEP_SECONDS, RECORDINGS_STEPS, RECORDINGS_STOPS

TRANSCRIBED: Final = "transcribed"
ANALYSED: Final = "analysed"


def count_step(stage: str, took: float) -> None:
    """Count that `stage` was reached and committed, in so many seconds."""
    RECORDINGS_STEPS.labels(stage).inc()
    RECORDINGS_STEP_SECONDS.labels(stage).observe(took)


def count_stop(stage: str, why: str) -> None:
    """Count a try of the step to `stage` that ended with a reason to stay where it is."""
    RECORDINGS_STOPS.labels(stage, why).inc()
