"""For those who write rules: check, calculate, plan, and put agreements into words."""
