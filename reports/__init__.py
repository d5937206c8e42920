"""What it means, to people: comparisons, pages and the command line."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .comparison import Comparison, comparison_of
    from .export import experiment_data, experiment_json
    from .text import comparison_text

__all__ = ["Comparison", "comparison_of", "comparison_text", "experiment_data", "experiment_json"]

# Public name -> the module that holds it; loaded when it is first used.
_HOMES: Final = {
    "Comparison": "comparison",
    "comparison_of": "comparison",
    "comparison_text": "text",
    "experiment_data": "export",
    "experiment_json": "export",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module(f".{home}", __name__), name)
