"""What the author of a rule file should know: inversions, overlaps, unreachable tiers, worked examples."""
