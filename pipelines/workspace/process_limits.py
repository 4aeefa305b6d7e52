"""Limits that the system puts on this process: with too little memory a library would end it without a word."""

from __future__ import annotations

import re
import resource

from schemas.errors import MemoryLimitError, Problem

OWN_NEED = 3 << 30
"""Bytes of address space that the program and its libraries take beside the memory of DuckDB: code, stacks, caches."""
_UNITS = {"K": 10, "M": 20, "G": 30, "T": 40}
_SIZE = re.compile(r"([0-9.]+) ?([KMGT])i?B")


def refuse_little_memory(memory_limit: str = "0KB") -> None:
    """Refuse to go on where the process may not use OWN_NEED and `memory_limit` of rebatch.yaml.

    Raises:
        MemoryLimitError: it may use less (`ulimit -v` or `ulimit -d`).
    """
    found = _SIZE.fullmatch(memory_limit)
    needed = OWN_NEED + (int(float(found[1]) * (1 << _UNITS[found[2]])) if found else 0)
    limits = (resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA))
    allowed = min((limit for limit in limits if limit != resource.RLIM_INFINITY), default=needed)
    if allowed < needed:
        what = f"this process may use {allowed >> 20:,} MB of memory, and needs {needed >> 20:,} MB"
        todo = "let it use more (`ulimit -v`), or lower `memory_limit` in rebatch.yaml; nothing was done"
        raise MemoryLimitError(Problem(what, todo))
