"""A fire drill for a support desk: tests bot and routing rules on simulated customers before real ones meet them.

The names below are loaded when they are first used, so that `import deskdrill` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from .version import VERSION

if TYPE_CHECKING:
    # Under their own names: type checkers then know that they are meant for others.
    from .errors import DeskdrillError as DeskdrillError
    from .errors import InputError as InputError
    from .errors import Problem as Problem
    from .reports.python.experiments import compare as compare
    from .reports.python.experiments import run as run
    from .reports.python.staffing import staff as staff
    from .rules.decide import decide as decide
    from .rules.loading import load_policy as load_policy
    from .scenarios.loading import load_scenario as load_scenario
    from .simulator.assertions import assert_metric as assert_metric
    from .simulator.assertions import assert_no_loops as assert_no_loops
    from .simulator.assertions import assert_targets as assert_targets
    from .simulator.desk import open_desk as open_desk
    from .simulator.metrics import measure as measure
    from .simulator.replications import run_experiment as run_experiment
    from .simulator.run import simulate as simulate

__version__ = VERSION

# Public name -> the module that holds it.
_HOMES: Final[dict[str, str]] = {
    "DeskdrillError": "deskdrill.errors",
    "InputError": "deskdrill.errors",
    "Problem": "deskdrill.errors",
    "assert_metric": "deskdrill.simulator.assertions",
    "assert_no_loops": "deskdrill.simulator.assertions",
    "assert_targets": "deskdrill.simulator.assertions",
    "compare": "deskdrill.reports.python.experiments",
    "decide": "deskdrill.rules.decide",
    "load_policy": "deskdrill.rules.loading",
    "load_scenario": "deskdrill.scenarios.loading",
    "measure": "deskdrill.simulator.metrics",
    "open_desk": "deskdrill.simulator.desk",
    "run": "deskdrill.reports.python.experiments",
    "run_experiment": "deskdrill.simulator.replications",
    "staff": "deskdrill.reports.python.staffing",
    "simulate": "deskdrill.simulator.run",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 (the table holds text)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
