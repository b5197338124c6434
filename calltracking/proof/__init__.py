"""The proof of a site's figures: what each means, what is unknown and why, beside what others counted."""
