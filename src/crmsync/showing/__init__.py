"""Shows what came from elsewhere: as text that nothing obeys, on pages that run nothing."""
