"""Destinations: a package a platform, with the same parts in the same order in each."""
