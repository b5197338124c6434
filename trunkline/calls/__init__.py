"""What a call is: events folded into its story; its rows, pages and API; phone numbers."""
