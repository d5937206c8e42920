from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from plain_scenario import plain_scenario

from deskdrill.documents import parse_document
from deskdrill.errors import InputError
from deskdrill.scenarios import scenario_from_document
from deskdrill.scenarios.idle_settings import idle_settings
from deskdrill.scenarios.phrasebook import load_phrasebook, shipped_languages
from deskdrill.scenarios.scenario import Scenario

GERMAN = {"answer": "So.", "article": "So", "wordings": [{"text": "Mein Gutschein"}, {"text": "Gutschein"}, {"text": "Der Gutschein geht nicht"}]}
Change = Callable[[dict[str, Any]], object]


def scenario_with(change: Change) -> Scenario:
    data = plain_scenario()
    change(data)
    return scenario_from_document(parse_document(json.dumps(data, indent=1), "mine.yaml"))


def standard(**changed: Any) -> Change:
    return lambda data: data["segments"]["standard"].update(changed)


def test_without_a_word_all_write_in_the_language_of_the_phrasebook() -> None:
    assert scenario_with(standard()).languages == ("en",)
    assert scenario_with(lambda data: data["messages"].update(phrasebook="de")).languages == ("de",)


def test_the_main_language_comes_first_if_anybody_writes_in_it() -> None:
    assert scenario_with(standard(languages={"de": 0.5, "en": 0.5})).languages == ("en", "de")
    assert scenario_with(standard(languages={"de": 1})).languages == ("de",)
    assert scenario_with(standard(languages={"de": 1, "en": 0})).languages == ("de",)


def test_an_intent_that_nobody_has_is_put_in_the_first_language() -> None:
    def more(data: dict[str, Any]) -> None:
        data["intents"]["api_help"] = data["intents"]["refund"]
        data["segments"]["standard"]["languages"] = {"en": 0.5, "de": 0.5}

    scenario = scenario_with(more)
    assert (scenario.intents_in("en"), scenario.intents_in("de")) == (("refund", "api_help"), ("refund",))


def own_wordings(data: dict[str, Any]) -> None:
    data["intents"]["gift_card"] = data["intents"]["refund"]
    data["segments"]["standard"] |= {"intents": {"refund": 0.5, "gift_card": 0.5}, "languages": {"de": 1}}
    data["messages"]["wordings_in"] = {"de": {"gift_card": GERMAN}}


def test_an_intent_of_ones_own_needs_words_in_the_languages_it_is_written_about_in() -> None:
    assert scenario_with(own_wordings).intents_in("de") == ("refund", "gift_card")


def and_in_english(data: dict[str, Any]) -> None:
    own_wordings(data)
    data["segments"]["standard"]["languages"] = {"de": 0.5, "en": 0.5}


def only_english(data: dict[str, Any]) -> None:
    own_wordings(data)
    data["segments"]["standard"].pop("languages")


def api(**changed: Any) -> Change:
    def change(data: dict[str, Any]) -> None:
        data["intents"]["api_tokens"] = data["intents"]["refund"]
        data["messages"]["wordings"] = {"api_tokens": GERMAN}
        data["segments"]["standard"] |= {"intents": {"api_tokens": 1}, **changed}

    return change


def many_intents(data: dict[str, Any]) -> None:
    names = [f"zz_{number}" for number in ("one", "two", "three", "four", "five", "six", "seven")]
    data["intents"] |= dict.fromkeys(names, data["intents"]["refund"])
    data["segments"]["standard"] |= {"intents": {"refund": 0.3, **dict.fromkeys(names, 0.1)}, "languages": {"de": 1}}
    data["messages"] |= {"phrasebook": "de", "wordings_in": {"en": dict.fromkeys(names, GERMAN)}}


ALL = ", ".join(f"`{each}`" for each in shipped_languages())
REFUSED: list[tuple[Change, str, str]] = [
    (standard(languages={"en": 0.5, "de": 0.4}), "languages", "shares of the languages sum to 90%, not 100%"),
    (standard(languages={"en": 0.5, "dee": 0.5}), "dee", f"no phrasebook in `dee`; there are {ALL}; did you mean `de`?"),
    (lambda data: data["messages"].update(phrasebook="english"), "phrasebook", f"no phrasebook in `english`; there are {ALL}"),
    (lambda data: data["messages"].update(wordings_in={"xx": {}}), "xx", f"no phrasebook in `xx`; there are {ALL}"),
    (lambda data: data["messages"].update(wordings_in={"en": {}}), "en", "`en` is the main language: its wordings are given under `messages.wordings`"),
    (lambda data: data["messages"].update(wordings_in={"de": {"refnd": GERMAN}}), "refnd", "unknown intent `refnd`; did you mean `refund`?"),
    (and_in_english, "en", "no words in `en` for intent `gift_card`; give some under `messages.wordings`"),
    (only_english, "gift_card", "no words in `en` for intent `gift_card`; give some under `messages.wordings`"),
    (many_intents, "de", "no words in `de` for intents `zz_one`, `zz_two`, `zz_three`, `zz_four`, `zz_five` and 2 more; give some under `messages.wordings`"),
    (api(languages={"de": 1}), "de", "no words in `de` for intent `api_tokens`; give some under `messages.wordings_in.de`"),
]  # fmt: skip


def without(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    book = load_phrasebook("en").model_copy(update={part: None})
    monkeypatch.setattr("deskdrill.scenarios.checks.languages.load_phrasebook", lambda _: book)


@pytest.mark.parametrize(("key", "part"), [("out_of_scope", "vague"), ("mentions_second_intent", "joins")])
def test_a_part_that_a_phrasebook_has_not_is_refused_where_it_is_asked_for(key: str, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without(part, monkeypatch)
    with pytest.raises(InputError, match=rf"mine.yaml:\d+:\d+: phrasebook `en` has no `{part}`$"):
        scenario_with(lambda data: data["messages"].update({key: 0.1}))


def test_with_one_intent_there_is_no_second() -> None:
    scenario = scenario_with(lambda data: data["messages"].update(mentions_second_intent=0.5))
    assert list(idle_settings(scenario)) == [(("messages", "mentions_second_intent"), "nobody writes about more than one thing")]


@pytest.mark.parametrize(("change", "key", "message"), REFUSED, ids=[f"{number} {message[:40]}" for number, (_, _, message) in enumerate(REFUSED)])
def test_a_language_that_cannot_be_written_in_is_refused_at_its_place(change: Change, key: str, message: str) -> None:
    data = plain_scenario()
    change(data)
    text = json.dumps(data, indent=1)
    with pytest.raises(InputError) as refused:
        scenario_from_document(parse_document(text, "mine.yaml"))
    (line,) = str(refused.value).splitlines()
    at, _, said = line.partition(": ")
    assert said == message
    assert f'"{key}"' in text.splitlines()[int(at.split(":")[1]) - 1]


def test_a_slot_in_ones_own_wordings_is_refused_in_every_language() -> None:
    own = {**GERMAN, "wordings": [*GERMAN["wordings"], {"text": "Gutschein {number}"}]}
    with pytest.raises(InputError, match=r"mine.yaml:\d+:\d+: wordings of a scenario are plain text"):
        scenario_with(lambda data: (own_wordings(data), data["messages"].update(wordings_in={"de": {"gift_card": own}})))


def test_words_in_a_language_that_nobody_writes_in_change_nothing() -> None:
    scenario = scenario_with(lambda data: data["messages"].update(wordings_in={"de": {"refund": GERMAN}}))
    assert list(idle_settings(scenario)) == [(("messages", "wordings_in", "de"), "nobody writes in `de`")]
