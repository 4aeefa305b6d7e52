"""Workbooks for finance: the books with real numbers and dates, and a sheet that ties them to the ledger."""
