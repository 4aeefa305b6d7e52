"""Groups of commands of the command line; `cli.py` puts them together. Imports stand inside commands."""
