"""The report's colours, light and dark: charts are drawn in the light ones, and the page's style swaps them."""

from __future__ import annotations

from collections.abc import Mapping

Pair = tuple[str, str]
"""Light and dark."""

PAGE: Mapping[str, Pair] = {
    "paper": ("#ffffff", "#15171a"),
    "panel": ("#f3f4f5", "#1f2226"),
    "ink": ("#1b1d1f", "#e9e9e7"),
    "muted": ("#565c63", "#a8aeb5"),
    "line": ("#d5d8db", "#3a3f45"),
    "closed": ("#ebedef", "#25292e"),
    "good": ("#00695d", "#56c9b0"),
    "bad": ("#a33508", "#ff9f73"),
    "on-fill": ("#fffffe", "#0e1012"),
}
# The baseline is grey. Lines differ in their dashes too, so that nobody has to tell hues apart.
POLICIES: tuple[Pair, ...] = (
    ("#5f6a74", "#9ba7b2"),
    ("#1d5fd1", "#78b0ff"),
    ("#a8237a", "#f58fcb"),
    ("#8a6000", "#e3b341"),
    ("#007b7b", "#3fc9c9"),
    ("#6a3fb5", "#bda0f5"),
    ("#ad3420", "#ff9384"),
    ("#3d7718", "#8fd05f"),
)
# After Okabe and Ito's set for the colour-blind, darker in the light so that labels on them can be read.
OUTCOMES: Mapping[str, Pair] = {
    "helped_by_bot": ("#007556", "#43c59e"),
    "left_in_bot": ("#b34700", "#ff9a4d"),
    "served": ("#0067a3", "#6cbdf0"),
    "abandoned": ("#96457a", "#e79cc7"),
    "abandoned_silently": ("#7a3a63", "#cf86b3"),
    "blocked": ("#6b5f00", "#d6c640"),
    "open": ("#626a73", "#a0a9b3"),
}


def policy_colour(number: int) -> str:
    """The light colour of a policy, by its place in the experiment; after the eighth they come again."""
    return POLICIES[number % len(POLICIES)][0]


def colours() -> dict[str, Pair]:
    """All colours by the name of their variable."""
    return {
        **PAGE,
        **{f"p{number}": pair for number, pair in enumerate(POLICIES)},
        **{f"o-{name}": pair for name, pair in OUTCOMES.items()},
    }


HEAT_STEPS = 10
HEAT: Mapping[str, str] = {"right": "good", "wrong": "bad", "triage": "muted"}
_STRONGEST = 0.42


def heat(colour: str, step: int) -> str:
    """A page colour, let through by so many tenths of the strongest heat that text can still be read on."""
    return f"{colour}{round(255 * _STRONGEST * step / HEAT_STEPS):02x}"


def style() -> str:
    """CSS that defines the variables and makes drawings follow them. Print is light."""
    named = colours()
    light = "".join(f"--{name}:{pair[0]};" for name, pair in named.items())
    dark = "".join(f"--{name}:{pair[1]};" for name, pair in named.items())
    follow = "".join(
        f'.drawing [{paint}="{pair[0]}"]{{{paint}:var(--{name})}}'
        for name, pair in named.items()
        for paint in ("fill", "stroke")
    )
    heats = [
        "".join(
            f".{kind}.h{step}{{background:{heat(PAGE[name][mode], step)}}}"
            for kind, name in HEAT.items()
            for step in range(1, HEAT_STEPS + 1)
        )
        for mode in (0, 1)
    ]
    filled = "".join(f".{name}{{--own:var(--{name})}}" for name in named if name not in PAGE)
    in_the_dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}{heats[1]}}}"
    return f":root{{{light}}}\n{heats[0]}\n{in_the_dark}\n{follow}\n{filled}\n"
