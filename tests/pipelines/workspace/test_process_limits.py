from __future__ import annotations

import resource

import pytest

from pipelines.workspace.process_limits import OWN_NEED, refuse_little_memory
from schemas.errors import MemoryLimitError


@pytest.mark.parametrize("kind", [resource.RLIMIT_AS, resource.RLIMIT_DATA])
def test_a_process_that_may_use_too_little_does_not_begin(kind: int, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = dict.fromkeys((resource.RLIMIT_AS, resource.RLIMIT_DATA), resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda asked: (limits[asked], resource.RLIM_INFINITY))
    refuse_little_memory("4GB")
    limits[kind] = OWN_NEED + (4 << 30)
    refuse_little_memory("4GB")
    refuse_little_memory("0.5 GiB")
    limits[kind] -= 1
    with pytest.raises(MemoryLimitError, match="may use 7,167 MB of memory, and needs 7,168 MB"):
        refuse_little_memory("4GB")
    limits[kind] = OWN_NEED - 1
    with pytest.raises(MemoryLimitError, match="nothing was done"):
        refuse_little_memory()
