"""From the texts of rule files to programs, or to every problem in them at once."""
