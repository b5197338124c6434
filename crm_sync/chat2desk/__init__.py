"""Chat2Desk is told of calls: internal comments in the dialogues of who called (crm.md §5)."""
