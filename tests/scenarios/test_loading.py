from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_schema import misfits, schemas_within
from plain_scenario import plain_scenario

from deskdrill.documents import parse_document
from deskdrill.errors import InputError
from deskdrill.scenarios import load_scenario, scenario_from_document, scenario_schema, shipped_scenarios
from deskdrill.scenarios.checks.sources import covers, input_paths
from deskdrill.scenarios.strategies import scenario_data, scenarios

SHIPPED = (files("deskdrill.scenarios") / "library" / "saas-week.yaml").read_text(encoding="utf-8")
HERE = "¦"


def spoilt(pattern: str, replacement: str) -> tuple[str, str]:
    """The shipped scenario with the first match of a pattern replaced, and where the mark `¦` stood."""
    marked, changed = re.subn(pattern, lambda _: replacement, SHIPPED, count=1)
    assert changed, f"{pattern} does not occur"
    before, _, after = marked.partition(HERE)
    return before + after, f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def lines_for(text: str) -> list[str]:
    with pytest.raises(InputError) as refused:
        scenario_from_document(parse_document(text, "mine.yaml"))
    return str(refused.value).splitlines()


MISTAKES = [
    (r"days: 7", "¦dayz: 7", "unknown key `dayz`; did you mean `days`?"),
    (r"days: 7", "days: ¦seven", "expected a whole number, found `seven`"),
    (r"days: 7", "days: ¦0", "expected at least 1, found `0`"),
    (r"days: 7", "days: 7\n¦days: 8", "key `days` is given twice, first on line 7"),
    (r"days: 7", "days: 7\nsteady_state: {warm_up: ¦7d}", "the run lasts 7.0 days; a warm-up of 7.0 days leaves nothing to measure"),
    (r"days: 7", "days: 7\nsteady_state: {warm_up: ¦soon}", "expected `mser` or a duration such as `90s`, `8m`, `2h`, `1d`, `1w` or `1h30m`, found `soon`"),
    (r"\nreturns:", "\nbacklog: {¦biling: 40}\nreturns:", "unknown team `biling`; did you mean `billing`?"),
    (r"\nreturns:", "\nbacklog: {billing: ¦lots}\nreturns:", "expected a whole number, found `lots`"),
    (r"start: \S+", "start: ¦02/03/2026", "`02/03/2026` is not a date such as 2026-03-02"),
    (r"time_zone: \S+", "time_zone: ¦Europe/Londn", "unknown time zone `Europe/Londn`; expected a name such as `Europe/London`; did you mean `Europe/London`?"),
    (r"per_week: \d+", "per_week: ¦-5", "expected more than 0, found `-5`"),
    (r"work: \{mean: 7m", "work: {mean: ¦-7m", "a duration cannot be negative, found `-7m`"),
    (r"work: \{mean: 7m", "work: {mean: ¦7", "expected a duration with its unit, found `7`; did you mean `7m`?"),
    (r"team: success", "team: ¦sucess", "unknown team `sucess`; did you mean `success`?"),
    (r"team: frontline", "team: ¦triage", "`triage` is the escalation inbox: it assigns, it does not solve"),
    (r"escalation:\n  team: triage", "escalation:\n  team: ¦nobody", "unknown team `nobody`"),
    (r"escalation:\n", "expected_wait: {throughput_over: ¦30m}\nescalation:\n", "`throughput_over` goes with `by: queue_over_throughput`"),
    (r"escalation:\n", "expected_wait: {by: queue_over_throughput, throughput_over: ¦0m}\nescalation:\n", "expected more than 0, found `0m`"),
    (r"staffing: \{[^}]+\}", "staffing: ¦{always: 0}", "team `frontline` receives conversations but has no agents all week"),
    (r"also_solves: \[\w+\]", "also_solves: [¦prycing]", "unknown intent `prycing`; did you mean `pricing`?"),
    (r"  segments: \[trial", "  segments: [¦trail", "unknown segment `trail`; did you mean `trial`?"),
    (r"  plans: \[trial", "  plans: [¦trail", "unknown plan `trail`; did you mean `trial`?"),
    (r"  flags: \[at_risk", "  flags: [¦at_rsk", "unknown flag `at_rsk`; did you mean `at_risk`?"),
    (r"\nreturns:", "\n¦return:", "unknown key `return`; did you mean `returns`?"),
    (r"unhelped: \{[^}]+\}", "unhelped: ¦{says_no: 50%, asks: 25%, silent: 50%}", "shares of what an unhelped customer does sum to 125%, not 100%"),
    (r"plan: \{trial: [^}]+\}", "plan: ¦{trial: 50%, starter: 40%}", "shares of the plans sum to 90%, not 100%"),
    (r"company: \{[^}]+\}", "company: ¦{startup: 50%, agency: 40%}", "shares of the kinds of company sum to 90%, not 100%"),
    (r"company: \{[^}]+\}", "company: ¦{}", "expected at least 1 entry, found 0"),
    (r"company: \{[^}]+\}", "company: {startup: ¦half}", "expected a share from 0 to 1, or a percentage such as `20%`, found `half`"),
    (r"company: \{", "¦compny: {", "unknown key `compny`; did you mean `company`?"),
    (r"products: \{[^}]+\}", "products: {api: ¦120%}", "a share is at most 100%, found `120%`"),
    (r"products: \{[^}]+\}", "products: ¦[api]", "expected keys and values, found a list"),
    (r"products: \{", "¦product: {", "unknown key `product`; did you mean `products`?"),
    (r"company: 35%", "¦companies: 35%", "unknown key `companies`; did you mean `company`?"),
    (r"help_centre_visit: \{[^}]+\}", "help_centre_visit: ¦{share: 30%, within: 0}", "a share of visits needs `within`, the time before writing in"),
    (r"concurrency: \d", "concurrency: ¦0", "expected at least 1, found `0`"),
    (r"writes_again: \{[^}]+\}", "writes_again: ¦{rephrased: 70%, frustrated: 25%}", "shares of what a customer writes again sum to 110%, not 100%"),
    (r"  standard:\n", "  standard:\n    value: ¦5\n", "all segments have a `value` or none; there is none for `trial`, `high-touch`, `billing-sensitive`"),
    (r"    facts:", "    value: ¦-5\n    facts:", "expected at least 0, found `-5`"),
    (r"\nbehaviour:\n", "\nbehaviour:\n  survey: {csat_4_or_5: {transferred: ¦-12%}}\n", "a share cannot be negative, found `-12%`"),
    (r"\nbehaviour:\n", "\nbehaviour:\n  survey: {¦replies: {bot: 5%}}\n", "unknown key `replies`; did you mean `reply`?"),
    (r"touches_at_most: \d", "touches_at_most: ¦1", "expected at least 2, found `1`"),
    (r"  phrasebook: en", "  phrasebook: en\n  labels: {x: ¦y}", "unknown intent `y`"),
    (r"    facts:", "    channels: ¦{chat: 50%, email: 40%}\n    facts:", "shares of the channels sum to 90%, not 100%"),
    (r"    also_solves: \[l", "    leads_nowhere: {after: 20m, to: ¦sucess}\n    also_solves: [l", "unknown team `sucess`; did you mean `success`?"),
    (r"    also_solves: \[l", "    leads_nowhere: {after: 20m, to: ¦triage}\n    also_solves: [l", "`triage` cannot take over from `frontline`; name a team of managers"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "replacement", "message"), MISTAKES, ids=[replacement for _, replacement, _ in MISTAKES])
def test_a_mistake_is_one_line_with_its_place(pattern: str, replacement: str, message: str) -> None:
    text, place = spoilt(pattern, replacement)
    assert lines_for(text) == [f"mine.yaml:{place}: {message}"]


KEYS = [
    (r"staffing: \{Mon-Fri", "staffing: {¦Mon-Fry", "unknown day `Fry` in `Mon-Fry 08-20`; did you mean `Fri`?"),
    (r"      disputed_charge: 1%", "      ¦disputed_charg: 1%", "unknown intent `disputed_charg`; did you mean `disputed_charge`?"),
    (r"  behaviour.reply_gap:", "  ¦behaviour.reply_gab:", "no input is called `behaviour.reply_gab`"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "replacement", "message"), KEYS, ids=[replacement for _, replacement, _ in KEYS])
def test_what_is_wrong_with_a_key_is_said_on_its_line(pattern: str, replacement: str, message: str) -> None:
    text, place = spoilt(pattern, replacement)
    (line,) = lines_for(text)
    assert line.startswith(f"mine.yaml:{place.split(':')[0]}:")
    assert line.endswith(f": {message}")


@pytest.mark.parametrize(("pattern", "replacement", "message"), KEYS, ids=[replacement for _, replacement, _ in KEYS])
def test_what_is_wrong_with_a_key_is_said_at_the_key(pattern: str, replacement: str, message: str) -> None:
    text, place = spoilt(pattern, replacement)
    assert lines_for(text) == [f"mine.yaml:{place}: {message}"]


def test_a_year_out_of_bounds_is_a_mistake_of_the_start() -> None:
    text, place = spoilt(r"start: \S+", "start: ¦1800-01-01")
    assert lines_for(text) == [f"mine.yaml:{place}: a run starts between the years 1900 and 2200, found `1800-01-01`"]


@pytest.mark.parametrize("weights", ["by_hour: [{}]".format(", ".join("0" * 24)), "by_weekday: {Mon: 0, Tue: 0, Wed: 0, Thu: 0, Fri: 0, Sat: 0, Sun: 0}"])
def test_a_week_in_which_nobody_ever_writes_is_refused_without_a_warning(weights: str) -> None:
    pattern = rf"{weights.split(':', maxsplit=1)[0]}: [\[{{][^\]}}]+[\]}}]"
    text, _ = spoilt(pattern, weights)
    line = SHIPPED[: SHIPPED.index("  per_week")].count("\n") + 1
    assert lines_for(text) == [f"mine.yaml:{line}:3: nobody ever writes in: all hours or all weekdays have weight 0"]


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ("{Mon-Fri: H}", "no hours are given for Sat, Sun"),
        ("{Mon-Sun: H, Sat: H}", "Sat: hours are given more than once"),
        ("{Mon-Sat: H, ¦Sun 10-12: H}", "expected whole days such as `Mon-Fri` or `Sat, Sun`, found `Sun 10-12`"),
        ("{Mon-Sat: H, ¦Sonntag: H}", "unknown day `Sonntag` in `Sonntag`"),
        ("{Mon-Sat: H, Sun: ¦[1, 2]}", "expected at least 24 entries, found 2"),
    ],
)
def test_hours_of_days_are_given_for_every_day_once(days: str, message: str) -> None:
    hours = f"[{', '.join('1' * 24)}]"
    days = days.replace("H", hours)
    text, place = spoilt(r"by_hour: \[[^\]]+\]", f"by_hour: {days if '¦' in days else f'¦{days}'}")
    assert lines_for(text) == [f"mine.yaml:{place}: {message}"]


def test_agents_who_work_at_no_time_are_none() -> None:
    text, place = spoilt(r"staffing: \{[^}]+\}", "staffing: ¦{never: 5}")
    assert lines_for(text) == [f"mine.yaml:{place}: team `frontline` receives conversations but has no agents all week"]


def test_the_escalation_inbox_solves_nothing() -> None:
    text, _ = spoilt(r"  triage:\n", "  triage:\n    also_solves: [¦pricing]\n")
    (line,) = lines_for(text)
    assert "it assigns, it does not solve" in line


def crowded(data: dict[str, Any], part: str) -> dict[str, Any]:
    """A scenario with 200 flags, plans, segments or teams; codes of the simulator are bits of 64 or bytes."""
    segment = next(iter(data["segments"].values()))
    names = [f"n{number}" for number in range(200)]
    match part:
        case "flags":
            segment["facts"]["flags"] = dict.fromkeys(names, 0.1)
        case "plan":
            segment["facts"]["plan"] = dict.fromkeys(names, 1 / 200)
        case "segments":
            data["segments"] = {name: {**segment, "share": 1 / 200} for name in names}
        case _:
            data["teams"] |= {name: {"staffing": {"always": 1}} for name in names}
    return data


@pytest.mark.parametrize("part", ["flags", "plan", "segments", "teams"])
def test_more_names_than_there_are_codes_are_refused(part: str) -> None:
    assert lines_for(json.dumps(crowded(plain_scenario(), part)))


def test_all_mistakes_of_a_file_are_told_at_once_in_its_order() -> None:
    text = SHIPPED
    for pattern, replacement in ((r"team: success", "team: sucess"), (r"team: frontline", "team: fontline"), (r"  plans: \[trial", "  plans: [trail")):
        text = re.sub(pattern, replacement, text, count=1)
    lines = lines_for(text)
    assert [line.split(": ", 1)[1] for line in lines] == [
        "unknown team `fontline`; did you mean `frontline`?",
        "unknown team `sucess`; did you mean `success`?",
        "unknown plan `trail`; did you mean `trial`?",
    ]
    numbers = [int(line.split(":")[1]) for line in lines]
    assert numbers == sorted(numbers)


BACKLOGS = [
    ({"staffing": {"always": 0}, "also_solves": ["refund"]}, "nobody ever takes from the inbox of `second`: it has no agents all week"),
    ({"staffing": {"always": 1}}, "nobody writes about what `second` solves, so nobody can be waiting for it"),
    ({"staffing": {"always": 1}, "also_solves": ["refund"], "waiting_at_most": 4}, "the inbox of `second` holds at most 4 who wait, found `5`"),
]


@pytest.mark.parametrize(("team", "message"), BACKLOGS)
def test_a_backlog_that_nobody_could_be_in_is_one_line(team: dict[str, Any], message: str) -> None:
    data = plain_scenario()
    data["teams"]["second"] = team
    text = json.dumps({**data, "backlog": {"second": 5}})
    assert lines_for(text) == [f"mine.yaml:1:{text.index('5}') + 1}: {message}"]
    scenario_from_document(parse_document(json.dumps({**data, "backlog": {"second": 0, "billing": 3, "triage": 2}})))


def test_mistakes_of_shape_are_told_at_once_too() -> None:
    text, _ = spoilt(r"days: 7", "days: x¦")
    lines = lines_for(text.replace("concurrency: 3", "concurrency: none", 1).replace("per_week: 12000", "per_week: lots"))
    assert len(lines) == 3


def test_an_unknown_name_is_one_line_with_a_near_miss() -> None:
    with pytest.raises(InputError) as refused:
        load_scenario("saas-weak")
    assert str(refused.value) == "saas-weak: no such shipped scenario or file; did you mean `saas-week`?"


def test_a_missing_file_and_a_folder_are_one_line_each(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.yaml", tmp_path):
        with pytest.raises(InputError) as refused:
            load_scenario(path)
        assert len(str(refused.value).splitlines()) == 1
        assert str(refused.value).startswith(f"{path}: ")


def test_sources_may_speak_of_the_help_centre_and_of_what_messages_do_not_tell() -> None:
    data = {"knowledge": {"refund": {"covers": 0.5}}, "messages": {"phrasebook": "en", "out_of_scope": 0.3, "bursts": 0}}
    assert set(input_paths(data)) == {("knowledge", "refund", "covers"), ("messages", "out_of_scope")}


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_says_of_every_input_where_it_is_from(name: str) -> None:
    data = parse_document((files("deskdrill.scenarios") / "library" / f"{name}.yaml").read_text(encoding="utf-8")).data
    patterns = load_scenario(name).sources
    untold = [".".join(path) for path in input_paths(data) if not any(covers(pattern, path) for pattern in patterns)]
    assert not untold


@pytest.mark.parametrize("name", shipped_scenarios())
def test_what_is_assumed_of_temperaments_has_its_range(name: str) -> None:
    """But for what customers do with the rest: shares of one whole, which cannot grow alone."""
    scenario = load_scenario(name)
    ranges = [pattern for pattern, source in scenario.sources.items() if source.times]
    data = parse_document((files("deskdrill.scenarios") / "library" / f"{name}.yaml").read_text(encoding="utf-8")).data
    amounts = [path for path in input_paths(data) if path[0] == "segments" and path[2:3] == ("temperament",)]
    untold = {path[3] for path in amounts if not any(covers(pattern, path) for pattern in ranges)}
    assert untold <= {"unhelped", "refused_repeats", "patience"}
    told = {path[4:] for path in amounts if path[3] == "patience" and any(covers(pattern, path) for pattern in ranges)}
    assert told >= {("live", "mean"), ("inbox", "median")}


@pytest.mark.parametrize(
    ("pattern", "times", "message"),
    [
        ("arrivals.per_week", "[2, 3]", "expected factors from at most 1 to at least 1, such as `[0.5, 2]`, found `[2, 3]`"),
        ("arrivals.per_week", "[1, 1]", "expected factors from at most 1 to at least 1, such as `[0.5, 2]`, found `[1, 1]`"),
        ("arrivals.per_week", "[-1, 2]", "expected at least 0, found `-1`"),
        ("arrivals.per_week", "[0.5, .inf]", "expected a number, found `.inf`"),
        ("segments.*.temperament.patience", "[0.5, 2]", "only amounts may be larger or smaller, and `segments.standard.temperament.patience.live.shape` is none; name those that are"),
    ],
)  # fmt: skip
def test_a_range_is_of_factors_around_one_for_amounts(pattern: str, times: str, message: str) -> None:
    text = re.sub(r"\nsources:\n(.|\n)*", f"\nsources:\n  {pattern}: {{assumed: so, times: {times}}}\n", SHIPPED)
    assert any(message in line for line in lines_for(text))


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_loads_by_name_and_by_path_alike(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text((files("deskdrill.scenarios") / "library" / f"{name}.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_scenario(name) == load_scenario(path) == load_scenario(str(path))
    assert load_scenario(name).name == name


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_fits_the_schema(name: str) -> None:
    schema = scenario_schema()
    data = parse_document((files("deskdrill.scenarios") / "library" / f"{name}.yaml").read_text(encoding="utf-8")).data
    assert not list(misfits(data, schema, schema))


@settings(max_examples=50)
@given(scenario_data())
def test_what_is_generated_loads(data: dict[str, Any]) -> None:
    scenario = scenario_from_document(parse_document(json.dumps(data)))
    assert all(scenario.staffed(team) for team in scenario.teams)


@settings(max_examples=25)
@given(scenario_data())
def test_what_loads_fits_the_schema(data: dict[str, Any]) -> None:
    schema = scenario_schema()
    assert not list(misfits(data, schema, schema))


SPOILT = [
    lambda data: data.pop("start"),
    lambda data: data.update(weeks=2),
    lambda data: data["arrivals"].update(per_week="many"),
    lambda data: data["arrivals"].update(by_hour=[1] * 23),
    lambda data: data["teams"]["billing"].update(concurrency=0),
    lambda data: data["teams"]["billing"].update(look={"mean": 90}),
    lambda data: next(iter(data["intents"].values())).update(bot_solves=1.5),
    lambda data: next(iter(data["segments"].values())).update(share=1.2),
    lambda data: next(iter(data["segments"].values()))["temperament"].update(patience={}),
    lambda data: data.update(messages={"register": "shouting"}),
]


@settings(max_examples=20)
@given(scenario_data(), st.integers(0, len(SPOILT) - 1))
def test_what_the_schema_refuses_does_not_load(data: dict[str, Any], number: int) -> None:
    SPOILT[number](data)
    schema = scenario_schema()
    assert list(misfits(data, schema, schema))
    assert lines_for(json.dumps(data))


def test_the_schema_is_closed_and_complete() -> None:
    """Every object that lists its keys allows no others, and every reference leads somewhere."""
    schema = scenario_schema()
    every = list(schemas_within(schema))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert all(each["additionalProperties"] is False for each in every if "properties" in each)
    references = {each["$ref"] for each in every if "$ref" in each}
    assert references <= {f"#/$defs/{name}" for name in schema["$defs"]}
    assert len(references) > 10


@settings(max_examples=25)
@given(scenarios(recorded=False), st.sampled_from((0.1, 0.5, 1.0, 2.0, 10.0)))
def test_a_scaled_desk_has_so_many_times_the_customers_and_at_least_the_agents(scenario: Any, factor: float) -> None:
    scaled = scenario.scaled(factor)
    assert scaled.arrivals.per_week == scenario.arrivals.per_week * factor
    for name, team in scenario.teams.items():
        for hours, agents in team.staffing.items():
            found = scaled.teams[name].staffing[hours]
            assert agents * factor - 1e-9 <= found < agents * factor + 1
    assert scenario.scaled(1.0) == scenario
