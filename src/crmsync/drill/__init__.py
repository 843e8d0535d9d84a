"""The drill: a user's own configuration, run on simulators while everything goes wrong."""
