"""The daemon's status page: how the syncs stand, for people and for monitors."""
