"""The daemon: when a sync is due, what runs beside what, and what becomes of one that fails."""
