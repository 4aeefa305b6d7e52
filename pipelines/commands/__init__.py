"""The command groups that `cli.py` assembles. Imports stand inside commands, so that `--help` answers at once."""
