"""The vocabulary of Rebatch: one file per data set, exact types, and the errors people read."""
