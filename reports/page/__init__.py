"""What every page shares: brand, colours, tables, languages."""
