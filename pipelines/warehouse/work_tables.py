"""What the stages hand over to each other: every table of the schema `work`, who writes it and who reads it.

They belong to the run that was computed last, and are made anew by the next. Views hold no rows of their own. What an
extract brings beyond the columns of its data set is added to the views of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WorkTable:
    """A table of `work`: what one row is, the module that writes it, the rooms that read it, its columns as SQL."""

    name: str
    one_row: str
    written_by: str
    read_by: tuple[str, ...]
    columns: str


_VERSION = "source VARCHAR, row_key VARCHAR, load_seq INTEGER, line BIGINT, superseded_seq INTEGER"
"""Columns of every row of a data set: where it came from, and the load that superseded it."""

_EVERY_VERSION = (
    "transaction_id VARCHAR, member_id VARCHAR, product_id VARCHAR, activity_date DATE, received_on DATE, "
    "type VARCHAR, quantity DECIMAL(18,6), unit VARCHAR, amount DECIMAL(18,4), currency VARCHAR, order_id VARCHAR, "
    "original_id VARCHAR, source VARCHAR, row_key VARCHAR, load_seq INTEGER, line BIGINT, superseded_seq INTEGER, "
    "superseded_on DATE, happened_on DATE, counted_by VARCHAR, attribute_key VARCHAR"
)
_ENTITLEMENTS = (
    "horizon VARCHAR, program VARCHAR, rebate VARCHAR, member_id VARCHAR, node_id VARCHAR, payee_id VARCHAR, "
    "period VARCHAR, period_start DATE, period_end DATE, through DATE, currency VARCHAR, qualifier DECIMAL(38,10), "
    "measure DECIMAL(38,10), baseline DECIMAL(38,10), tier INTEGER, days INTEGER, period_days INTEGER, "
    "rated DECIMAL(38,18), unrounded DECIMAL(38,18), node_amount DECIMAL(18,4), part DECIMAL(38,10), "
    "amount DECIMAL(18,4), note VARCHAR"
)

# One table is one entry of three lines, so that the whole hand-over can be read as a page.
# fmt: off
WORK_TABLES: tuple[WorkTable, ...] = (
    WorkTable("run", "the run that the other tables belong to",
        "books.runs", ("audit", "authoring", "books"),
        "run_id VARCHAR"),
    WorkTable("refused", "what is wrong with a file that the run refused whole, and with its rows",
        "intake.refused_files", ("audit", "intake"),
        "data_set VARCHAR, path VARCHAR, line BIGINT, column_name VARCHAR, reason VARCHAR, value VARCHAR, "
        "todo VARCHAR, original VARCHAR"),
    WorkTable("excluded", "a transaction that a person took out",
        "books.in_force", ("books", "calculation"),
        "row_key VARCHAR, transaction_id VARCHAR, reason VARCHAR, note VARCHAR, person VARCHAR, "
        "decided_at TIMESTAMP"),
    WorkTable("every_version", "a row of transactions, in force or not, as far as the run knows it",
        "books.in_force", ("books", "calculation"),
        _EVERY_VERSION),
    WorkTable("named_sales", "a transaction that names a sale, with its own day and that of the sale, if it is known",
        "books.in_force", ("books",),
        "row_key VARCHAR, named_on DATE, sold_on DATE, sale_id VARCHAR"),
    WorkTable("sale_days", "a transaction that names a sale of another day, with that day and the sale",
        "books.in_force", ("books", "calculation"),
        "row_key VARCHAR, sold_on DATE, sale_id VARCHAR"),
    WorkTable("transactions_in_force", "a transaction that counts for the run, with the key of its attributes",
        "books.in_force", ("authoring", "books", "calculation", "dashboard", "panel", "publish", "site"),
        _EVERY_VERSION),
    WorkTable("excluded_in_force", "a transaction that would count for the run, had nobody taken it out",
        "books.in_force", ("books",),
        _EVERY_VERSION),
    WorkTable("visits_in_force", "a visit as the run knows it",
        "calculation.more_facts", ("books", "calculation"),
        ("visit_id VARCHAR, member_id VARCHAR, rep_id VARCHAR, planned_start TIMESTAMP, planned_end TIMESTAMP, "
        "actual_start TIMESTAMP, actual_end TIMESTAMP, status VARCHAR, priority VARCHAR, program VARCHAR, "
        "parent_visit_id VARCHAR, latitude DECIMAL(9,6), longitude DECIMAL(9,6), notes VARCHAR, ") + _VERSION),
    WorkTable("visit_kpis_in_force", "an indicator measured at a visit, as the run knows it",
        "calculation.more_facts", ("books", "calculation"),
        "visit_id VARCHAR, kpi VARCHAR, product_id VARCHAR, kind VARCHAR, target VARCHAR, actual VARCHAR, " + _VERSION),
    WorkTable("rebates", "a rebate of a program in force: what it measures and how it is rated",
        "calculation.aggregate", ("audit", "authoring", "books", "calculation", "dashboard", "publish"),
        "program VARCHAR, rebate VARCHAR, currency VARCHAR, minor_digits INTEGER, measure_counted VARCHAR, "
        "measure_kind VARCHAR, measure_term VARCHAR, measure_base_term VARCHAR, measure_when_missing VARCHAR, "
        "measure_missing_value DECIMAL(38,10), qualifier_counted VARCHAR, qualifier_kind VARCHAR, "
        "qualifier_term VARCHAR, qualifier_base_term VARCHAR, qualifier_when_missing VARCHAR, "
        "qualifier_missing_value DECIMAL(38,10), round_digits INTEGER, is_for_all BOOLEAN, rule_version VARCHAR"),
    WorkTable("terms", "a term: what is added up, counted or looked up for a rebate",
        "calculation.aggregate", ("audit", "authoring", "books", "calculation", "panel", "publish"),
        "program VARCHAR, rebate VARCHAR, term VARCHAR, kind VARCHAR, target VARCHAR, member_filter VARCHAR, "
        "product_filter VARCHAR, attribute_filter VARCHAR, is_baseline BOOLEAN, parts BIGINT, priced_by VARCHAR, "
        "constant DECIMAL(38,10)"),
    WorkTable("periods", "a period of a rebate, up to a horizon: settled or to date",
        "calculation.aggregate", ("approval", "books", "calculation", "panel"),
        "horizon VARCHAR, program VARCHAR, rebate VARCHAR, period VARCHAR, period_start DATE, period_end DATE, "
        "through DATE"),
    WorkTable("windows", "the days of a period in which a term counts, by segment",
        "calculation.aggregate", ("authoring", "books", "calculation", "publish"),
        "horizon VARCHAR, term VARCHAR, period VARCHAR, part INTEGER, segment INTEGER, end DATE"),
    WorkTable("outlook", "an open period that is forecast: days elapsed, days in all",
        "calculation.aggregate", ("calculation", "panel"),
        "program VARCHAR, rebate VARCHAR, period VARCHAR, period_start DATE, period_end DATE, elapsed INTEGER, "
        "days INTEGER"),
    WorkTable("day_ratios", "how much longer a period is than its baseline, where growth is taken like for like",
        "calculation.aggregate", ("calculation",),
        "horizon VARCHAR, term VARCHAR, period VARCHAR, days DECIMAL(38,10), baseline_days DECIMAL(38,10)"),
    WorkTable("fixed_rates", "an exchange rate that a program fixes",
        "calculation.aggregate", ("calculation",),
        "program VARCHAR, currency VARCHAR, fixed_rate DECIMAL(18,8)"),
    WorkTable("fx_rates", "an exchange rate of a day",
        "calculation.aggregate", ("books", "calculation"),
        "from_currency VARCHAR, to_currency VARCHAR, rate_date DATE, rate DECIMAL(18,8), " + _VERSION),
    WorkTable("member_spans", "days on which a member is treated alike by every rule",
        "calculation.aggregate", ("audit", "authoring", "books", "calculation", "panel", "publish"),
        "span INTEGER, member_id VARCHAR, valid_from DATE, valid_to DATE"),
    WorkTable("participants", "who takes part in a span, and where its purchases are added up",
        "calculation.aggregate", ("audit", "authoring", "books", "calculation", "panel", "publish"),
        "program VARCHAR, member_filter VARCHAR, is_baseline BOOLEAN, span INTEGER, member_id VARCHAR, "
        "node_id VARCHAR"),
    WorkTable("parts", "a share of a group in what the group earns",
        "calculation.aggregate", ("books", "calculation"),
        "program VARCHAR, node_id VARCHAR, member_id VARCHAR, part VARCHAR"),
    WorkTable("payees", "who is paid for a member in a program",
        "calculation.aggregate", ("approval", "books", "calculation", "panel", "site"),
        "program VARCHAR, member_id VARCHAR, payee_id VARCHAR"),
    WorkTable("product_classes", "days on which a product belongs to a class: products that every rule treats alike",
        "calculation.aggregate", ("authoring", "books", "calculation", "publish"),
        "product_id VARCHAR, valid_from DATE, valid_to DATE, product_class INTEGER"),
    WorkTable("product_matches", "a class of products that a filter lets through",
        "calculation.aggregate", ("authoring", "books", "calculation", "publish"),
        "filter VARCHAR, product_class INTEGER"),
    WorkTable("product_names", "the name of a product",
        "calculation.aggregate", ("books", "publish", "site"),
        "product_id VARCHAR, name VARCHAR"),
    WorkTable("attribute_classes", "attributes of transactions that every rule treats alike",
        "calculation.aggregate", ("authoring", "books", "calculation", "publish"),
        "attribute_key VARCHAR, attribute_class INTEGER"),
    WorkTable("attribute_matches", "a class of attributes that a filter lets through",
        "calculation.aggregate", ("authoring", "books", "calculation", "publish"),
        "filter VARCHAR, attribute_class INTEGER"),
    WorkTable("days", "a day and its segment: days that every rule treats alike",
        "calculation.aggregate", ("authoring", "books", "calculation", "publish"),
        "activity_date DATE, segment INTEGER"),
    WorkTable("foreign_currencies", "a currency that has to be converted for a span",
        "calculation.aggregate", ("calculation",),
        "span INTEGER, currency VARCHAR"),
    WorkTable("factors", "the exact factor from a unit to another, for a class of products",
        "calculation.aggregate", ("books", "calculation"),
        "product_class INTEGER, unit VARCHAR, target VARCHAR, multiplier DECIMAL(38,18), divisor DECIMAL(38,18)"),
    WorkTable("tiers", "a tier of a rebate as one segment of a line",
        "calculation.aggregate", ("audit", "calculation", "publish"),
        "program VARCHAR, rebate VARCHAR, tier INTEGER, lower DECIMAL(38,10), bound DECIMAL(38,10), "
        "is_strict BOOLEAN, rate DECIMAL(38,18), fixed DECIMAL(38,18), every DECIMAL(38,10), cap DECIMAL(38,10), "
        "a DECIMAL(38,18), b DECIMAL(38,18), rise BIGINT, run BIGINT, most DECIMAL(38,10)"),
    WorkTable("policies", "what a program does with negative and with small payouts",
        "calculation.aggregate", ("approval", "calculation"),
        "program VARCHAR, negative VARCHAR, minimum DECIMAL(18,4), below VARCHAR, is_over BOOLEAN"),
    WorkTable("provisions", "proration, guarantee, limits, stacking and budget of a rebate",
        "calculation.aggregate", ("audit", "calculation", "dashboard", "publish"),
        "program VARCHAR, rebate VARCHAR, position INTEGER, member_filter VARCHAR, is_carried BOOLEAN, "
        "prorate VARCHAR, guarantee DECIMAL(38,18), is_unconditional BOOLEAN, cap DECIMAL(38,18), "
        "stack_group VARCHAR, stack_policy VARCHAR, stack_rank INTEGER, is_reduced BOOLEAN, program_prorate VARCHAR, "
        "program_cap DECIMAL(38,18), budget DECIMAL(38,18)"),
    WorkTable("days_inside", "for how many days of a period a member took part",
        "calculation.aggregate", ("calculation",),
        "program VARCHAR, member_filter VARCHAR, period_start DATE, period_end DATE, member_id VARCHAR, days INTEGER"),
    WorkTable("attribute_rows", "attributes of transactions, and how many rows in force have them; several add up",
        "calculation.sums", ("calculation",),
        "attributes VARCHAR[], currency VARCHAR, names_sale BOOLEAN, rows BIGINT"),
    WorkTable("last_scan", "what work.sums was made for, and how many rows of transactions were read for it",
        "calculation.difference", ("calculation",),
        "as_of DATE, load_seq INTEGER, columns VARCHAR[], product_version VARCHAR, "
        "rows_read BIGINT"),
    WorkTable("item_segments", "a segment in which orders, or products, are counted",
        "calculation.sums", ("audit", "calculation"),
        "item_kind VARCHAR, segment INTEGER"),
    WorkTable("item_spans", "a span of a member of whom orders, or products, are counted",
        "calculation.sums", ("audit", "calculation"),
        "item_kind VARCHAR, span INTEGER"),
    WorkTable("sums", "all transactions of one span, class, segment, unit, currency and rate date, added up",
        "calculation.sums", ("audit", "authoring", "books", "calculation", "publish"),
        "span INTEGER, product_class INTEGER, attribute_class INTEGER, segment INTEGER, unit VARCHAR, "
        "currency VARCHAR, rate_date DATE, amount DECIMAL(38,4), quantity DECIMAL(38,6), transactions BIGINT"),
    WorkTable("control", "totals of the scan, and what they must be",
        "calculation.sums", ("calculation",),
        "expected_transactions BIGINT, expected_amount DECIMAL(38,4), expected_quantity DECIMAL(38,6), "
        "scanned_transactions BIGINT, scanned_amount DECIMAL(38,4), scanned_quantity DECIMAL(38,6)"),
    WorkTable("items", "an order or a product that was bought, and of how many rows; several add up",
        "calculation.sums", ("audit", "calculation"),
        "item_kind VARCHAR, span INTEGER, product_class INTEGER, attribute_class INTEGER, segment INTEGER, "
        "item VARCHAR, rows BIGINT"),
    WorkTable("completed_visits", "a completed visit",
        "calculation.more_facts", ("calculation",),
        "span INTEGER, segment INTEGER, visit VARCHAR"),
    WorkTable("indicators", "a measured indicator of a completed visit",
        "calculation.more_facts", ("calculation",),
        "visit VARCHAR, kpi VARCHAR, kind VARCHAR, target VARCHAR, actual VARCHAR"),
    WorkTable("agreed", "an agreed target or baseline",
        "calculation.more_facts", ("calculation",),
        "kind VARCHAR, program VARCHAR, rebate VARCHAR, member_id VARCHAR, period VARCHAR, value DECIMAL(18,6)"),
    WorkTable("entitlements", "what a member is entitled to for a rebate and period",
        "calculation.rate",
            ("audit", "authoring", "books", "calculation", "dashboard", "panel", "publish", "site", "visits"),
        _ENTITLEMENTS),
    WorkTable("forecast", "the same of open periods, on the forecast of their whole length",
        "calculation.rate", ("calculation",),
        _ENTITLEMENTS + ", so_far DECIMAL(38,10), expected DECIMAL(38,10), foreseen_by VARCHAR"),
    WorkTable("unconverted", "a sum that could not be converted, for want of a rate or a factor",
        "calculation.rate", ("audit", "books", "calculation", "publish"),
        "horizon VARCHAR, program VARCHAR, rebate VARCHAR, term VARCHAR, member_id VARCHAR, period VARCHAR, "
        "span INTEGER, product_class INTEGER, attribute_class INTEGER, segment INTEGER, unit VARCHAR, "
        "currency VARCHAR, rate_date DATE, target VARCHAR, priced_on DATE, transactions BIGINT"),
    WorkTable("settled", "a period of a rebate that is settled, with the wording that settled it",
        "calculation.settle", ("audit", "calculation"),
        "program VARCHAR, rebate VARCHAR, period VARCHAR, through DATE, currency VARCHAR, rule_version VARCHAR, "
        "is_known BOOLEAN"),
    WorkTable("proposed", "a posting that the run would make",
        "calculation.settle", ("authoring", "calculation"),
        "run_id VARCHAR, posted_on DATE, kind VARCHAR, program VARCHAR, rebate VARCHAR, member_id VARCHAR, "
        "payee_id VARCHAR, period VARCHAR, settled_through DATE, payout_period VARCHAR, currency VARCHAR, "
        "amount DECIMAL(18,4), measure DECIMAL(38,10), qualifier DECIMAL(38,10), tier INTEGER, "
        "rule_version VARCHAR, reason VARCHAR, author VARCHAR"),
    WorkTable("origins", "why a settled amount changed: the load, rows or wording behind a restatement",
        "calculation.settle", ("calculation",),
        "program VARCHAR, rebate VARCHAR, member_id VARCHAR, period VARCHAR, cause VARCHAR, load_seq INTEGER, "
        "rows BIGINT, first_line BIGINT, rule_version VARCHAR, rule_version_before VARCHAR"),
    WorkTable("overlaps", "two rebates that pay on the same transactions, added up",
        "publish.overlap_report", ("audit", "dashboard", "publish"),
        "one VARCHAR, other VARCHAR, currency VARCHAR, transactions BIGINT, amount DECIMAL(38,4)"),
)
# fmt: on
