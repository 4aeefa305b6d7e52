"""The `rebatch.yaml` of a demo workspace, and the logo that it names."""

from __future__ import annotations

LOGO = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 190 44" fill="none" stroke="#0b5d4e" stroke-width="4.5"
  stroke-linecap="round" stroke-linejoin="round">
<path fill="#0b5d4e" stroke="none" fill-rule="evenodd"
  d="M12 3h22l11 19-11 19H12L1 22zm11 9a10 10 0 1 0 0 20 10 10 0 0 0 0-20z"/>
<path d="M62 33V11h9a6.5 6.5 0 0 1 0 13h-9m9 0 7 9M84 33l9-22 9 22m-15-7h12
  M105 11l8.5 12 8.5-12m-8.5 12v10M130 11v22h12M163 11h-14v22h14m-14-11h11M171 33V11h8a6.5 6.5 0 0 1 0 13h-8m8 0 7 9"/>
</svg>
"""
"""A nut and the name, in the colour of the brand."""

_HEAD = """\
# The demo: Rayler Parts, a maker of spare parts, with its dealers, distributors and suppliers.
# Made by data/make_demo.py, like everything under extracts/.
name: Rayler Parts
currency: USD
rules: {rules}
visits: {visits}
max_rejects: 1%                  # above this share of a file's rows, the run stops before it computes
ids: {{case: upper, punctuation: keep}}
payouts: {{due_days: 30}}
brand:
  name: Rayler Parts
  colour: "#0b5d4e"
  address: ["Rayler Parts Inc.", "1 Foundry Way", "Milwaukee, WI"]
  contact: rebates@rayler.example
  logo: brand/logo.svg
words:
  category:
    values:
      batteries: {{de: Batterien, ja: バッテリー}}
      brakes: {{de: Bremsen, ja: ブレーキ}}
      components: {{de: Bauteile, ja: 部品}}
      filters: {{de: Filter, ja: フィルター}}
      lighting: {{de: Beleuchtung, ja: 灯火類}}
      lubricants: {{de: Schmierstoffe, ja: 潤滑油}}
      tools: {{de: Werkzeuge, ja: 工具}}
      wipers: {{de: Wischer, ja: ワイパー}}
  channel:
    values:
      counter: {{en: at the counter, de: Theke, ja: 店頭}}
      edi: {{en: EDI, de: EDI, ja: EDI}}
      web: {{en: the web shop, de: Webshop, ja: ウェブ}}
  region:
    values:
      EU: {{en: Europe, de: Europa, ja: 欧州}}
      NA: {{en: North America, de: Nordamerika, ja: 北米}}
  status:
    values:
      left: {{de: ausgetreten, ja: 脱退}}
sources:
  - {{data_set: members, path: extracts/members.csv, format: csv}}
  - data_set: hierarchy
    path: extracts/hierarchy.csv
    format: csv
    columns: {{valid_from: from, valid_to: to}}
  - data_set: enrolments
    path: extracts/enrolments.csv
    format: csv
    columns: {{valid_from: from, valid_to: to}}
  - {{data_set: products, path: extracts/products.csv, format: csv}}
  - {{data_set: unit_conversions, path: extracts/unit_conversions.csv, format: csv}}
  - {{data_set: fx_rates, path: extracts/fx_rates.csv, format: csv}}
  - {{data_set: targets, path: extracts/targets.csv, format: csv}}
  - {{data_set: baselines, path: extracts/baselines.csv, format: csv}}
  - data_set: reps
    path: extracts/reps.csv
    format: csv
    columns: {{valid_from: from, valid_to: to}}
  - {{data_set: locations, path: extracts/locations.csv, format: csv}}
  # The visit system's own extract; what reps save on their day sheets is laid beside it.
  - {{data_set: visits, path: extracts/visits*.csv, format: csv}}
  - {{data_set: visit_tasks, path: extracts/visit_tasks*.csv, format: csv}}
  - {{data_set: visit_kpis, path: extracts/visit_kpis*.csv, format: csv}}
  - {{data_set: visit_evidence, path: extracts/visit_evidence.csv, format: csv}}
"""

_CSV = """\
  # The ERP's ledger of orders: a file a half-year, with everything received in it.
  - data_set: transactions
    source: erp
    path: extracts/transactions-*.csv
    format: csv
    columns: {member_id: dealer_no, received_on: booked_on}   # ours: theirs
    signs: {type: {delivery: as_written}}   # what suppliers deliver: a type of its own, with the sign of its figures
    repeated_keys: last            # a corrected order line stands in the same file again, booked later or below
  # The point-of-sale system of the Japanese dealers, a file a half-year: an old character set, Japanese column names,
  # year/month/day, returns written without a minus sign, and a line known by its slip and its number on it.
  - data_set: transactions
    source: pos
    path: extracts/pos-*.txt
    format: csv
    delimiter: "\\t"
    encoding: cp932
    date_format: "%Y/%m/%d"
    columns:
      order_id: 伝票番号
      line_no: 行番号
      member_id: 得意先コード
      customer_name: 得意先名
      product_id: 商品コード
      activity_date: 売上日
      received_on: 受信日
      type: 区分
      quantity: 数量
      unit: 単位
      amount: 金額
    constants: {currency: JPY, channel: pos}
    key: [order_id, line_no]
    repeated_keys: last
    returns: positive
"""

_PARQUET = """\
  - {data_set: transactions, source: erp, path: extracts/transactions-*.parquet, format: parquet,
     repeated_keys: last, signs: {type: {delivery: as_written}}}
"""


def workspace_text(*, rules: str, visits: str, is_parquet: bool) -> str:
    """Return the configuration; `rules` and `visits`: where programs and templates lie, seen from the workspace."""
    return _HEAD.format(rules=rules, visits=visits) + (_PARQUET if is_parquet else _CSV)
