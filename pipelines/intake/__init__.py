"""From an extract file to typed rows: the stages extract and stage."""
