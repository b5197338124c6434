"""Which of our numbers an outgoing call shows, and the trunk it leaves by."""
