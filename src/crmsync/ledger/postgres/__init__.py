"""The ledger on a PostgreSQL server, for several machines. All that imports psycopg."""
