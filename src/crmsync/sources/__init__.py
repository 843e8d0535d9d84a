"""CRMs that are read: a package each, with the same parts, and the patterns that they share."""
