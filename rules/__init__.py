"""What is paid. Pure: frames in, frames out; no files, clock, database or network."""
