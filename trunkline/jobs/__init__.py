"""Jobs: work that follows from a transaction but is done later, and work of the clock."""
