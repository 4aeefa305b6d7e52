"""Reading extracts: CSV, Parquet, and the mapping of their columns to those of the data set."""
