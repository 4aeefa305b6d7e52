"""DuckDB itself: connection, frames, quoting, migrations, background work."""
