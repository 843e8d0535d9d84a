"""Being told: once when a sync turns bad, once when it recovers, and a sign of life."""
