"""What advertising cost, out of files that people bring: Avito, 2GIS and any other."""
