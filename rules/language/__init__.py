"""The rule language: the model that reads a rule file, and the calendars it names."""
