"""The engine: pure decisions (batching, delivery, settling, guards) and the drivers of a run."""
