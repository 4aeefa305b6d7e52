"""The files of a run: payouts, statements, journal, overlaps, manifest; the stage publish."""
