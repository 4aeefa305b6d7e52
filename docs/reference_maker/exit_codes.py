"""The page of the exit codes, from the errors themselves."""

from __future__ import annotations

from pipelines.console.exit_codes import exit_codes
from reference_maker.markdown import code, page, table
from schemas.errors import TransientError

INTRODUCTION = f"""\
Every command ends with one of these. What is wrong stands on standard error, a line each: where, what was found, and
what to do. Nothing is left half done, so that a command can always be given again; after
{TransientError.exit_code} that alone may help.
"""


def exit_codes_page() -> str:
    """Return the page: every exit code and what it means."""
    rows = ((code(str(number)), meaning) for number, meaning in exit_codes().items())
    return page("Exit codes", "`schemas/errors.py`", INTRODUCTION, table(("code", "meaning"), rows))
