"""Bitrix24 as a local OAuth application (crm.md §2)."""
