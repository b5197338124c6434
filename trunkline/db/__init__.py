"""The database: its pool, named SQL, migrations and monthly partitions."""
