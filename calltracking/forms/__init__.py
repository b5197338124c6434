"""What visitors write into the forms of sites: kept, and turned into leads and touches of their visit."""
