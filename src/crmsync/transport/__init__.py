"""How requests leave: one transport, one failure table, one pace and one retry policy."""
