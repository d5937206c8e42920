"""`deskdrill.run` and `deskdrill.compare`: what the commands of these names do, with results as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadValue, InputError, Problem, did_you_mean
from ...rules.policy import Policy
from ...scenarios.scenario import Scenario
from ...simulator.desk import Desk
from ...simulator.experiment import Experiment
from ...simulator.metrics import METRICS
from ...simulator.precision import Wish, wish_of
from ...simulator.run import simulate
from ...simulator.tables import tables_of
from ..cli.experiments import Args, kept, simulated
from ..cli.options import MOST_REPLICATIONS
from ..comparison import Comparison, comparison_of
from .frame import Frame, folder_of
from .given import PathLike, Workers, inputs_of, is_named, path_of, refuse_unless_whole, refused, workers_of
from .notebook import comparison_html

if TYPE_CHECKING:
    from ..targets import Answer

_NO_TARGETS: Answer | None = None
_WHO = "deskdrill.compare"


@dataclass(frozen=True)
class Results:
    """What policies did on a scenario; the first is the baseline. Shown in a notebook, it is the report's sentences and
    tables; `print` gives them as text.

    experiment  the replications' measures, for `assert_metric`, `assert_no_loops` and `assert_targets`
    folder      where `out` keeps the run
    """

    experiment: Experiment
    desk: Desk
    folder: Path | None = None

    @property
    def policies(self) -> tuple[str, ...]:
        """Names of the policies, in order."""
        return self.experiment.names

    @cached_property
    def measures(self) -> Frame:
        """Each measure of each policy, overall, by segment, by team and by group of agents.

        Columns: policy, kind (`overall`, `segment`, `team`, `group`), part (its name), measure, unit, value (mean over
        the replications), low and high (95 % interval), interval (of which kind), week_low and week_high (the range
        that holds nine replications of ten), n (replications). Not a number: no value.
        """
        rows = []
        for policy, name in enumerate(self.policies):
            for part in self.experiment.parts():
                for number, metric in enumerate(METRICS):
                    each = self.experiment.estimate(policy, part, number)
                    about = (name, *part, metric.id, metric.unit)
                    kind = None if np.isnan(each.low) else each.kind
                    rows.append((*about, each.value, each.low, each.high, kind, each.week_low, each.week_high, each.n))
        words = "policy", "kind", "part", "measure", "unit"
        numbers = "value", "low", "high", "interval", "week_low", "week_high", "n"
        return Frame.of_rows((*words, *numbers), rows)

    @cached_property
    def differences(self) -> Frame:
        """Each other policy against the first, paired on the same customers.

        Columns: policy, baseline, kind, part, measure, difference (policy − baseline), low and high (95 % interval),
        verdict (Holm-adjusted within each part).
        """
        names = "policy", "baseline", "kind", "part", "measure", "difference", "low", "high", "verdict"
        rows = [
            (each.b, each.a, *part, each.metric, each.difference, each.low, each.high, each.verdict)
            for part in self.experiment.parts()
            for each in self.experiment.differences(part)
        ]
        return Frame.of_rows(names, rows)

    @cached_property
    def replications(self) -> Frame:
        """Each measure in each replication: policy, replication, kind, part, measure, value."""
        parts, many = self.experiment.parts(), [metric.id for metric in METRICS]
        summaries = [each for of_policy in self.experiment.summaries for each in of_policy]
        # A row for each summary, part and measure, in this order.
        of, kind, measure = len(parts) * len(many), np.repeat(_words(parts), len(many), axis=0), _words(many)
        return Frame(
            {
                "policy": np.repeat(_words([each.policy for each in summaries]), of),
                "replication": np.repeat(np.array([each.replication for each in summaries], dtype=np.int32), of),
                "kind": np.tile(kind[:, 0], len(summaries)),
                "part": np.tile(kind[:, 1], len(summaries)),
                "measure": np.tile(measure, len(parts) * len(summaries)),
                "value": np.concatenate([each.values[part] for each in summaries for part in parts]),
            }
        )

    def tables(self, policy: str | None = None, replication: int = 0) -> dict[str, Frame]:
        """What happened in one replication of one policy (the first): problems, conversations, messages, visits,
        decisions and what the bot's parts did, as `deskdrill query` describes their columns. It is simulated anew.

        Raises `InputError` for a policy that is none of these.
        """
        name = self.policies[0] if policy is None else policy
        if name not in self.policies:
            near = did_you_mean(name, self.policies)
            raise InputError(Problem("tables", f"no policy `{name}` in these results", suggestion=near))
        known = sorted({each.replication for each in self.experiment.summaries[0]})
        if replication not in known or isinstance(replication, (bool, float)):
            among = f"{known[0]} to {known[-1]}"
            raise InputError(Problem("tables", f"no replication {replication} in these results; there are {among}"))
        warm_up = self.experiment.warm_up
        counts_from_s = None if warm_up is None else warm_up.lasts_s
        chosen = self.experiment.policies[self.policies.index(name)]
        run = simulate(self.desk, chosen, self.experiment.seed, replication, counts_from_s)
        return {name: Frame.of(table) for name, table in tables_of(run).items()}

    def to_parquet(self, folder: PathLike) -> Path:
        """Writes measures.parquet, differences.parquet (of several policies) and replications.parquet; the folder.

        Raises `CannotWrite`.
        """
        place = folder_of(folder)
        self.measures.to_parquet(place / "measures.parquet")
        if self.differences:
            self.differences.to_parquet(place / "differences.parquet")
        self.replications.to_parquet(place / "replications.parquet")
        return place

    @cached_property
    def comparison(self) -> Comparison:
        """The sentences and tables of the report."""
        return comparison_of(self.experiment)

    def __str__(self) -> str:
        from ..terminal import page_width
        from ..text import comparison_text

        return comparison_text(self.comparison, page_width()).rstrip("\n")

    def __repr__(self) -> str:
        many, seed = self.experiment.replications, self.experiment.seed
        return f"<Results: {', '.join(self.policies)} on {self.desk.scenario.name}, {many} replications, seed {seed}>"

    def _repr_html_(self) -> str:
        """The sentences and tables, in a notebook."""
        return comparison_html(self.comparison)


def run(scenario: PathLike | Scenario, policy: PathLike | Policy, **settings: Any) -> Results:
    """One policy on a scenario; `settings` are those of `compare`."""
    try:
        return compare(scenario, [policy], **settings)
    except InputError as error:
        mine = [replace(each, place="deskdrill.run") if each.place == _WHO else each for each in error.problems]
        raise InputError(mine) from None


def compare(  # noqa: PLR0913 - what the command has options for
    scenario: PathLike | Scenario,
    policies: Sequence[PathLike | Policy],
    *,
    replications: int = 20,
    seed: int = 1,
    messages: PathLike | None = None,
    workers: Workers = 1,
    precision: Mapping[str, str | float] | None = None,
    at_most: int | None = None,
    out: PathLike | None = None,
    resume: bool = False,
) -> Results:
    """Policies on the same customers; the first is the baseline. Scenario and policies are files, names of what ships,
    or what `load_scenario` and `load_policy` give.

    replications  independent weeks; with `precision` the first of them
    messages      a CSV or JSON Lines file of real messages
    workers       1: this process; a number of processes, `None` for one a processor; the address of a Dask scheduler
                  (`tcp://...`); or any `concurrent.futures.Executor`; results are the same
    precision     `{"wait_p90_s": "5%", "misroute_rate": 0.005}`: adds replications until half of each 95 % interval is
                  within that, or `at_most` are run
    out           a run folder, as `--out` writes it, for policies and a scenario from files; `resume` goes on with it

    Raises `InputError` with all that is wrong with files and names, and `DeskdrillError` where a policy cannot be
    played on the scenario.
    """
    refuse_unless_whole(_WHO, "replications", replications, 1, MOST_REPLICATIONS)
    refuse_unless_whole(_WHO, "seed", seed, 0)
    if at_most is not None:
        refuse_unless_whole(_WHO, "at_most", at_most, 1, MOST_REPLICATIONS)
    folder, texts, hands = path_of(_WHO, "out", out), path_of(_WHO, "messages", messages), workers_of(_WHO, workers)
    if at_most is not None and not precision:
        raise refused(_WHO, "`at_most` goes with `precision`")
    if resume and folder is None:
        raise refused(_WHO, "`resume` goes with `out`, the folder of the run that goes on")
    inputs = inputs_of(_WHO, scenario, policies, texts)
    args = Args(
        scenario=str(scenario) if is_named(scenario) else inputs.desk.scenario.name,
        policies=tuple(policy.name for policy in inputs.policies),
        replications=replications,
        seed=seed,
        messages=texts,
        workers=hands,
        out=folder,
        resume=resume,
        precision=_wishes(precision),
        at_most=at_most,
        command=_WHO,
    )
    if args.out is None:
        return Results(simulated(args, inputs), inputs.desk)
    if not is_named(scenario) or not all(source.text for source in inputs.sources):
        raise refused(_WHO, "`out` keeps the files of what was run: name files, not objects")
    found, _ = kept(args, inputs, args.out, lambda folder: (simulated(args, inputs, folder), _NO_TARGETS))
    return Results(found, inputs.desk, args.out)


def _wishes(precision: Mapping[str, str | float] | None) -> tuple[Wish, ...]:
    if precision is not None and not isinstance(precision, Mapping):
        raise refused(_WHO, f'`precision` has to be widths by measure, `{{"wait_p90_s": "5%"}}`, found {precision!r}')
    try:
        return tuple(wish_of(f"{measure}={width}") for measure, width in (precision or {}).items())
    except BadValue as error:
        raise refused(_WHO, f"`precision`: {error}") from None


def _words(words: Sequence[object]) -> NDArray[np.object_]:
    return np.array(words, dtype=object)
