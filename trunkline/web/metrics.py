"""Every Prometheus metric in one place, and `/metrics`, which adds up all processes of this machine.

Processes share files in `data_dir/metrics` (PROMETHEUS_MULTIPROC_DIR, set before this module is imported).
"""

import os
from bisect import bisect_left
from collections import Counter as Counts
from collections.abc import Sequence

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# HTTP
HTTP_REQUESTS = Counter("trunkline_http_requests_total", "Requests answered", ["process", "route", "status"])
HTTP_SECONDS = Histogram("trunkline_http_seconds", "Time to answer a request", ["process", "route"], buckets=_SECONDS)

# Reports
HEAVY_READS = Counter(
    "trunkline_heavy_reads_total", "Reports and searches where a standby is set, by who was read", ["server"]
)

# Spool
SPOOL_RECORDS = Counter("trunkline_spool_records_total", "Records applied from the spool", ["kind"])
SPOOL_REJECTS = Counter("trunkline_spool_rejects_total", "Records kept aside because nobody could read them", ["kind"])
SPOOL_BATCHES = Histogram(
    "trunkline_spool_batch_records", "Records in one transaction", ["process"], buckets=(1, 5, 20, 100, 500, 2000)
)
SPOOL_LAG = Histogram("trunkline_spool_lag_seconds", "From accepted to committed", ["process"], buckets=_SECONDS)
SPOOL_WAITING = Gauge(
    "trunkline_spool_waiting_bytes", "Accepted bytes not stored yet", ["process"], multiprocess_mode="mostrecent"
)

# Links to PBXs
AMI_BYTES = Counter("trunkline_ami_bytes_total", "Bytes received from a PBX", ["pbx"])
AMI_FRAMES = Counter("trunkline_ami_frames_total", "Whole frames received from a PBX", ["pbx"])
AMI_CONNECTS = Counter("trunkline_ami_connects_total", "Attempts to connect to a PBX", ["pbx", "outcome"])
AMI_UP = Gauge("trunkline_ami_up", "1 while the link is logged in and proved", ["pbx"], multiprocess_mode="mostrecent")
AMI_ACTING = Gauge(
    "trunkline_ami_acting", "1 while this node acts for the PBX", ["pbx"], multiprocess_mode="mostrecent"
)
AMI_PROVED = Gauge(
    "trunkline_ami_proved_seconds",
    "When an event of ours last came back (Unix)",
    ["pbx"],
    multiprocess_mode="mostrecent",
)
AMI_SKEW = Gauge("trunkline_ami_clock_skew_seconds", "PBX clock less ours", ["pbx"], multiprocess_mode="mostrecent")
AMI_OVERFLOW = Counter("trunkline_ami_overflow_total", "Events the live state had no room for", ["pbx"])
AMI_FAULTS = Counter("trunkline_ami_faults_total", "Frames we failed on", ["pbx"])
AMI_UNSPOOLED = Counter("trunkline_ami_unspooled_total", "Runs of frames the full spool refused", ["pbx"])
AMI_BACKFILLED = Counter("trunkline_ami_backfilled_rows_total", "CEL rows read to fill a gap", ["pbx"])
AMI_GAPS = Counter("trunkline_ami_gaps_total", "Stretches of time nobody listened", ["pbx"])

MEMBERS_CHANGED = Counter(
    "trunkline_members_changed_total",
    "Queue members added, removed, paused … by us; in groups of hosted PBXs, switched",
    ["pbx", "change", "outcome"],
)

# Recordings
RECORDINGS_REDACTED = Counter(
    "trunkline_recordings_redacted_total", "Numbers of cards and their codes hidden in recordings", ["kind"]
)

RECORDINGS_STEPS = Counter("trunkline_recordings_steps_total", "Steps of recordings that were done", ["stage"])
RECORDINGS_STEP_SECONDS = Histogram(
    "trunkline_recordings_step_seconds",
    "Time of one step of a recording",
    ["stage"],
    buckets=(0.01, 0.1, 0.5, 1, 5, 30, 120, 600, 3600),
)
RECORDINGS_STOPS = Counter(
    "trunkline_recordings_stops_total", "Tries of a step that ended with a reason to stay", ["stage", "reason"]
)

# Processes
TASK_RESTARTS = Counter("trunkline_task_restarts_total", "Restarts of a background task that failed", ["task"])

# Call tracking
LEASE_ANSWERS = Counter(
    "trunkline_lease_answers_total", "Numbers shown to visitors, by the step of the ladder that gave them", ["kind"]
)
LEASE_REFUSALS = Counter("trunkline_lease_refusals_total", "Requests of the script that were refused", ["reason"])
FORMS_TAKEN = Counter("trunkline_forms_taken_total", "Forms and wishes to be called back from sites, by kind", ["kind"])
LEASE_BATCHES = Histogram(
    "trunkline_lease_batch_asks", "Numbers asked for in one commit", [], buckets=(1, 2, 5, 10, 20, 50, 100, 200)
)

# Outbox and alarms
OUTBOX_DELIVERED = Counter("trunkline_outbox_delivered_total", "Events delivered", ["kind"])
OUTBOX_FAILED = Counter("trunkline_outbox_failed_total", "Attempts that failed", ["kind", "error_class"])
OUTBOX_SECONDS = Histogram("trunkline_outbox_seconds", "Time of one attempt", ["kind"], buckets=_SECONDS)
OUTBOX_OLDEST_DUE = Gauge(
    "trunkline_outbox_oldest_due_seconds",
    "Age of the oldest event that should have gone",
    multiprocess_mode="mostrecent",
)
OUTBOX_WAITING = Gauge("trunkline_outbox_waiting_events", "Events not delivered yet", multiprocess_mode="mostrecent")
OUTBOX_DEAD = Gauge("trunkline_outbox_dead_letters", "Events given up", multiprocess_mode="mostrecent")
ALARMS_OPEN = Gauge("trunkline_alarms_open", "Alarms not cleared", ["severity"], multiprocess_mode="mostrecent")

# Disk
DISK_FREE = Gauge(
    "trunkline_disk_free_bytes", "Free on the data directory's disk", ["node"], multiprocess_mode="mostrecent"
)
SPOOL_BYTES = Gauge("trunkline_spool_bytes", "Held by the spools of a node", ["node"], multiprocess_mode="mostrecent")

# Calling out
DIALS_REFUSED = Counter("trunkline_dials_refused_total", "Calls the guard refused", ["rule"])
DIALS_SENT = Counter("trunkline_dials_sent_total", "Calls a PBX was told to begin", ["pbx", "outcome"])
CALL_ORDERS = Counter("trunkline_call_orders_total", "What a PBX was asked of calls there", ["pbx", "kind", "outcome"])
DIALS_ENDED = Counter("trunkline_dials_ended_total", "Calls of ours that are over", ["pbx", "outcome"])

# Jobs
JOBS_DONE = Counter("trunkline_jobs_total", "Jobs run", ["name", "outcome"])
JOB_SECONDS = Histogram("trunkline_job_seconds", "Time of one job", ["name"], buckets=(0.01, 0.1, 1, 10, 60, 600, 3600))

# Directory
DIRECTORY_BUILDS = Counter("trunkline_directory_builds_total", "Packed directory files built", ["outcome"])
DIRECTORY_ENTRIES = Gauge(
    "trunkline_directory_entries", "Numbers in the newest packed file", ["kind"], multiprocess_mode="mostrecent"
)
DIRECTORY_CHANGES = Counter("trunkline_directory_changes_total", "Changed numbers appended to the log", ["kind"])
IMPORT_LINES = Counter("trunkline_import_lines_total", "Lines of imported files", ["kind", "outcome"])

# Router
ROUTE_DECISIONS = Counter("trunkline_route_decisions_total", "Questions answered", ["action", "rule"])
ROUTE_DEGRADED = Counter("trunkline_route_degraded_total", "Answers given while something was missing", ["missing"])
ROUTE_REFUSED = Counter("trunkline_route_refused_total", "Questions refused", ["status"])
OUTGOING_CHOICES = Counter(
    "trunkline_outgoing_choices", "Outgoing calls that were given a caller ID, or left as they are", ["action", "rule"]
)
HOOKS = Counter("trunkline_hooks_total", "Requests of hosted PBXs", ["provider", "verdict"])
HOOKS_UNKEPT = Counter("trunkline_hooks_unkept_total", "Those answered though the spool was full", ["provider"])
ROUTE_COMMANDS = Counter(
    "trunkline_route_commands_total",
    "Commands to hosted PBXs that send calls on, by what came of them",
    ["provider", "outcome"],
)
ROUTE_SECONDS = Histogram("trunkline_route_seconds", "Time to answer a question", ["form"], buckets=_SECONDS)

# Caller card
CARD_SOCKETS = Gauge("trunkline_card_sockets", "Open caller cards", multiprocess_mode="livesum")
CARD_CUT = Counter("trunkline_card_cut_total", "Caller cards cut off because their browser took too long")
CARD_PUSHES = Counter("trunkline_card_pushes_total", "Notifications of rings given to push services", ["outcome"])


def observe_all(histogram: Histogram, values: Sequence[float]) -> None:
    """What `observe` does for each of `values`, with one write a bucket instead of two a value (prometheus_client 0.2x
    has no public way).
    """
    bounds = histogram._upper_bounds
    for place, count in Counts(bisect_left(bounds, value) for value in values).items():
        histogram._buckets[place].inc(count)
    if values:
        histogram._sum.inc(sum(values))


async def metrics(_request: web.Request) -> web.Response:
    """`GET /metrics`: all processes of this machine in Prometheus's text format."""
    return web.Response(body=exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def exposition() -> bytes:
    """What `/metrics` answers."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
    return generate_latest(registry)
