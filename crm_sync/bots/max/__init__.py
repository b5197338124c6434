"""MAX (crm.md §5)."""
