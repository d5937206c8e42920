from __future__ import annotations

import csv
import hashlib
import json
import os
import pickle
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deskdrill.rules import recogniser as module
from deskdrill.rules.lexicon import PAIR, SPELLING, Lexicon, grams, tokens
from deskdrill.rules.recogniser import (
    LexicalRecogniser,
    Recogniser,
    Recognition,
    calibration,
    confusion,
)
from deskdrill.rules.regression import PENALTY, Rows, fit, softmax

TAUGHT = {
    "lost": [
        "my card is lost",
        "I lost my card yesterday",
        "someone stole my wallet and the card in it",
        "card stolen, please block it",
        "I can't find my card anywhere",
        "block my card, it was stolen",
    ],
    "refund": [
        "I want my money back",
        "please refund this payment",
        "when will I get the refund?",
        "the shop promised a refund, where is my money",
        "refund me",
        "can you return the payment to me",
    ],
    "login": [
        "I can't log in",
        "my password does not work",
        "forgot my password, how do I reset it",
        "the login page says wrong password",
        "reset password please",
        "locked out of my account after three logins",
    ],
}
TEXTS = [text for texts in TAUGHT.values() for text in texts]
INTENTS = [intent for intent, texts in TAUGHT.items() for _ in texts]
PROBES = ["stolen card", "PASSWORD???", "i wnat a refnud", "geld zurück bitte", "where is my card payment", "", "¿?"]

MESSAGES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "banking77" / "messages.csv"
BANK = {
    "get_card": """activate_my_card card_about_to_expire card_arrival card_delivery_estimate card_linking
        get_disposable_virtual_card get_physical_card getting_spare_card getting_virtual_card order_physical_card
        disposable_card_limits""",
    "card_trouble": """apple_pay_or_google_pay atm_support card_acceptance card_not_working card_swallowed
        contactless_not_working declined_card_payment declined_cash_withdrawal virtual_card_not_working
        pending_card_payment pending_cash_withdrawal wrong_amount_of_cash_received""",
    "lost_or_stolen": "compromised_card lost_or_stolen_card lost_or_stolen_phone",
    "disputed_charge": """card_payment_not_recognised cash_withdrawal_not_recognised transaction_charged_twice
        direct_debit_payment_not_recognised extra_charge_on_statement""",
    "fees_and_rates": """card_payment_fee_charged card_payment_wrong_exchange_rate cash_withdrawal_charge
        exchange_charge exchange_rate exchange_via_app top_up_by_bank_transfer_charge top_up_by_card_charge
        transfer_fee_charged wrong_exchange_rate_for_cash_withdrawal""",
    "top_up": """automatic_top_up pending_top_up top_up_by_cash_or_cheque top_up_failed top_up_limits top_up_reverted
        topping_up_by_card verify_top_up balance_not_updated_after_cheque_or_cash_deposit""",
    "transfer": """balance_not_updated_after_bank_transfer beneficiary_not_allowed declined_transfer failed_transfer
        pending_transfer receiving_money transfer_into_account transfer_not_received_by_recipient transfer_timing""",
    "identity_check": "unable_to_verify_identity verify_my_identity verify_source_of_funds why_verify_identity",
    "login_help": "change_pin passcode_forgotten pin_blocked edit_personal_details",
    "refund": "Refund_not_showing_up request_refund reverted_card_payment?",
    "cancellation": "cancel_transfer terminate_account",
    "eligibility": "age_limit country_support fiat_currency_support supported_cards_and_currencies visa_or_mastercard",
}
INTENT_OF = {label: intent for intent, labels in BANK.items() for label in labels.split()}

words = st.sampled_from(["card", "cards", "lost", "my", "refund", "money", "back", "zurück", "passwort", "12", "¿ya?"])
sentences = st.lists(words, max_size=6).map(" ".join)
taught = st.lists(st.tuples(sentences, st.sampled_from("abcdefghijkl")), min_size=1, max_size=25)
anything = st.lists(st.one_of(sentences, st.text(max_size=30), st.sampled_from(TEXTS + PROBES)), max_size=12)


def learnt(rows: Sequence[tuple[str, str]]) -> LexicalRecogniser:
    return LexicalRecogniser.learn([text for text, _ in rows], [intent for _, intent in rows])


def exactly(recognition: Recognition) -> tuple[tuple[str, ...], bytes, bytes]:
    return recognition.intents, recognition.codes.tobytes(), recognition.confidence.tobytes()


def truth(recognition: Recognition, intents: Sequence[str]) -> np.ndarray:
    return np.array([recognition.intents.index(intent) for intent in intents])


@pytest.fixture(scope="module")
def helpdesk() -> LexicalRecogniser:
    return LexicalRecogniser.learn(TEXTS, INTENTS)


# Laws


@settings(max_examples=40, deadline=None)
@given(rows=taught, shuffle=st.randoms(use_true_random=False), probes=anything)
@example(rows=[("card", "a"), ("card", "b"), ("Card!", "a")], shuffle=random.Random(1), probes=["card"])
def test_the_order_of_the_learnt_texts_changes_nothing(rows, shuffle, probes):
    shuffled = shuffle.sample(rows, len(rows))
    assert exactly(learnt(shuffled).recognise(probes)) == exactly(learnt(rows).recognise(probes))


@settings(max_examples=60, deadline=None)
@given(rows=taught, probes=anything)
def test_a_text_is_recognised_alike_alone_and_among_others(rows, probes):
    recogniser = learnt(rows)
    together = recogniser.recognise(probes)
    alone = [recogniser.recognise([probe]) for probe in probes]
    assert together.codes.tolist() == [int(one.codes[0]) for one in alone]
    assert together.confidence.tolist() == [float(one.confidence[0]) for one in alone]


@settings(max_examples=60, deadline=None)
@given(rows=taught, probes=anything)
@example(rows=[("?!", "a"), ("...", "b")], probes=["card", "", "?!"])
@example(rows=[("card", "a")], probes=["card", "xyz", ""])
def test_confidence_is_a_chance_and_nothing_recognised_has_none(rows, probes):
    recognition = learnt(rows).recognise(probes)
    assert np.all((recognition.confidence >= 0) & (recognition.confidence <= 1))
    assert np.array_equal(recognition.codes == -1, recognition.confidence == 0)
    assert set(recognition.intents) == {intent for _, intent in rows}


@settings(max_examples=60, deadline=None)
@given(rows=taught, unknown=st.lists(st.text(st.characters(min_codepoint=0x0400, max_codepoint=0x04FF)), max_size=5))
@example(rows=[("card", "a")], unknown=["", " ", "?!", "😀", "_"])
def test_a_text_without_a_known_part_of_a_word_is_not_recognised(rows, unknown):
    recognition = learnt(rows).recognise(unknown)
    assert recognition.codes.tolist() == [-1] * len(unknown)
    assert recognition.confidence.tolist() == [0.0] * len(unknown)


@settings(max_examples=40, deadline=None)
@given(rows=taught)
def test_trying_out_never_splits_an_origin_nor_empties_an_intent(rows):
    codes = np.unique([intent for _, intent in rows], return_inverse=True)[1]
    origins = [" ".join(tokens(text)) for text, _ in rows]
    folds = module._folds(codes, origins)
    places = {}
    for code, origin, fold in zip(codes, origins, folds, strict=True):
        assert places.setdefault((code, origin), fold) == fold
    for code in set(codes):
        dealt = [fold for (other, _), fold in places.items() if other == code]
        assert (dealt == [-1]) == (len(dealt) == 1)
        assert all(any(other != fold for other in dealt) for fold in dealt if fold >= 0)
        assert np.ptp(np.bincount(np.array(dealt) + 1, minlength=11)[1 : len(dealt) + 1]) <= 1


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3), st.floats(0, 1, width=32)), max_size=40),
    bins=st.integers(1, 20),
)
def test_confusion_and_calibration_account_for_every_text(rows, bins):
    true = [row[0] for row in rows]
    codes = np.array([row[1] for row in rows], dtype=np.int16)
    confidence = np.where(codes < 0, 0, np.array([row[2] for row in rows])).astype(np.float32)
    recognition = Recognition(("a", "b", "c", "d"), codes, confidence)
    matrix = confusion(true, recognition)
    assert matrix.sum(axis=1).tolist() == [true.count(code) for code in (0, 1, 2, 3, -1)]
    assert matrix.sum(axis=0).tolist() == [codes.tolist().count(code) for code in (0, 1, 2, 3, -1)]
    table = calibration(true, recognition, bins)
    used = table.texts > 0
    assert table.texts.sum() == len(rows)
    assert np.trace(matrix) == pytest.approx((table.right * table.texts)[used].sum())
    assert np.all((table.confidence >= table.low - 1e-9)[used] & (table.confidence <= table.high + 1e-9)[used])


@settings(max_examples=100)
@given(text=st.text())
def test_tokens_of_tokens_are_the_same_tokens(text):
    assert tokens(" ".join(tokens(text))) == tokens(text)


# Known answers


def test_the_fit_is_the_least_of_its_loss():
    from scipy.optimize import minimize

    said = [tokens(text) for text in TEXTS]
    codes = np.repeat(np.arange(3), 6)
    lexicon = Lexicon.learn(said)
    bags = lexicon.bags(said)
    features = np.hstack(
        [
            bags.words.toarray(),
            np.sqrt(SPELLING) * (bags.words @ lexicon.spelling).toarray(),
            bags.pairs.toarray(),
        ]
    ).astype(np.float64)
    learnt_rows = np.arange(18) % 6 > 0

    def loss(weights: np.ndarray) -> float:
        scores = features @ weights.reshape(-1, 3)
        chance = softmax(scores)[np.arange(18), codes]
        return float(-np.log(chance[learnt_rows]).sum() + PENALTY / 2 * np.square(weights).sum())

    def slope(weights: np.ndarray) -> np.ndarray:
        wrong = (softmax(features @ weights.reshape(-1, 3)) - np.eye(3)[codes]) * learnt_rows[:, None]
        return (features.T @ wrong).ravel() + PENALTY * weights

    best = minimize(loss, np.zeros(features.shape[1] * 3), jac=slope, method="L-BFGS-B", options={"gtol": 1e-8})
    found = fit(Rows(bags, lexicon.spelling), codes, 3, learnt_rows)
    assert not found.coefficients[~learnt_rows].any()
    weights = features.T @ found.coefficients
    assert np.allclose(features @ weights, found.scores, atol=1e-4)
    assert best.fun <= loss(weights.ravel()) * (1 + 1e-6)
    assert loss(weights.ravel()) <= 1.002 * best.fun


def test_features_have_the_weights_that_are_documented():
    lexicon = Lexicon.learn([("a", "card"), ("a", "card", "card"), ("my", "card")])
    bags = lexicon.bags([("card", "card", "a")])
    rarity = {"a": np.log(4 / 3) + 1, "card": 1.0, "my": np.log(4 / 2) + 1}
    bare = np.array([rarity["a"], (1 + np.log(2)) * rarity["card"], 0.0])
    of_text = (1 + SPELLING) * np.square(bare).sum()  # "card card" and "card a" are in no two texts
    typical = (1 + SPELLING) * (rarity["my"] ** 2 + rarity["card"] ** 2)  # of the three weights the middle one
    assert list(lexicon.words) == ["a", "card", "my"]
    assert lexicon.pairs.tolist() == [0 * 3 + 1]
    assert lexicon.typical == pytest.approx(typical)
    assert bags.words.toarray()[0] == pytest.approx(bare / np.sqrt(of_text + typical), rel=1e-6)
    assert bags.shares.toarray()[0] == pytest.approx(np.square(bare) / np.square(bare).sum())
    pair = np.sqrt(PAIR) * rarity["a"]  # "a card" is in two texts, as "a" is
    of_text = (1 + SPELLING) * (rarity["a"] ** 2 + 1) + pair**2
    found = lexicon.bags([("a", "card")]).pairs.toarray()
    assert found[0] == pytest.approx([pair / np.sqrt(of_text + typical)], rel=1e-6)


def test_familiarity_is_the_weight_of_known_words_and_known_spellings():
    lexicon = Lexicon.learn([("card",), ("lost",)])
    shared = len(set(grams("carpet")) & set(grams("card")))
    by_spelling = SPELLING / (1 + SPELLING) * shared / len(grams("carpet"))
    rare, known = (np.log(3 / 1) + 1) ** 2, (np.log(3 / 2) + 1) ** 2
    bags = lexicon.bags([("card",), ("carpet",), ("card", "carpet"), ("xyz",), ()])
    both = (known + rare * by_spelling) / (known + rare)
    assert lexicon.familiarity(bags) == pytest.approx([1.0, by_spelling, both, 0.0, 0.0])
    only_card = np.array([True, False])
    assert lexicon.familiarity(lexicon.bags([("lost",)]), only_card) == pytest.approx([0.0])
    assert lexicon.familiarity(bags, only_card) == pytest.approx([1.0, by_spelling, both, 0.0, 0.0])


@pytest.mark.parametrize("right", [600, 800, 950])
def test_sharpness_makes_the_confidence_equal_the_share_that_is_right(right):
    scores = np.tile(np.array([[1.5, 0.0]], dtype=np.float32), (1000, 1))
    codes = (np.arange(1000) >= right).astype(np.int64)
    sharpness = module._sharpness(scores, codes, independent=1000)
    assert sharpness * 1.5 == pytest.approx(np.log(right / (1000 - right)), rel=0.01)


def test_a_flawless_try_does_not_make_everything_certain():
    scores = np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (80, 1))
    sharpness = module._sharpness(scores, np.zeros(80, dtype=np.int64), independent=8)
    assert 1 / (1 + np.exp(-sharpness)) == pytest.approx(1 - 0.5 / 10, rel=1e-3)


def test_calibration_by_hand():
    codes = np.array([0, 0, 1, 1, -1], dtype=np.int16)
    confidence = np.array([0.9, 0.8, 0.6, 0.1, 0.0], dtype=np.float32)
    table = calibration([0, 1, 1, 0, -1], Recognition(("a", "b"), codes, confidence), bins=2)
    assert table.low.tolist() == [0.0, 0.5]
    assert table.high.tolist() == [0.5, 1.0]
    assert table.texts.tolist() == [2, 3]
    assert table.confidence == pytest.approx([0.05, 2.3 / 3])
    assert table.right == pytest.approx([1 / 2, 2 / 3])
    assert table.expected_error == pytest.approx((2 * 0.45 + 3 * 0.1) / 5)
    nothing = Recognition(("a",), codes[:0], confidence[:0])
    assert np.isnan(calibration([], nothing).expected_error)


def test_every_process_learns_the_same_to_the_bit():
    program = (
        "import sys, hashlib, json\n"
        "from deskdrill.rules.recogniser import LexicalRecogniser\n"
        "texts, intents, probes = json.load(sys.stdin)\n"
        "found = LexicalRecogniser.learn(texts, intents).recognise(probes)\n"
        "print(hashlib.sha256(found.codes.tobytes() + found.confidence.tobytes()).hexdigest())\n"
    )
    copies = 150  # 2,700 texts and 8,100 coefficients: enough for BLAS to use its threads, were it asked
    texts = [f"{text} {at % 37} {chr(97 + at % 26)}{chr(97 + at % 23)}x" for at in range(copies) for text in TEXTS]
    given_to_all = json.dumps([texts, INTENTS * copies, PROBES])
    digests = set()
    for seed, threads in (("1", "1"), ("2", "2"), ("3", "4")):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "OPENBLAS_NUM_THREADS": threads,
            "OMP_NUM_THREADS": threads,
        }
        command = [sys.executable, "-c", program]
        done = subprocess.run(
            command, input=given_to_all, env=environment, capture_output=True, text=True, check=True, timeout=120
        )
        digests.add(done.stdout)
    found = LexicalRecogniser.learn(texts, INTENTS * copies).recognise(PROBES)
    assert digests == {hashlib.sha256(found.codes.tobytes() + found.confidence.tobytes()).hexdigest() + "\n"}


# Examples


def test_it_learns_what_it_is_taught(helpdesk):
    assert isinstance(helpdesk.sharpness, float)
    probes = ["help, my wallet with the card was stolen", "I would like a refund", "can't login, wrong pasword"]
    recognition = helpdesk.recognise(probes)
    assert [recognition.intents[code] for code in recognition.codes] == ["lost", "refund", "login"]
    assert recognition.codes.dtype == np.int16
    assert recognition.confidence.dtype == np.float32


def test_it_is_a_recogniser(helpdesk):
    recogniser: Recogniser = helpdesk
    assert recogniser.recognise([]).codes.shape == (0,)


def test_a_word_alone_is_less_sure_than_a_sentence(helpdesk):
    alone, sentence = helpdesk.recognise(["refund", "please can I get a refund, I want my money back"]).confidence
    assert alone < sentence


def test_gibberish_gets_low_confidence(helpdesk):
    rng = np.random.default_rng(5)
    letters = np.array(list("bcdfghjklmnpqrstvwxz"))
    gibberish = [" ".join("".join(rng.choice(letters, 6)) for _ in range(4)) for _ in range(200)]
    confidence = helpdesk.recognise([*gibberish, "ЖЖЖЖ ЖЖЖ", "asdfghjkl", "x"]).confidence
    assert confidence.max() < 0.3


def test_the_size_of_a_block_changes_nothing(helpdesk, monkeypatch):
    texts = [*PROBES, *TEXTS]
    whole = helpdesk.recognise(texts)
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    assert exactly(helpdesk.recognise(texts)) == exactly(whole)


def test_new_words_are_summed_in_an_order_of_their_own(helpdesk):
    rng = np.random.default_rng(7)
    known = sorted({word for text in TEXTS for word in tokens(text)})
    stock = [f"{word}{ending}" for word in known for ending in "xqz"]
    texts = [" ".join(rng.choice(stock, 12)) for _ in range(300)]
    alone = [float(helpdesk.recognise([text]).confidence[0]) for text in texts]
    assert helpdesk.recognise(texts).confidence.tolist() == alone


def test_names_give_the_codes_and_one_without_a_text_is_never_recognised():
    names = ["refund", "pricing", "login", "lost"]
    recogniser = LexicalRecogniser.learn(TEXTS, INTENTS, names)
    recognition = recogniser.recognise(TEXTS)
    assert recognition.intents == tuple(names)
    assert recognition.codes.tolist() == [names.index(intent) for intent in INTENTS]
    by_default = LexicalRecogniser.learn(TEXTS, INTENTS).recognise(PROBES)
    assert np.allclose(recogniser.recognise(PROBES).confidence, by_default.confidence, atol=1e-3)


def test_variants_of_one_wording_do_not_make_it_surer_than_it_can_be():
    rng = np.random.default_rng(3)
    stock = np.array(["".join(rng.choice(list("abcdefghijklmnoprstuvw"), 5)) for _ in range(30)])
    wordings = [
        " ".join(rng.choice(stock, 4)) for _ in range(40)
    ]  # the intents, by turns, have nothing to do with them
    texts = [f"{wording} {slot}" for wording in wordings for slot in ("now", "today", "soon", "asap", "later", "again")]
    intents = [f"intent {at % 4}" for at in range(40) for _ in range(6)]
    fresh = [" ".join(rng.choice(stock, 4)) for _ in range(400)]
    naive = LexicalRecogniser.learn(texts, intents).recognise(fresh).confidence
    origins = [wording for wording in wordings for _ in range(6)]
    honest = LexicalRecogniser.learn(texts, intents, wordings=origins).recognise(fresh).confidence
    assert naive.mean() > 0.45
    assert 0.2 < honest.mean() < 0.35


def test_a_recogniser_travels_to_another_process(helpdesk):
    travelled = pickle.loads(pickle.dumps(helpdesk))
    assert exactly(travelled.recognise(PROBES)) == exactly(helpdesk.recognise(PROBES))


def test_one_intent_alone_can_be_learnt():
    recognition = LexicalRecogniser.learn(["my card", "the card"], ["card", "card"]).recognise(["card", "zzz"])
    assert recognition.codes.tolist() == [0, -1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([], []), "there is no text to learn from"),
        ((["a"], ["x", "y"]), "1 texts have 2 intents"),
        ((["a", "b"], ["x", "refnud"], ["x", "refund"]), "intent `refnud` of a text is not among the names"),
        ((["a"], ["x"], ["x", "x"]), "an intent is named twice"),
    ],
)
def test_unusable_lessons_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        LexicalRecogniser.learn(*arguments)


def test_wordings_of_another_length_are_refused():
    with pytest.raises(ValueError, match="1 texts have 2 wordings"):
        LexicalRecogniser.learn(["a"], ["x"], wordings=["w", "v"])


@pytest.mark.parametrize(
    ("codes", "confidence", "words"),
    [
        (np.zeros(2, np.int16), np.zeros(3, np.float32), "of shape"),
        (np.zeros(2, np.int64), np.zeros(2, np.float32), "int16"),
        (np.array([2], np.int16), np.ones(1, np.float32), "do not fit 2 intents"),
        (np.array([-2], np.int16), np.zeros(1, np.float32), "do not fit 2 intents"),
        (np.array([0], np.int16), np.array([1.5], np.float32), "within 0 to 1"),
        (np.array([0], np.int16), np.array([np.nan], np.float32), "within 0 to 1"),
        (np.array([-1], np.int16), np.array([0.5], np.float32), "nothing was recognised"),
    ],
)
def test_a_recognition_whose_columns_do_not_fit_cannot_be_made(codes, confidence, words):
    with pytest.raises(ValueError, match=words):
        Recognition(("a", "b"), codes, confidence)


@pytest.mark.parametrize("measure", [confusion, calibration])
@pytest.mark.parametrize("true", [[0], [0, 1, 2], [0, 2, 1], [-2, 0, 0]])
def test_a_truth_that_does_not_fit_is_refused(measure, true):
    recognition = Recognition(("a", "b"), np.zeros(3, np.int16), np.ones(3, np.float32))
    with pytest.raises(ValueError, match="do not fit"):
        measure(true, recognition)


def test_calibration_needs_a_bin(helpdesk):
    with pytest.raises(ValueError, match="0 bins"):
        calibration([], helpdesk.recognise([]), bins=0)


# Real messages

needs_messages = pytest.mark.skipif(not MESSAGES.is_file(), reason="needs ../shared/data/banking77 beside the checkout")


@pytest.fixture(scope="module")
def messages() -> dict[str, list[tuple[str, str]]]:
    with MESSAGES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {split: [(r["text"], r["label"]) for r in rows if r["split"] == split] for split in ("train", "test")}


@needs_messages
@pytest.mark.parametrize(
    ("intent_of", "least_right", "most_error"),
    [(INTENT_OF, 0.93, 0.02), ({label: label for label in INTENT_OF}, 0.87, 0.025)],
    ids=["12 intents", "77 labels"],
)
def test_confidence_holds_on_real_messages(messages, intent_of, least_right, most_error):
    recogniser = learnt([(text, intent_of[label]) for text, label in messages["train"]])
    said = [text for text, _ in messages["test"]]
    recognition = recogniser.recognise(said)
    true = truth(recognition, [intent_of[label] for _, label in messages["test"]])
    right = recognition.codes == true
    assert least_right < right.mean() < 0.99
    assert calibration(true, recognition).expected_error < most_error
    sure = recognition.confidence >= 0.7
    spread = 3.3 * np.sqrt(np.mean(recognition.confidence[sure] * (1 - recognition.confidence[sure])) / sure.sum())
    assert abs(right[sure].mean() - recognition.confidence[sure].mean()) < spread + 0.01
    one_by_one = [recogniser.recognise([text]) for text in said[:300]]
    assert [float(one.confidence[0]) for one in one_by_one] == recognition.confidence[:300].tolist()
    assert [int(one.codes[0]) for one in one_by_one] == recognition.codes[:300].tolist()


@needs_messages
def test_few_wordings_are_enough_to_learn_and_to_know_how_sure_to_be(messages):
    labels = sorted(INTENT_OF)
    of_label = {name: [text for text, label in messages["train"] if label == name] for name in labels}
    confidence, right = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        chosen = [labels[at] for at in rng.choice(77, 20, replace=False)]
        drawn = {name: [of_label[name][at] for at in rng.permutation(len(of_label[name]))[:48]] for name in chosen}
        recogniser = learnt([(text, name) for name in chosen for text in drawn[name][:8]])
        held = [(text, name) for name in chosen for text in drawn[name][8:]]
        recognition = recogniser.recognise([text for text, _ in held])
        true = truth(recognition, [name for _, name in held])
        assert calibration(true, recognition).expected_error < 0.09
        right.extend(recognition.codes == true)
        confidence.extend(recognition.confidence)
    sure = np.array(confidence) >= 0.7
    assert np.mean(right) > 0.8
    assert sure.mean() > 0.6
    assert np.array(right)[sure].mean() > 0.9
    assert abs(np.mean(right) - np.mean(confidence)) < 0.04
