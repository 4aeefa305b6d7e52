"""The reference of the rule language, as a page and as a JSON Schema."""
