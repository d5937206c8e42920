"""Exact results of queueing theory, to hold the simulator against and to size a desk without a run.

Rates are per one unit of time, the same for all arguments, and waits come back in that unit. A wrong argument raises
`BadValue`, a queue that grows for ever `Unstable`.
"""

from __future__ import annotations

from .chains import SteadyState, TooManyStates, Truncated, steady_state, steady_state_within
from .chats import ChatMeasures, chat_design
from .erlang import ErlangC, FiniteQueue, erlang_b, erlang_c
from .impatience import ErlangA, ImpatientQueue, ServiceLevels
from .loads import PiecewiseRate, SinusoidalRate, load_at, poisson_agents, poisson_tail
from .priorities import conserved_wait, pollaczek_khinchine, priority_waits, single_agent_priority_waits
from .returns import (
    BotTurns,
    Containment,
    Misroutes,
    Retrial,
    Retrying,
    behind_bot,
    bot_turns,
    containment,
    erlang_a_with_retries,
    retrial_queue,
    with_recontacts,
)
from .skills import ClassMeasures, SkillClass, SkillMeasures, SkillPool, n_design, skill_design, v_design
from .staffing import (
    Target,
    beta_for_delay,
    garnett_delay,
    halfin_whitt_delay,
    least_agents,
    quality_of_service,
    scheduled_agents,
    square_root_agents,
)
from .times import (
    LognormalParameters,
    Survival,
    TwoPhases,
    at_once,
    balanced_hyperexponential,
    constant,
    exponential,
    from_quantile,
    hyperexponential,
    lognormal,
    lognormal_parameters,
    mixture,
    never,
    weibull,
)

__all__ = [
    "BotTurns",
    "ChatMeasures",
    "ClassMeasures",
    "Containment",
    "ErlangA",
    "ErlangC",
    "FiniteQueue",
    "ImpatientQueue",
    "LognormalParameters",
    "Misroutes",
    "PiecewiseRate",
    "Retrial",
    "Retrying",
    "ServiceLevels",
    "SinusoidalRate",
    "SkillClass",
    "SkillMeasures",
    "SkillPool",
    "SteadyState",
    "Survival",
    "Target",
    "TooManyStates",
    "Truncated",
    "TwoPhases",
    "at_once",
    "balanced_hyperexponential",
    "behind_bot",
    "beta_for_delay",
    "bot_turns",
    "chat_design",
    "conserved_wait",
    "constant",
    "containment",
    "erlang_a_with_retries",
    "erlang_b",
    "erlang_c",
    "exponential",
    "from_quantile",
    "garnett_delay",
    "halfin_whitt_delay",
    "hyperexponential",
    "least_agents",
    "load_at",
    "lognormal",
    "lognormal_parameters",
    "mixture",
    "n_design",
    "never",
    "poisson_agents",
    "poisson_tail",
    "pollaczek_khinchine",
    "priority_waits",
    "quality_of_service",
    "retrial_queue",
    "scheduled_agents",
    "single_agent_priority_waits",
    "skill_design",
    "square_root_agents",
    "steady_state",
    "steady_state_within",
    "v_design",
    "weibull",
    "with_recontacts",
]
