"""What an author is told of a rule file: inversions, overlaps, unreachable tiers, worked examples."""
