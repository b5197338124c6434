"""Who is kept out and who never is: reputation, ranges, the company's own list, the allow list, people spoken with."""
