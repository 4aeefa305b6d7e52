"""For authors of rules: check, calculate, plan, and put agreements into words."""
