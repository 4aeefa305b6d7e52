"""The panel of a member for those who look after it: what it earns, what is projected, what would be if."""
