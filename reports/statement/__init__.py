"""The statement of a payee: what was earned and why, and what is missing to the next tier."""
