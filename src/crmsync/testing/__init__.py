"""What tests of crmsync and of its plugins are built from; it ships, so that plugins use it too."""
