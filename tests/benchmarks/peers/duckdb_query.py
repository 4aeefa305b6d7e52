"""One query over the Parquet file; nothing is kept."""

from __future__ import annotations

import sys

import duckdb

QUERY = """
    SELECT CAST(SUM(payout) AS DECIMAL(18, 2)) FROM (
        SELECT CAST(measure * CASE WHEN measure >= 50000 THEN 0.035 WHEN measure >= 20000 THEN 0.02
            WHEN measure >= 1000 THEN 0.01 ELSE 0 END AS DECIMAL(18, 2)) AS payout
        FROM (
            SELECT member_id, QUARTER(activity_date) AS period, SUM(amount) AS measure
            FROM {transactions} JOIN read_csv('{root}/extracts/products.csv') USING (product_id)
            WHERE category IN ('a', 'b') GROUP BY ALL
        )
    )
"""


def pay(root: str) -> str:
    with duckdb.connect(config={"memory_limit": "4GB"}) as connection:
        transactions = f"read_parquet('{root}/extracts/transactions.parquet')"
        return str(connection.execute(QUERY.format(transactions=transactions, root=root)).fetchall()[0][0])


if __name__ == "__main__":
    sys.stdout.write(pay(sys.argv[1]))
