"""The pages of the reference by their file names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference_maker.commands import commands_page
from reference_maker.configuration import configuration_page
from reference_maker.data_sets import data_sets_page
from reference_maker.exit_codes import exit_codes_page
from reference_maker.output_files import output_files_page
from rules.reference.page import reference_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "configuration.md": configuration_page,
    "data-sets.md": data_sets_page,
    "exit-codes.md": exit_codes_page,
    "output-files.md": output_files_page,
    "rule-language.md": reference_page,
}
