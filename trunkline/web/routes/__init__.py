"""The rows of the one table of rights (`trunkline/web/rights.py` joins them), by area."""
