"""From entitlements to postings and payouts: settle, net, draft, decide, reconcile, accrue, chain."""
