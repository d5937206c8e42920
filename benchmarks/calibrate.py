"""Fit the shipped scenarios to the published figures again, and write the numbers that were found into their files.

    python benchmarks/calibrate.py [saas-2022 ...] [--weeks 0.5] [--look]

A number is fitted if its line ends in `# fitted to MEASURE`: as many numbers as there are such figures of that scenario
(deskdrill validate --published). All of a scenario are changed together (Broyden's method on the logarithm, or for
shares the logit, with first slopes from runs), on the same customers each time, until every measure is within 1 % of
its figure, and within 80 % of what was rounded away. Shares are written with one decimal, other numbers whole.
"""

from __future__ import annotations

import argparse
import re
from importlib.resources import files
from pathlib import Path

import numpy as np

from deskdrill.documents import parse_document
from deskdrill.scenarios.loading import scenario_from_document
from deskdrill.simulator.executors import default_workers
from deskdrill.simulator.validation import FIGURES, Figure, Trial, measured_weeks

SEED = 77
"""Other customers than those of `validate`, so that it tests what is fitted here."""
FITTED = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)(?P<unit>%?)(?P<rest>[^\d\n]*# fitted to (?P<measure>\w+))$", re.MULTILINE
)
STEP, MOST_STEP, ROUNDS = 0.2, 1.0, 12
CLOSE, CLOSE_SHARE = 0.8, 0.01


class Fit:
    """The numbers of one scenario that are fitted, as they stand in its text."""

    def __init__(self, name: str, weeks: float, workers: int) -> None:
        self.name, self.weeks, self.workers = name, weeks, workers
        self.path = Path(str(files("deskdrill.scenarios"))) / "library" / f"{name}.yaml"
        self.text = self.path.read_text(encoding="utf-8")
        self.places = list(FITTED.finditer(self.text))
        mine = {figure.measure: figure for figure in FIGURES if figure.scenario == name}
        self.figures: list[Figure] = [mine[place["measure"]] for place in self.places]
        self.is_share = np.array([place["unit"] == "%" for place in self.places])

    def read(self) -> np.ndarray:
        """The numbers on the scale on which they are changed."""
        given = np.array([float(place["number"]) for place in self.places])
        shares = np.clip(given / 100, 1e-4, 1 - 1e-4)
        return np.where(self.is_share, np.log(shares / (1 - shares)), np.log(np.maximum(given, 1e-9)))

    def text_with(self, x: np.ndarray) -> str:
        """The scenario's text with other numbers."""
        numbers = np.where(self.is_share, 100 / (1 + np.exp(-x)), np.exp(x))
        pairs = zip(numbers, self.is_share, strict=True)
        texts = iter([f"{number:.1f}" if is_share else f"{number:.0f}" for number, is_share in pairs])
        return FITTED.sub(lambda found: f"{next(texts)}{found['unit']}{found['rest']}", self.text)

    def measured(self, x: np.ndarray) -> np.ndarray:
        """What the measures come to with these numbers."""
        scenario = scenario_from_document(parse_document(self.text_with(x), self.path.name))
        trial = Trial(SEED, self.workers)
        found = measured_weeks(self.figures, {self.name: scenario}, trial, self.weeks)
        return np.array([found[figure].mean() for figure in self.figures])

    def fitted(self) -> np.ndarray:
        """Numbers with which every measure is close to its figure; raises `SystemExit` if none are found."""
        wanted = np.array([figure.published for figure in self.figures])
        rounded = np.array([(figure.at_most - figure.at_least) / 2 for figure in self.figures])
        close = np.minimum(CLOSE * rounded, CLOSE_SHARE * wanted)
        x = self.read()
        now = self.measured(x)
        self.show(x, now)
        slopes = np.array([(self.measured(x + STEP * unit) - now) / STEP for unit in np.eye(x.size)]).T
        for _ in range(ROUNDS):
            if (np.abs(now - wanted) <= close).all():
                return x
            step = np.clip(np.linalg.lstsq(slopes, wanted - now, rcond=None)[0], -MOST_STEP, MOST_STEP)
            x, before = x + step, now
            now = self.measured(x)
            self.show(x, now)
            slopes = slopes + np.outer(now - before - slopes @ step, step) / (step @ step)
        raise SystemExit(f"{self.name}: no fit in {ROUNDS} rounds")

    def show(self, x: np.ndarray, now: np.ndarray) -> None:
        """One line for each number."""
        changed = FITTED.finditer(self.text_with(x))
        for place, figure, value in zip(changed, self.figures, now, strict=True):
            number, came = f"{place['number']}{place['unit']}", f"{value:.5f}, published {figure.published:g}"
            print(f"{self.name}  {figure.name:44} {number:>8}  ->  {came}", flush=True)
        print(flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = list(dict.fromkeys(figure.scenario for figure in FIGURES))
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(names)}; all if none is named")
    parser.add_argument("--weeks", type=float, default=1, help="share of the weeks that validate plays")
    parser.add_argument("--workers", type=int, default=default_workers())
    parser.add_argument("--look", action="store_true", help="only say how far off they are")
    args = parser.parse_args()
    for name in args.scenarios:
        if name not in names:
            parser.error(f"`{name}` is none of {', '.join(names)}")
    for name in args.scenarios or names:
        fit = Fit(name, args.weeks, args.workers)
        if args.look:
            fit.show(fit.read(), fit.measured(fit.read()))
        else:
            fit.path.write_text(fit.text_with(fit.fitted()), encoding="utf-8")


if __name__ == "__main__":
    main()
