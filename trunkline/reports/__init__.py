"""What pages of figures show: counted from calls, within the reader's reach."""
