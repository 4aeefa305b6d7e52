-- A warehouse of version 1, as the first release left it after one run of the sample workspace.
CREATE SCHEMA work;
CREATE TABLE baselines("program" VARCHAR, rebate VARCHAR, member_id VARCHAR, period VARCHAR, "value" DECIMAL(18,6), "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
CREATE TABLE enrolments("program" VARCHAR, member_id VARCHAR, valid_from DATE, valid_to DATE, "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
CREATE TABLE fx_rates(from_currency VARCHAR, to_currency VARCHAR, rate_date DATE, rate DECIMAL(18,8), "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
CREATE TABLE hierarchy(member_id VARCHAR, parent_id VARCHAR, "level" VARCHAR, valid_from DATE, valid_to DATE, "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
CREATE TABLE ledger(seq BIGINT PRIMARY KEY, posting_id VARCHAR NOT NULL UNIQUE, run_id VARCHAR NOT NULL, posted_on DATE NOT NULL, kind VARCHAR NOT NULL, "program" VARCHAR NOT NULL, rebate VARCHAR NOT NULL, member_id VARCHAR NOT NULL, payee_id VARCHAR NOT NULL, period VARCHAR NOT NULL, settled_through DATE, payout_period VARCHAR NOT NULL, currency VARCHAR NOT NULL, amount DECIMAL(18,4) NOT NULL, measure DECIMAL(38,10), qualifier DECIMAL(38,10), tier INTEGER, rule_version VARCHAR NOT NULL, reason VARCHAR NOT NULL, author VARCHAR NOT NULL, previous_hash VARCHAR NOT NULL, hash VARCHAR NOT NULL);
INSERT INTO main."ledger" VALUES
    (1, '79db351d79daed0928ae59a42255e4d064f16a326e722ba200274d9c27e434ef', '2026-10-05-c7040c3d6031', '2026-10-05', 'rebate', 'volume-bonus-2026', 'quarterly-volume', 'D-001', 'D-001', '2026-Q3', '2026-09-30', '2026-10', 'USD', 52.0000, 2600.0000000000, 2600.0000000000, 1, 'aa5b7569b1e58d16db954b5cb97b4e2f1a56016aa26ff3ec903c81eac7fc4af4', 'settled through 2026-09-30', 'rebatch', '0000000000000000000000000000000000000000000000000000000000000000', 'd54d12b33338a16ac9af9a17f246a6735dbee1e1f51733155f4bb775796fd890'),
    (2, '9f431e47862a08878ce4ad5da1e8bb3b20a776c0606bc2c7a41c7df261472549', '2026-10-05-c7040c3d6031', '2026-10-05', 'rebate', 'volume-bonus-2026', 'quarterly-volume', 'D-002', 'D-002', '2026-Q3', '2026-09-30', '2026-10', 'USD', 180.0000, 6000.0000000000, 6000.0000000000, 2, 'aa5b7569b1e58d16db954b5cb97b4e2f1a56016aa26ff3ec903c81eac7fc4af4', 'settled through 2026-09-30', 'rebatch', 'd54d12b33338a16ac9af9a17f246a6735dbee1e1f51733155f4bb775796fd890', '559743b6901c0819b11b84e069dab30beb38d7d3145e82590aac8188a8dc1212');
CREATE TABLE loads(load_seq INTEGER PRIMARY KEY, data_set VARCHAR NOT NULL, "source" VARCHAR NOT NULL, path VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, bytes BIGINT NOT NULL, format VARCHAR NOT NULL, rows_read BIGINT NOT NULL, rows_loaded BIGINT NOT NULL, rows_duplicate BIGINT NOT NULL, rows_superseded BIGINT NOT NULL, rows_rejected BIGINT NOT NULL, amount_read DECIMAL(38,4), amount_loaded DECIMAL(38,4), amount_duplicate DECIMAL(38,4), amount_superseded DECIMAL(38,4), amount_rejected DECIMAL(38,4), values_rounded BIGINT NOT NULL, loaded_at TIMESTAMP NOT NULL);
INSERT INTO main."loads" VALUES
    (1, 'members', 'main', 'extracts/members.csv', 'd389ea0a0a204aee66fbc24c19fffb7590b8f4c5219eb9e389bf90cbb1a4f562', 200, 'csv', 4, 4, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, '2026-11-25 21:08:36'),
    (2, 'products', 'main', 'extracts/products.csv', '553c7a8fa8390efb139dceaa88450c06ad6f529c5a516fc5ec0f6edde7cca22e', 91, 'csv', 2, 2, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, 0, '2026-11-25 21:08:36'),
    (3, 'transactions', 'main', 'extracts/transactions.csv', '2c966f42b5668564891174f0a470b1b76a5119319bea40717395479ef812a0d5', 532, 'csv', 7, 7, 0, 0, 0, 14270.0000, 14270.0000, 0.0000, 0.0000, 0.0000, 0, '2026-11-25 21:08:36');
CREATE TABLE members(member_id VARCHAR, "name" VARCHAR, "type" VARCHAR, region VARCHAR, parent_id VARCHAR, payee_id VARCHAR, currency VARCHAR, "language" VARCHAR, email VARCHAR, status VARCHAR, joined_on DATE, valid_from DATE, valid_to DATE, "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
INSERT INTO main."members" VALUES
    ('D-001', 'Northside Garage', 'dealer', 'NA', NULL, NULL, 'USD', 'en', NULL, NULL, NULL, NULL, NULL, 'main', 'main|D-001|\0', 1, 2, NULL),
    ('D-002', 'Harbour Motors', 'dealer', 'NA', NULL, NULL, 'USD', 'en', NULL, NULL, NULL, NULL, NULL, 'main', 'main|D-002|\0', 1, 3, NULL),
    ('D-003', '髙橋自動車', 'dealer', 'JP', NULL, NULL, 'USD', 'ja', NULL, NULL, NULL, NULL, NULL, 'main', 'main|D-003|\0', 1, 4, NULL),
    ('S-001', 'Delta Supply', 'supplier', 'NA', NULL, NULL, 'USD', 'en', NULL, NULL, NULL, NULL, NULL, 'main', 'main|S-001|\0', 1, 5, NULL);
CREATE TABLE payments(payout_id VARCHAR, status VARCHAR, paid_on DATE, amount DECIMAL(18,4), currency VARCHAR, reference VARCHAR, message VARCHAR, "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
CREATE TABLE payouts(payout_id VARCHAR PRIMARY KEY, payee_id VARCHAR NOT NULL, currency VARCHAR NOT NULL, payout_period VARCHAR NOT NULL, amount DECIMAL(18,4) NOT NULL, status VARCHAR NOT NULL, due_on DATE NOT NULL, reference VARCHAR NOT NULL);
INSERT INTO main."payouts" VALUES
    ('2026-10-USD-040975fe78ea', 'D-001', 'USD', '2026-10', 52.0000, 'draft', '2026-11-30', 'Rebate 2026-10'),
    ('2026-10-USD-775e9a1a7859', 'D-002', 'USD', '2026-10', 180.0000, 'draft', '2026-11-30', 'Rebate 2026-10');
CREATE TABLE products(product_id VARCHAR, "name" VARCHAR, category VARCHAR, brand VARCHAR, unit VARCHAR, valid_from DATE, valid_to DATE, "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
INSERT INTO main."products" VALUES
    ('P-100', 'Brake pads', 'brakes', NULL, 'piece', NULL, NULL, 'main', 'main|P-100|\0', 2, 2, NULL),
    ('P-200', 'Oil filter', 'filters', NULL, 'piece', NULL, NULL, 'main', 'main|P-200|\0', 2, 3, NULL);
CREATE TABLE rejects(reject_id VARCHAR NOT NULL, load_seq INTEGER NOT NULL, data_set VARCHAR NOT NULL, path VARCHAR NOT NULL, line BIGINT NOT NULL, column_name VARCHAR NOT NULL, reason VARCHAR NOT NULL, "value" VARCHAR, todo VARCHAR NOT NULL, original VARCHAR NOT NULL, resolved_seq INTEGER);
CREATE TABLE rule_versions(rule_version VARCHAR PRIMARY KEY, "program" VARCHAR NOT NULL, file VARCHAR NOT NULL, "text" VARCHAR NOT NULL);
INSERT INTO main."rule_versions" VALUES
    ('aa5b7569b1e58d16db954b5cb97b4e2f1a56016aa26ff3ec903c81eac7fc4af4', 'volume-bonus-2026', 'volume-bonus-2026.yaml', '# All dealers, all products: from 1,000 USD in a quarter 2 % of everything, from 5,000 USD 3 %.
program: volume-bonus-2026
title: {en: Volume bonus 2026}
reference: Sample agreement, clause 1
currency: USD
effective: {from: 2026-01-01, to: 2026-12-31}
calendar: gregorian
members:
  include: [{type: [dealer]}]
accumulate_at: self
pay_to: self
rebates:
  quarterly-volume:
    title: {en: Quarterly volume bonus}
    transactions: {include: [{type: [sale, return]}]}
    period: quarter
    settle: quarter
    qualifier: revenue
    measure: revenue
    method: all_units
    tiers:
      - {from: 1000, rate: 2%}
      - {from: 5000, rate: 3%}
tests:
  - {when: {qualifier: 999.99}, pays: 0}
  - {when: {qualifier: 1000}, pays: 20}
  - {when: {qualifier: 4999.99}, pays: 100}
  - {when: {qualifier: 5000}, pays: 150}
');
CREATE TABLE runs(run_seq INTEGER PRIMARY KEY, run_id VARCHAR NOT NULL UNIQUE, fingerprint VARCHAR NOT NULL, as_of DATE NOT NULL, load_seq INTEGER NOT NULL, payout_period VARCHAR NOT NULL, product_version VARCHAR NOT NULL, config_text VARCHAR NOT NULL, rule_versions VARCHAR[] NOT NULL, state VARCHAR NOT NULL, started_at TIMESTAMP NOT NULL, finished_at TIMESTAMP);
INSERT INTO main."runs" VALUES
    (1, '2026-10-05-c7040c3d6031', '22837052dc81868db889578637ad84e8dcc614803b740311a41859854835e909', '2026-10-05', 3, '2026-10', '0.1.0', '# What this workspace is called, where its extracts lie and how they are written.
name: Sample Company
currency: USD
max_rejects: 1%                 # of a file''s rows; above it the file is refused whole

sources:
  - {data_set: members, path: extracts/members*.csv, format: csv}
  - {data_set: products, path: extracts/products*.csv, format: csv}
  - data_set: transactions
    path: extracts/transactions*.csv
    format: csv
    columns: {member_id: dealer_no}     # ours: theirs
    constants: {currency: USD}          # the same on every row, so the extract leaves it out
', ['aa5b7569b1e58d16db954b5cb97b4e2f1a56016aa26ff3ec903c81eac7fc4af4'], 'published', '2026-11-25 21:08:36', '2026-11-25 21:08:37');
CREATE TABLE settlements("program" VARCHAR, rebate VARCHAR, period VARCHAR, settled_through DATE, run_id VARCHAR NOT NULL, PRIMARY KEY("program", rebate, period, settled_through));
INSERT INTO main."settlements" VALUES
    ('volume-bonus-2026', 'quarterly-volume', '2026-Q1', '2026-03-31', '2026-10-05-c7040c3d6031'),
    ('volume-bonus-2026', 'quarterly-volume', '2026-Q2', '2026-06-30', '2026-10-05-c7040c3d6031'),
    ('volume-bonus-2026', 'quarterly-volume', '2026-Q3', '2026-09-30', '2026-10-05-c7040c3d6031');
CREATE TABLE targets("program" VARCHAR, rebate VARCHAR, member_id VARCHAR, period VARCHAR, "value" DECIMAL(18,6), "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
CREATE TABLE transactions(transaction_id VARCHAR, member_id VARCHAR, product_id VARCHAR, activity_date DATE, received_on DATE, "type" VARCHAR, quantity DECIMAL(18,6), unit VARCHAR, amount DECIMAL(18,4), currency VARCHAR, order_id VARCHAR, "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER, superseded_on DATE);
INSERT INTO main."transactions" VALUES
    ('T-0001', 'D-001', 'P-100', '2026-07-06', '2026-07-07', 'sale', 40.000000, 'piece', 1600.0000, 'USD', NULL, 'main', 'main|T-0001', 3, 2, NULL, NULL),
    ('T-0004', 'D-002', 'P-100', '2026-07-15', '2026-07-16', 'sale', 150.000000, 'piece', 6000.0000, 'USD', NULL, 'main', 'main|T-0004', 3, 5, NULL, NULL),
    ('T-0002', 'D-001', 'P-200', '2026-08-11', '2026-08-12', 'sale', 120.000000, 'piece', 1080.0000, 'USD', NULL, 'main', 'main|T-0002', 3, 3, NULL, NULL),
    ('T-0003', 'D-001', 'P-100', '2026-08-20', '2026-08-24', 'return', -2.000000, 'piece', -80.0000, 'USD', NULL, 'main', 'main|T-0003', 3, 4, NULL, NULL),
    ('T-0006', 'S-001', 'P-200', '2026-09-01', '2026-09-02', 'sale', 500.000000, 'piece', 4500.0000, 'USD', NULL, 'main', 'main|T-0006', 3, 7, NULL, NULL),
    ('T-0005', 'D-003', 'P-200', '2026-09-30', '2026-10-02', 'sale', 100.000000, 'piece', 900.0000, 'USD', NULL, 'main', 'main|T-0005', 3, 6, NULL, NULL),
    ('T-0007', 'D-002', 'P-200', '2026-10-05', '2026-10-06', 'sale', 30.000000, 'piece', 270.0000, 'USD', NULL, 'main', 'main|T-0007', 3, 8, NULL, NULL);
CREATE TABLE unit_conversions(product_id VARCHAR, from_unit VARCHAR, to_unit VARCHAR, factor VARCHAR, "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
CREATE TABLE visit_kpis(visit_id VARCHAR, kpi VARCHAR, product_id VARCHAR, kind VARCHAR, "target" VARCHAR, actual VARCHAR, "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
CREATE TABLE visit_tasks(visit_id VARCHAR, task_id VARCHAR, "name" VARCHAR, required BOOLEAN, "sequence" INTEGER, status VARCHAR, due_on DATE, completed_on DATE, "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
CREATE TABLE visits(visit_id VARCHAR, member_id VARCHAR, rep_id VARCHAR, planned_start TIMESTAMP, planned_end TIMESTAMP, actual_start TIMESTAMP, actual_end TIMESTAMP, status VARCHAR, priority VARCHAR, "program" VARCHAR, parent_visit_id VARCHAR, latitude DECIMAL(9,6), longitude DECIMAL(9,6), notes VARCHAR, "source" VARCHAR NOT NULL, row_key VARCHAR NOT NULL, load_seq INTEGER NOT NULL, line BIGINT NOT NULL, superseded_seq INTEGER);
CREATE TABLE warehouse_version("version" INTEGER NOT NULL);
INSERT INTO main."warehouse_version" VALUES
    (1);
CREATE TABLE "work".attribute_classes(attribute_key VARCHAR, attribute_class INTEGER);
INSERT INTO work."attribute_classes" VALUES
    ('sale', 1),
    ('return', 1);
CREATE TABLE "work".attribute_matches("filter" VARCHAR, attribute_class INTEGER);
INSERT INTO work."attribute_matches" VALUES
    ('{"include":[{"type":["sale","return"]}],"exclude":null}', 1);
CREATE TABLE "work".control(expected_transactions BIGINT, expected_amount DECIMAL(38,4), expected_quantity DECIMAL(38,6), scanned_transactions BIGINT, scanned_amount DECIMAL(38,4), scanned_quantity DECIMAL(38,6));
INSERT INTO work."control" VALUES
    (6, 14000.0000, 908.000000, 6, 14000.0000, 908.000000);
CREATE TABLE "work"."days"(activity_date DATE, segment INTEGER);
INSERT INTO work."days" VALUES
    ('2026-01-01', 1),
    ('2026-01-02', 1),
    ('2026-01-03', 1),
    ('2026-01-04', 1),
    ('2026-01-05', 1),
    ('2026-01-06', 1),
    ('2026-01-07', 1),
    ('2026-01-08', 1),
    ('2026-01-09', 1),
    ('2026-01-10', 1),
    ('2026-01-11', 1),
    ('2026-01-12', 1),
    ('2026-01-13', 1),
    ('2026-01-14', 1),
    ('2026-01-15', 1),
    ('2026-01-16', 1),
    ('2026-01-17', 1),
    ('2026-01-18', 1),
    ('2026-01-19', 1),
    ('2026-01-20', 1),
    ('2026-01-21', 1),
    ('2026-01-22', 1),
    ('2026-01-23', 1),
    ('2026-01-24', 1),
    ('2026-01-25', 1),
    ('2026-01-26', 1),
    ('2026-01-27', 1),
    ('2026-01-28', 1),
    ('2026-01-29', 1),
    ('2026-01-30', 1),
    ('2026-01-31', 1),
    ('2026-02-01', 1),
    ('2026-02-02', 1),
    ('2026-02-03', 1),
    ('2026-02-04', 1),
    ('2026-02-05', 1),
    ('2026-02-06', 1),
    ('2026-02-07', 1),
    ('2026-02-08', 1),
    ('2026-02-09', 1),
    ('2026-02-10', 1),
    ('2026-02-11', 1),
    ('2026-02-12', 1),
    ('2026-02-13', 1),
    ('2026-02-14', 1),
    ('2026-02-15', 1),
    ('2026-02-16', 1),
    ('2026-02-17', 1),
    ('2026-02-18', 1),
    ('2026-02-19', 1),
    ('2026-02-20', 1),
    ('2026-02-21', 1),
    ('2026-02-22', 1),
    ('2026-02-23', 1),
    ('2026-02-24', 1),
    ('2026-02-25', 1),
    ('2026-02-26', 1),
    ('2026-02-27', 1),
    ('2026-02-28', 1),
    ('2026-03-01', 1),
    ('2026-03-02', 1),
    ('2026-03-03', 1),
    ('2026-03-04', 1),
    ('2026-03-05', 1),
    ('2026-03-06', 1),
    ('2026-03-07', 1),
    ('2026-03-08', 1),
    ('2026-03-09', 1),
    ('2026-03-10', 1),
    ('2026-03-11', 1),
    ('2026-03-12', 1),
    ('2026-03-13', 1),
    ('2026-03-14', 1),
    ('2026-03-15', 1),
    ('2026-03-16', 1),
    ('2026-03-17', 1),
    ('2026-03-18', 1),
    ('2026-03-19', 1),
    ('2026-03-20', 1),
    ('2026-03-21', 1),
    ('2026-03-22', 1),
    ('2026-03-23', 1),
    ('2026-03-24', 1),
    ('2026-03-25', 1),
    ('2026-03-26', 1),
    ('2026-03-27', 1),
    ('2026-03-28', 1),
    ('2026-03-29', 1),
    ('2026-03-30', 1),
    ('2026-03-31', 1),
    ('2026-04-01', 2),
    ('2026-04-02', 2),
    ('2026-04-03', 2),
    ('2026-04-04', 2),
    ('2026-04-05', 2),
    ('2026-04-06', 2),
    ('2026-04-07', 2),
    ('2026-04-08', 2),
    ('2026-04-09', 2),
    ('2026-04-10', 2),
    ('2026-04-11', 2),
    ('2026-04-12', 2),
    ('2026-04-13', 2),
    ('2026-04-14', 2),
    ('2026-04-15', 2),
    ('2026-04-16', 2),
    ('2026-04-17', 2),
    ('2026-04-18', 2),
    ('2026-04-19', 2),
    ('2026-04-20', 2),
    ('2026-04-21', 2),
    ('2026-04-22', 2),
    ('2026-04-23', 2),
    ('2026-04-24', 2),
    ('2026-04-25', 2),
    ('2026-04-26', 2),
    ('2026-04-27', 2),
    ('2026-04-28', 2),
    ('2026-04-29', 2),
    ('2026-04-30', 2),
    ('2026-05-01', 2),
    ('2026-05-02', 2),
    ('2026-05-03', 2),
    ('2026-05-04', 2),
    ('2026-05-05', 2),
    ('2026-05-06', 2),
    ('2026-05-07', 2),
    ('2026-05-08', 2),
    ('2026-05-09', 2),
    ('2026-05-10', 2),
    ('2026-05-11', 2),
    ('2026-05-12', 2),
    ('2026-05-13', 2),
    ('2026-05-14', 2),
    ('2026-05-15', 2),
    ('2026-05-16', 2),
    ('2026-05-17', 2),
    ('2026-05-18', 2),
    ('2026-05-19', 2),
    ('2026-05-20', 2),
    ('2026-05-21', 2),
    ('2026-05-22', 2),
    ('2026-05-23', 2),
    ('2026-05-24', 2),
    ('2026-05-25', 2),
    ('2026-05-26', 2),
    ('2026-05-27', 2),
    ('2026-05-28', 2),
    ('2026-05-29', 2),
    ('2026-05-30', 2),
    ('2026-05-31', 2),
    ('2026-06-01', 2),
    ('2026-06-02', 2),
    ('2026-06-03', 2),
    ('2026-06-04', 2),
    ('2026-06-05', 2),
    ('2026-06-06', 2),
    ('2026-06-07', 2),
    ('2026-06-08', 2),
    ('2026-06-09', 2),
    ('2026-06-10', 2),
    ('2026-06-11', 2),
    ('2026-06-12', 2),
    ('2026-06-13', 2),
    ('2026-06-14', 2),
    ('2026-06-15', 2),
    ('2026-06-16', 2),
    ('2026-06-17', 2),
    ('2026-06-18', 2),
    ('2026-06-19', 2),
    ('2026-06-20', 2),
    ('2026-06-21', 2),
    ('2026-06-22', 2),
    ('2026-06-23', 2),
    ('2026-06-24', 2),
    ('2026-06-25', 2),
    ('2026-06-26', 2),
    ('2026-06-27', 2),
    ('2026-06-28', 2),
    ('2026-06-29', 2),
    ('2026-06-30', 2),
    ('2026-07-01', 3),
    ('2026-07-02', 3),
    ('2026-07-03', 3),
    ('2026-07-04', 3),
    ('2026-07-05', 3),
    ('2026-07-06', 3),
    ('2026-07-07', 3),
    ('2026-07-08', 3),
    ('2026-07-09', 3),
    ('2026-07-10', 3),
    ('2026-07-11', 3),
    ('2026-07-12', 3),
    ('2026-07-13', 3),
    ('2026-07-14', 3),
    ('2026-07-15', 3),
    ('2026-07-16', 3),
    ('2026-07-17', 3),
    ('2026-07-18', 3),
    ('2026-07-19', 3),
    ('2026-07-20', 3),
    ('2026-07-21', 3),
    ('2026-07-22', 3),
    ('2026-07-23', 3),
    ('2026-07-24', 3),
    ('2026-07-25', 3),
    ('2026-07-26', 3),
    ('2026-07-27', 3),
    ('2026-07-28', 3),
    ('2026-07-29', 3),
    ('2026-07-30', 3),
    ('2026-07-31', 3),
    ('2026-08-01', 3),
    ('2026-08-02', 3),
    ('2026-08-03', 3),
    ('2026-08-04', 3),
    ('2026-08-05', 3),
    ('2026-08-06', 3),
    ('2026-08-07', 3),
    ('2026-08-08', 3),
    ('2026-08-09', 3),
    ('2026-08-10', 3),
    ('2026-08-11', 3),
    ('2026-08-12', 3),
    ('2026-08-13', 3),
    ('2026-08-14', 3),
    ('2026-08-15', 3),
    ('2026-08-16', 3),
    ('2026-08-17', 3),
    ('2026-08-18', 3),
    ('2026-08-19', 3),
    ('2026-08-20', 3),
    ('2026-08-21', 3),
    ('2026-08-22', 3),
    ('2026-08-23', 3),
    ('2026-08-24', 3),
    ('2026-08-25', 3),
    ('2026-08-26', 3),
    ('2026-08-27', 3),
    ('2026-08-28', 3),
    ('2026-08-29', 3),
    ('2026-08-30', 3),
    ('2026-08-31', 3),
    ('2026-09-01', 3),
    ('2026-09-02', 3),
    ('2026-09-03', 3),
    ('2026-09-04', 3),
    ('2026-09-05', 3),
    ('2026-09-06', 3),
    ('2026-09-07', 3),
    ('2026-09-08', 3),
    ('2026-09-09', 3),
    ('2026-09-10', 3),
    ('2026-09-11', 3),
    ('2026-09-12', 3),
    ('2026-09-13', 3),
    ('2026-09-14', 3),
    ('2026-09-15', 3),
    ('2026-09-16', 3),
    ('2026-09-17', 3),
    ('2026-09-18', 3),
    ('2026-09-19', 3),
    ('2026-09-20', 3),
    ('2026-09-21', 3),
    ('2026-09-22', 3),
    ('2026-09-23', 3),
    ('2026-09-24', 3),
    ('2026-09-25', 3),
    ('2026-09-26', 3),
    ('2026-09-27', 3),
    ('2026-09-28', 3),
    ('2026-09-29', 3),
    ('2026-09-30', 3),
    ('2026-10-01', 4),
    ('2026-10-02', 4),
    ('2026-10-03', 4),
    ('2026-10-04', 4),
    ('2026-10-05', 4);
CREATE TABLE "work".entitlements(horizon VARCHAR, "program" VARCHAR, rebate VARCHAR, member_id VARCHAR, payee_id VARCHAR, period VARCHAR, period_start DATE, period_end DATE, through DATE, currency VARCHAR, qualifier DECIMAL(38,10), measure DECIMAL(38,10), baseline DECIMAL(38,10), tier INTEGER, unrounded DECIMAL(38,18), amount DECIMAL(18,4), note VARCHAR);
INSERT INTO work."entitlements" VALUES
    ('settled', 'volume-bonus-2026', 'quarterly-volume', 'D-001', 'D-001', '2026-Q3', '2026-07-01', '2026-09-30', '2026-09-30', 'USD', 2600.0000000000, 2600.0000000000, NULL, 1, 52.000000000000000000, 52.0000, ''),
    ('settled', 'volume-bonus-2026', 'quarterly-volume', 'D-002', 'D-002', '2026-Q3', '2026-07-01', '2026-09-30', '2026-09-30', 'USD', 6000.0000000000, 6000.0000000000, NULL, 2, 180.000000000000000000, 180.0000, ''),
    ('settled', 'volume-bonus-2026', 'quarterly-volume', 'D-003', 'D-003', '2026-Q3', '2026-07-01', '2026-09-30', '2026-09-30', 'USD', 900.0000000000, 900.0000000000, NULL, 0, 0E-18, 0.0000, '');
CREATE TABLE "work".factors(product_class INTEGER, unit VARCHAR, "target" VARCHAR, multiplier DECIMAL(38,18), divisor DECIMAL(38,18));
CREATE TABLE "work".foreign_currencies(span INTEGER, currency VARCHAR);
CREATE TABLE "work".fx_rates(from_currency VARCHAR, to_currency VARCHAR, rate_date DATE, rate DECIMAL(18,8), "source" VARCHAR, row_key VARCHAR, load_seq INTEGER, line BIGINT, superseded_seq INTEGER);
CREATE TABLE "work".member_spans(span INTEGER, member_id VARCHAR, valid_from DATE, valid_to DATE);
INSERT INTO work."member_spans" VALUES
    (1, 'D-001', '0001-01-01', '9999-12-31'),
    (2, 'D-002', '0001-01-01', '9999-12-31'),
    (3, 'D-003', '0001-01-01', '9999-12-31'),
    (4, 'S-001', '0001-01-01', '9999-12-31');
CREATE TABLE "work".participants("program" VARCHAR, is_baseline BOOLEAN, span INTEGER, member_id VARCHAR);
INSERT INTO work."participants" VALUES
    ('volume-bonus-2026', false, 1, 'D-001'),
    ('volume-bonus-2026', false, 2, 'D-002'),
    ('volume-bonus-2026', false, 3, 'D-003');
CREATE TABLE "work".payees("program" VARCHAR, member_id VARCHAR, payee_id VARCHAR);
INSERT INTO work."payees" VALUES
    ('volume-bonus-2026', 'D-001', 'D-001'),
    ('volume-bonus-2026', 'D-002', 'D-002'),
    ('volume-bonus-2026', 'D-003', 'D-003');
CREATE TABLE "work".periods(horizon VARCHAR, "program" VARCHAR, rebate VARCHAR, period VARCHAR, period_start DATE, period_end DATE, through DATE);
INSERT INTO work."periods" VALUES
    ('settled', 'volume-bonus-2026', 'quarterly-volume', '2026-Q1', '2026-01-01', '2026-03-31', '2026-03-31'),
    ('settled', 'volume-bonus-2026', 'quarterly-volume', '2026-Q2', '2026-04-01', '2026-06-30', '2026-06-30'),
    ('settled', 'volume-bonus-2026', 'quarterly-volume', '2026-Q3', '2026-07-01', '2026-09-30', '2026-09-30'),
    ('to_date', 'volume-bonus-2026', 'quarterly-volume', '2026-Q4', '2026-10-01', '2026-12-31', '2026-10-05');
CREATE TABLE "work".product_classes(product_id VARCHAR, valid_from DATE, valid_to DATE, product_class INTEGER);
INSERT INTO work."product_classes" VALUES
    ('P-100', '0001-01-01', '9999-12-31', 1),
    ('P-200', '0001-01-01', '9999-12-31', 1);
CREATE TABLE "work".product_matches("filter" VARCHAR, product_class INTEGER);
INSERT INTO work."product_matches" VALUES
    ('', 1);
CREATE TABLE "work".product_names(product_id VARCHAR, "name" VARCHAR);
INSERT INTO work."product_names" VALUES
    ('P-100', 'Brake pads'),
    ('P-200', 'Oil filter');
CREATE TABLE "work".proposed(run_id VARCHAR, posted_on DATE, kind VARCHAR, "program" VARCHAR, rebate VARCHAR, member_id VARCHAR, payee_id VARCHAR, period VARCHAR, settled_through DATE, payout_period VARCHAR, currency VARCHAR, amount DECIMAL(18,4), measure DECIMAL(38,10), qualifier DECIMAL(38,10), tier INTEGER, rule_version VARCHAR, reason VARCHAR, author VARCHAR);
INSERT INTO work."proposed" VALUES
    ('2026-10-05-c7040c3d6031', '2026-10-05', 'rebate', 'volume-bonus-2026', 'quarterly-volume', 'D-001', 'D-001', '2026-Q3', '2026-09-30', '2026-10', 'USD', 52.0000, 2600.0000000000, 2600.0000000000, 1, 'aa5b7569b1e58d16db954b5cb97b4e2f1a56016aa26ff3ec903c81eac7fc4af4', 'settled through 2026-09-30', 'rebatch'),
    ('2026-10-05-c7040c3d6031', '2026-10-05', 'rebate', 'volume-bonus-2026', 'quarterly-volume', 'D-002', 'D-002', '2026-Q3', '2026-09-30', '2026-10', 'USD', 180.0000, 6000.0000000000, 6000.0000000000, 2, 'aa5b7569b1e58d16db954b5cb97b4e2f1a56016aa26ff3ec903c81eac7fc4af4', 'settled through 2026-09-30', 'rebatch');
CREATE TABLE "work".rebates("program" VARCHAR, rebate VARCHAR, currency VARCHAR, minor_digits INTEGER, measure_kind VARCHAR, measure_term VARCHAR, qualifier_term VARCHAR, baseline_term VARCHAR, qualifier_kind VARCHAR, when_missing VARCHAR, missing_value DECIMAL(38,10), round_digits INTEGER, rule_version VARCHAR);
INSERT INTO work."rebates" VALUES
    ('volume-bonus-2026', 'quarterly-volume', 'USD', 2, 'revenue', 'volume-bonus-2026/quarterly-volume/revenue', 'volume-bonus-2026/quarterly-volume/revenue', NULL, 'plain', NULL, NULL, NULL, 'aa5b7569b1e58d16db954b5cb97b4e2f1a56016aa26ff3ec903c81eac7fc4af4');
CREATE TABLE "work".run(run_id VARCHAR);
INSERT INTO work."run" VALUES
    ('2026-10-05-c7040c3d6031');
CREATE TABLE "work".settled("program" VARCHAR, rebate VARCHAR, period VARCHAR, through DATE, currency VARCHAR, rule_version VARCHAR, is_known BOOLEAN);
INSERT INTO work."settled" VALUES
    ('volume-bonus-2026', 'quarterly-volume', '2026-Q1', '2026-03-31', 'USD', 'aa5b7569b1e58d16db954b5cb97b4e2f1a56016aa26ff3ec903c81eac7fc4af4', false),
    ('volume-bonus-2026', 'quarterly-volume', '2026-Q2', '2026-06-30', 'USD', 'aa5b7569b1e58d16db954b5cb97b4e2f1a56016aa26ff3ec903c81eac7fc4af4', false),
    ('volume-bonus-2026', 'quarterly-volume', '2026-Q3', '2026-09-30', 'USD', 'aa5b7569b1e58d16db954b5cb97b4e2f1a56016aa26ff3ec903c81eac7fc4af4', false);
CREATE TABLE "work".sums(span INTEGER, product_class INTEGER, attribute_class INTEGER, segment INTEGER, unit VARCHAR, currency VARCHAR, rate_date DATE, amount DECIMAL(38,4), quantity DECIMAL(38,6), transactions BIGINT);
INSERT INTO work."sums" VALUES
    (1, 1, 1, 3, 'piece', 'USD', NULL, 2600.0000, 158.000000, 3),
    (4, 1, 1, 3, 'piece', 'USD', NULL, 4500.0000, 500.000000, 1),
    (2, 1, 1, 3, 'piece', 'USD', NULL, 6000.0000, 150.000000, 1),
    (3, 1, 1, 3, 'piece', 'USD', NULL, 900.0000, 100.000000, 1);
CREATE TABLE "work".terms("program" VARCHAR, rebate VARCHAR, term VARCHAR, kind VARCHAR, "target" VARCHAR, product_filter VARCHAR, attribute_filter VARCHAR, is_baseline BOOLEAN);
INSERT INTO work."terms" VALUES
    ('volume-bonus-2026', 'quarterly-volume', 'volume-bonus-2026/quarterly-volume/revenue', 'revenue', 'USD', '', '{"include":[{"type":["sale","return"]}],"exclude":null}', false);
CREATE TABLE "work".tiers("program" VARCHAR, rebate VARCHAR, tier INTEGER, lower DECIMAL(38,10), bound DECIMAL(38,10), is_strict BOOLEAN, rate DECIMAL(38,18), fixed DECIMAL(38,18), every DECIMAL(38,10), cap DECIMAL(38,10), a DECIMAL(38,18), b DECIMAL(38,18), rise BIGINT, run BIGINT, most DECIMAL(38,10));
INSERT INTO work."tiers" VALUES
    ('volume-bonus-2026', 'quarterly-volume', 1, 1000.0000000000, 1000.0000000000, false, 0.020000000000000000, 0E-18, NULL, NULL, 0E-18, 0.020000000000000000, 0, 1, 99999999999999999999.0000000000),
    ('volume-bonus-2026', 'quarterly-volume', 2, 5000.0000000000, 5000.0000000000, false, 0.030000000000000000, 0E-18, NULL, NULL, 0E-18, 0.030000000000000000, 0, 1, 99999999999999999999.0000000000);
CREATE TABLE "work".unconverted(horizon VARCHAR, "program" VARCHAR, rebate VARCHAR, term VARCHAR, member_id VARCHAR, period VARCHAR, span INTEGER, product_class INTEGER, attribute_class INTEGER, segment INTEGER, unit VARCHAR, currency VARCHAR, rate_date DATE, "target" VARCHAR, transactions BIGINT);
CREATE TABLE "work".windows(horizon VARCHAR, term VARCHAR, period VARCHAR, segment INTEGER);
INSERT INTO work."windows" VALUES
    ('settled', 'volume-bonus-2026/quarterly-volume/revenue', '2026-Q1', 1),
    ('settled', 'volume-bonus-2026/quarterly-volume/revenue', '2026-Q2', 2),
    ('settled', 'volume-bonus-2026/quarterly-volume/revenue', '2026-Q3', 3),
    ('to_date', 'volume-bonus-2026/quarterly-volume/revenue', '2026-Q4', 4);
CREATE VIEW "work".transactions_in_force AS SELECT *, COALESCE(CAST("type" AS VARCHAR), '') AS attribute_key FROM transactions WHERE ((load_seq <= 3) AND (received_on <= CAST('2026-10-05' AS DATE)) AND ((superseded_seq IS NULL) OR (superseded_seq > 3) OR (superseded_on > CAST('2026-10-05' AS DATE))));
