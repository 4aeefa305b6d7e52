"""Where the files of a statement lie in the folder of a run."""

from __future__ import annotations

import hashlib
import re

STATEMENTS_FOLDER = "statements"
LONGEST_SLUG = 40
# The slug alone may be the same for two ids, such as A/1 and a-1; the hash of the id tells them apart.
HASH_DIGITS = 12


def statement_path(payee_id: str) -> str:
    """Return the path of a payee's statement: safe on every file system for any id, and different for different ids."""
    return f"{_stem(payee_id)}.html"


def transactions_path(payee_id: str) -> str:
    """Return the path of the file beside it, with every transaction that counts."""
    return f"{_stem(payee_id)}-transactions.csv"


def account_path(payee_id: str) -> str:
    """Return the path of the file with every entry of the payee's account."""
    return f"{_stem(payee_id)}-account.csv"


def rebates_path(payee_id: str) -> str:
    """Return the path of the file with the positions that the page only adds up."""
    return f"{_stem(payee_id)}-rebates.csv"


def safe_stem(payee_id: str) -> str:
    """Return a name for files of a payee: safe on every file system for any id, and different for different ids."""
    slug = re.sub(r"[^a-z0-9]+", "-", payee_id.lower())[:LONGEST_SLUG].strip("-") or "payee"
    digest = hashlib.sha256(payee_id.encode()).hexdigest()[:HASH_DIGITS]
    return f"{slug}-{digest}"


def _stem(payee_id: str) -> str:
    return f"{STATEMENTS_FOLDER}/{safe_stem(payee_id)}"
