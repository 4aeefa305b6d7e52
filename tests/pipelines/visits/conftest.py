"""A company with three members, two reps and a year of visits: small enough to reckon by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipelines.books.runs import Run
from pipelines.stages import run_all
from pipelines.workspace.configuration import open_workspace
from tests.faults.journey import CONFIG, HEADER, PROGRAM

if TYPE_CHECKING:
    from pathlib import Path

    from pipelines.workspace.configuration import Workspace
    from tests.conftest import BuiltOnce

DATA_SETS = ("reps", "locations", "visits", "visit_tasks", "visit_kpis")
SOURCES = "".join(f"  - {{data_set: {name}, path: extracts/{name}*.csv, format: csv}}\n" for name in DATA_SETS)
TIERS = "tiers: [{from: 1000, rate: 10%}, {from: 5000, rate: 12%}]"
TEMPLATE = """\
template: review
title: {en: Review, de: Besuch, ja: 訪問}
effective: {from: 2026-01-01, to: 2026-12-31}
members: {include: [{type: dealer}]}
duration: 60
skills: [audit]
frequency: [{every: 42}]
tasks:
  - {task: plan, title: Agree the plan, context: plan}
  - {task: train, title: Train, required: false}
indicators:
  - {indicator: shelf, title: Share of the shelf, kind: percent, unit: "%", target: 90}
  - {indicator: stock, title: On hand, kind: number, target: quantity_30d * 0.5, top_products: 1, stock: true}
  - {indicator: waste, title: Returns, kind: percent, unit: "%", target: 4, direction: at_most}
  - {indicator: display, title: Display stands, kind: boolean, target: true, direction: exactly}
"""
EXTRACTS = {
    "members": """\
member_id,name,type,region,currency
A,Alpha,dealer,N,USD
B,Beta,dealer,N,USD
C,Gamma,dealer,S,USD
D,Delta,supplier,S,USD
""",
    "products": "product_id,name,unit\nP,Pad,piece\n",
    "tx-1": HEADER
    + """\
1,A,P,2026-07-06,2026-07-07,sale,9,piece,950.00,USD
2,B,P,2026-07-15,2026-07-16,sale,40,piece,4000.00,USD
3,C,P,2026-07-15,2026-07-16,sale,40,piece,5000.00,USD
4,A,P,2026-05-15,2026-05-16,sale,40,piece,990.00,USD
5,A,P,2026-06-20,2026-06-21,return,-4,piece,-99.00,USD
6,A,P,2026-06-25,2026-06-26,sale,1,case,99.00,USD
""",
    "reps": """\
rep_id,name,email,region,start_latitude,start_longitude,working_hours,max_visits_per_day,skills
R1,Rita,rita@x.example,N,41.88,-87.63,mon-fri 08:00-17:00,3,audit; training
R2,Sam,sam@x.example,S,52.52,13.40,mon-thu 09:00-16:00,2,audit
""",
    "locations": """\
location_id,member_id,address,latitude,longitude,time_zone,opening_hours
LA,A,"1 Lake Street, Chicago",41.90,-87.60,America/Chicago,"mon-fri 09:00-12:00, 13:00-17:00"
LB,B,"2 Mill Lane, Chicago",41.70,-87.70,America/Chicago,mon-fri 09:00-17:00
LC,C,"Marktplatz 3, Potsdam",52.40,13.06,Europe/Berlin,wed 10:00-16:00
""",
    "visits": """\
visit_id,member_id,rep_id,planned_start,planned_end,actual_start,actual_end,status,visit_type,parent_visit_id,notes
V1,A,R1,2026-05-20T10:00,2026-05-20T11:00,2026-05-20T10:05,2026-05-20T11:35,completed,review,,Wants more.
V2,A,R1,2026-07-08T10:00,2026-07-08T11:00,2026-07-08T10:30,2026-07-08T11:00,completed,review,V1,
V3,B,R1,2026-07-09T10:00,2026-07-09T11:00,,,abandoned,review,,
V4,B,R1,2026-07-20T10:00,2026-07-20T11:00,,,planned,review,,
V5,C,R2,,,2026-07-21T10:00,2026-07-21T10:45,unscheduled,,,
""",
    "visit_tasks": """\
visit_id,task_id,name,required,status,due_on,completed_on
V1,t1,Agree the plan,true,done,2026-05-20,2026-05-20
V1,t2,Train,false,open,2026-05-20,
V2,t1,Agree the plan,true,open,2026-07-08,
V2,t2,Agree the plan,true,open,2026-07-15,
""",
    "visit_kpis": """\
visit_id,kpi,product_id,kind,target,actual,unit
V1,shelf,,percent,90,81,%
V2,shelf,,percent,90,90,%
V1,stock,P,number,20,30,piece
V2,stock,P,number,20,28,
V1,waste,,percent,4,5,%
V2,waste,,percent,4,3,%
V2,display,,boolean,true,no,
""",
}


def make(root: Path) -> Workspace:
    """Write the workspace; nothing is run yet."""
    files = {"rebatch.yaml": CONFIG + SOURCES, "rules/visits/review.yaml": TEMPLATE}
    files["rules/deal.yaml"] = PROGRAM.replace("tiers: [{from: 100, rate: 10%}]", TIERS)
    for name, text in (files | {f"extracts/{name}.csv": text for name, text in EXTRACTS.items()}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return open_workspace(root)


@pytest.fixture(scope="session")
def company(built_once: BuiltOnce) -> Workspace:
    """The company, run as of 1 August 2026: to look at, not to change."""
    return open_workspace(built_once("company", lambda root: run_all(make(root), Run(date(2026, 8, 1)))))
