"""The section about provisions on the reference page: their order, and what each does to an amount."""

from __future__ import annotations

PROVISIONS = """\
## After the tiers, in this order

Until the last but one of these steps nothing is rounded.

1. **Proration** (`prorate`), for who takes part in the program on some of a period's days only. The part is those days
   over the days of the period, up to its end by what is known today: who has left has fewer, and who has not is counted
   on to the end, so that a settlement on the way and the last one are prorated alike. `thresholds` multiplies bounds,
   fixed amounts, `every` and every limit per member by the part; what is measured stays whole. With 3% from 1,000 and
   `pays: 30`, half of the days and a measure of 600 reach the tier at 500 and pay 15 + 18 = 33. `payout` multiplies
   what the scale gives: on 1,200, half of 66. Of a group that is added up, the days count on which any of its buyers
   takes part.
2. **Guarantee** of the rebate: in the settlement that ends the period, never before. It is not prorated.
3. **Limit** of the rebate, `per_member`, on all that is paid for a period; of a group, before it is shared.
4. **Stack**, per member and period, in the order of the file, on the whole of what each rebate pays. `additive`: all
   are paid. `best_of`: only the largest, the first of equals. `first_of`: only the first that pays more than nothing.
   `cascade`: what the earlier rebates of the group pay is taken off the revenue that a later one is reckoned on, and
   off its qualifier if that is the same figure, before its tier is chosen: 10% and then 20% of 1,000 pay 100 and 180.
   What is left of the revenue has ten decimals. With `reduced: false` a rebate is reckoned on the whole revenue, and
   what it pays is still taken off later ones.
5. **Limit** of the program, `per_member`, on the sum of its rebates of one period: the first of the file are paid
   first. It is prorated where the program itself says `prorate: thresholds`.
6. **Rounding**, half away from zero, to the currency's smallest unit. The rounded amounts stay within the program's
   limit too.
7. **Budget** of the program, on the sum of all that it owes over all its days. If more was earned, or the rounded
   amounts add up to more, everything is multiplied by the same factor, what was paid for past periods included, and
   cut to the smallest unit; what is left goes one unit each to the largest fractions, of equal ones by payee,
   member, rebate and period. 60 and 60 of a budget of 100 are 50 and 50; what was paid already is restated.

`rebatch explain` says which of these steps changed an amount. `rebatch calc` and the tests of a rule file stand for a
whole period of one member: guarantee and limit of the rebate itself apply there, and nothing else of this list.
"""
