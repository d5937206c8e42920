from __future__ import annotations

import itertools

import pytest

from deskdrill.reports import palette

MODES = pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
TEXT, GRAPHIC = 4.5, 3.0  # WCAG 2.2, success criteria 1.4.3 and 1.4.11, level AA


def rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: tuple[float, float, float], second: tuple[float, float, float]) -> float:
    darker, lighter = sorted([luminance(first), luminance(second)])
    return (lighter + 0.05) / (darker + 0.05)


def test_the_contrast_of_black_and_white_is_21() -> None:
    assert contrast(rgb("#000000"), rgb("#ffffff")) == pytest.approx(21)


@MODES
@pytest.mark.parametrize("name", ["ink", "muted", "good", "bad"])
@pytest.mark.parametrize("behind", ["paper", "panel", "closed"])
def test_text_can_be_read(name: str, behind: str, mode: int) -> None:
    assert contrast(rgb(palette.PAGE[name][mode]), rgb(palette.PAGE[behind][mode])) >= TEXT


@MODES
def test_lines_and_marks_can_be_seen(mode: int) -> None:
    for pair in [*palette.POLICIES, *palette.OUTCOMES.values()]:
        assert contrast(rgb(pair[mode]), rgb(palette.PAGE["paper"][mode])) >= GRAPHIC
    for pair in palette.POLICIES:
        assert contrast(rgb(pair[mode]), rgb(palette.PAGE["closed"][mode])) >= GRAPHIC


@MODES
def test_labels_on_bars_can_be_read(mode: int) -> None:
    for pair in palette.OUTCOMES.values():
        assert contrast(rgb(palette.PAGE["on-fill"][mode]), rgb(pair[mode])) >= TEXT


@MODES
def test_text_on_the_hottest_cell_can_be_read(mode: int) -> None:
    paper, ink = (rgb(palette.PAGE[name][mode]) for name in ("paper", "ink"))
    for name in palette.HEAT.values():
        heat = palette.heat(palette.PAGE[name][mode], palette.HEAT_STEPS)
        share = int(heat[7:], 16) / 255
        mixed = tuple(share * top + (1 - share) * below for top, below in zip(rgb(heat[:7]), paper, strict=True))
        assert contrast(ink, (mixed[0], mixed[1], mixed[2])) >= TEXT


def test_a_light_colour_names_one_variable() -> None:
    light = [pair[0] for pair in palette.colours().values()]
    assert all(first != second for first, second in itertools.combinations(light, 2))


def test_the_style_defines_every_colour_for_both_and_leaves_paper_light() -> None:
    light, dark = palette.style().split("@media screen and (prefers-color-scheme:dark)")
    for name, pair in palette.colours().items():
        assert f"--{name}:{pair[0]};" in light
        assert f"--{name}:{pair[1]};" in dark


def test_policies_beyond_the_last_colour_start_anew() -> None:
    assert palette.policy_colour(len(palette.POLICIES)) == palette.policy_colour(0)
