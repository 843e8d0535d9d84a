"""What people and programs see: tables, JSON documents, progress, logs, errors."""
