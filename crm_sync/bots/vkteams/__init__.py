"""VK Teams, the old ICQ bot API (crm.md §5)."""
