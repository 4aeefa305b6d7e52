"""The folder of a workspace: where it is, its configuration, its lock, whole files."""
