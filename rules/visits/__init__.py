"""Visits: what is to be done at partners, what was done there, and which visits come next."""
