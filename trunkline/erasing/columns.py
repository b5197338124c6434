"""What is done with each column that can hold a number: lists, and the rule for what stands in none. No I/O here.

A column of text, JSON or a list that nobody named here is scrubbed. So a new one cannot be forgotten: it can only be
kept by a line here that says why. Bytes are kept by such a line, or go with a row of REMOVED and EMPTIED.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

TEXTS: Final = frozenset(("text", "_text", "jsonb", "json", "varchar", "_varchar", "bpchar", "name", "xml"))
BYTES: Final = frozenset(("bytea", "tsvector"))
NUMBERS: Final = frozenset(("_int8",))
"""A number fits into eight bytes. Single ones are ids and sums; lists of them are looked at."""

REMOVED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "booked_visits": ("number",),
        "callbacks": ("number",),
        "chat_clients": ("client",),
        "chat_numbers": ("client", "phone"),
        "contact_notes": ("number",),
        "contact_phones": ("number",),
        "crm_clients": ("phone",),
        "dials": ("number",),
        "directory_changes": ("key",),
        "do_not_call": ("number",),
        "import_undo": ("phones",),
        "last_lines": ("number",),
        "last_talks": ("number",),
        "lead_numbers": ("phone",),
        "message_stops": ("address",),
        "missed_clients": ("number",),
        "missed_deeds": ("number",),
        "pgqueuer": ("payload", "dedupe_key"),
        "questions": ("number",),
        "site_findings": ("number",),
        "site_forms": ("phone",),
        "spam_allow": ("number",),
        "spam_import_undo": ("entry",),
        "spam_legit": ("number",),
        "spam_numbers": ("number",),
        "spam_passed": ("number",),
        "spam_personal": ("prefix",),
        "spam_undone": ("number",),
        "spoken_numbers": ("number",),
        "spool_rejects": ("payload",),
        "tracking_bill_calls": ("client",),
        "tracking_cost_batches": ("body", "key"),
    }
)
"""Tables whose row goes with the number in any of these columns: it is about that number, or is nothing without it."""

EMPTIED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"tracking_bills": ("content",), "tracking_cost_files": ("content",)}
)
"""Files as they were uploaded, in bytes: one that holds the number goes, its row says that there was one."""

WAITING: Final[Mapping[str, str]] = MappingProxyType({"recordings": "stage <> 'refused'"})
"""Rows that are left as they are until others have done with them: the worker deletes a file by its name."""

_SET_UP: Final = """
    accounts alarm_recipients api_tokens bots calendar_days calendar_feeds calendar_imports calendar_overrides
    callback_widgets card_fields card_hints card_topics chat2desk_accounts chat_inboxes cost_feeds
    crm_connectors crm_deal_fields crm_lines crm_mappings crm_onec crm_people crm_users departments dial_rules
    dictionaries expert_topics export_destinations google_accounts google_app lead_rules lead_tag_rules
    line_aliases line_labels line_notices line_operators lines mailboxes message_rooms message_rules
    missed_rules numbering_ranges outgoing_rules pbx_subscriptions pbxs people person_weeks plan_drafts
    product_directions quality_criteria queues recording_links report_views spam_ranges trackers
    tracking_numbers tracking_placements tracking_pools tracking_site_names tracking_sites trunks
    webhook_endpoints
"""
_OPAQUE: Final = """
    bot_cards.shown bot_codes.code_hash bot_posts.shown bot_updates.update_id crm_hooks.token_hash
    crm_onec_rows.fingerprint crm_tokens.access crm_tokens.refresh erasures.mark google_sign_ins.state_hash
    import_maps.key imports.file_hash mailbox_letters.digest one_time_links.secret_hash push_key.sealed
    push_subscriptions.auth push_subscriptions.endpoint push_subscriptions.p256dh recordings.sha256
    recovery_codes.code_hash refused_marks.mark sessions.secret_hash steps.step_id visit_links.secret_hash
    visit_links.id
"""
_INNER: Final = """
    migrations.* outbox_accounts.* pbx_acting.* pbx_marks.* pgqueuer_schedules.* pgqueuer_statistics.*
    report_zone.* spool_positions.* story_writers.* tracking_zone.* numbering_registries.* job_attempts.name
    crm_tokens.endpoint audit.action audit.object_kind audit.via
"""
_TRACKED: Final = """
    attributions.number export_counts.number lease_current.number lease_history.number taps.number
    tracking_tests.number
"""

OURS: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(
        _SET_UP.split(),
        "true",
    )
    | {"plans": "version = (select max(version) from plans)"}
)
"""What the company set up itself, and which of its rows count. A number that stands there is one of the company's own,
or has a rule of its own: nothing is erased until somebody has taken it out, for what a rule then says is nobody's
guess."""

_SEALED: Final = "bytes that are sealed with the installation's key, a hash, or drawn by chance"
_HOUSE: Final = "written by Trunkline of itself: names of processes, jobs, versions and places in a file"
_NAMES: Final = "a name that this company, its PBX or its server gave to something of its own"

KEPT: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            _OPAQUE.split(),
            _SEALED,
        ),
        **dict.fromkeys(
            _INNER.split(),
            _HOUSE,
        ),
        **dict.fromkeys(
            _TRACKED.split(),
            "a tracked number is one of our lines, and no line of ours is erased",
        ),
        **dict.fromkeys(("hosted_histories.pbx", "members_made.interface", "groups_seen.pbx", "wrap_ups.*"), _NAMES),
        "recordings.peaks": "how loud a second was",
        "transcripts.pieces": "what was said: a transcript of the number's own calls goes whole with its "
        "recording; digits that somebody spoke in another call are not looked for, and the search of speech finds them",
        "transcript_search.words": "the same words, for the search",
        "erasures.counts": "names of tables and how many",
        "refused_marks.what": "call or message",
    }
)
"""`table.column`, or `table.*`, and why no number can be in it, or why it stays."""


def kept_because(table: str, column: str) -> str | None:
    """Why the erasure leaves this column alone; None where it does not."""
    return KEPT.get(f"{table}.{column}") or KEPT.get(f"{table}.*")


def is_erased(table: str, column: str) -> bool:
    """Whether a number goes from this column."""
    return (table not in OURS or table == "plans") and kept_because(table, column) is None
