"""Yandex Tracker: issues from calls and leads, comments both ways (crm.md §5)."""
