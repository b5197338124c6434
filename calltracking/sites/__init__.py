"""Sites, placements, pools and what each number tells: rows, pages, and the table that browsers decide by."""
