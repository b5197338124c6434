"""What agencies read by programs: visits, and calls with what explains them."""
