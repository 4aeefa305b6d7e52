"""The dashboard as one page: figures, charts and the script that filters them, nothing loaded."""
