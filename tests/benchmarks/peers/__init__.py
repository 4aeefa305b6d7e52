"""The same payouts as analysts write them, each a script of its own: python -m tests.benchmarks.peers.NAME WORKSPACE.

Each reads the extracts of the benchmark, pays by its one program, and prints the sum of all payouts.
"""
