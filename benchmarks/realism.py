"""How near synthetic messages come to real ones, figure by figure.

    python benchmarks/realism.py [--data ../shared/data] [--scenario saas-week] [--messages 20000]

`--data` is a folder with `stripe_chat/stripe.csv` (a public support chat; Kummerfeld et al. 2019) and
`banking77/messages.csv` (typed queries to a bank; Casanueva et al. 2020). What is not there is left out, and said so.

A word is known if it stands in two messages of the two data sets, or in the shipped English phrasebook. Only words in
small letters that stand alone are looked at (no names, no addresses, no code), on both sides alike. In the chat the
customers are all but the five who speak in the most conversations. What nobody says is a dash.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from run import machine
from tabulate import tabulate

from deskdrill.rules.matching import messages_of
from deskdrill.scenarios import load_phrasebook, load_scenario
from deskdrill.scenarios.phrasebook import Phrasebook
from deskdrill.scenarios.pool import Kind, phrasebook_pool
from deskdrill.scenarios.registers import Register

SEED = 1
STAFF = 5
SHARED = Path(__file__).parents[2] / "shared" / "data"
OUT_OF_SCOPE: Mapping[Register, float] = {"chat": 0.1, "search-box": 0.5}
"""What is assumed here; a scenario says it for itself."""
PUBLISHED: Mapping[str, Sequence[str]] = {
    "words, quartiles": ("5 / 11 / 21", "3 / 5 / 8"),
    "start in small letters": ("51%", "-"),
    "end without punctuation": ("65%", "90%"),
    "have a question mark": ("26%", "-"),
    "repeat punctuation": ("5%", "-"),
    "have an unknown word": ("17%", "-"),
    "begin with a greeting": ("9%", "-"),
    "fit no intent": ("-", "36% to 69%"),
}

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ALONE = re.compile(r"(?<![\w/.@#:'’-])[a-z]+(?:['’][a-z]+)?(?![\w/@]|\.\w)")
_GREETING = re.compile(r"(hi|hiya|hello|hey|dear|greetings|good (morning|afternoon|evening))\b", re.IGNORECASE)
_REPEATED = re.compile(r"[!?.]{2,}|…")


def synthetic(scenario: str, register: Register, many: int) -> tuple[list[str], float]:
    """First messages of a shipped scenario's customers who write so, and the share that fits no intent."""
    desk = load_scenario(scenario)
    changed = {"register_": register, "out_of_scope": OUT_OF_SCOPE[register]}
    desk = desk.model_copy(update={"messages": desk.messages.model_copy(update=changed)})
    pool = phrasebook_pool(desk, load_phrasebook("en"))
    rng = np.random.default_rng(SEED)
    vague = rng.random(many) < OUT_OF_SCOPE[register]
    openings, others = (np.flatnonzero(pool.kinds == kind) for kind in (Kind.OPENING, Kind.VAGUE))
    rows = np.where(vague, rng.choice(others, many), rng.choice(openings, many))
    return [message for row in rows.tolist() for message in messages_of(pool.texts[row])], float(vague.mean())


def chat(path: Path) -> tuple[list[str], list[str]]:
    """What the customers of the chat wrote, and what anybody did."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "msg"]
    conversations: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["conversation"]:
            conversations[row["speaker"]].add(row["conversation"])
    staff = sorted(conversations, key=lambda speaker: (-len(conversations[speaker]), speaker))[:STAFF]
    return [row["text"] for row in rows if row["speaker"] not in staff], [row["text"] for row in rows]


def queries(path: Path) -> list[str]:
    """The typed queries."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def words(text: str) -> list[str]:
    """The words of a text, as they are compared."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def vocabulary(real: Sequence[str], book: Phrasebook) -> frozenset[str]:
    """The words that count as known."""
    seen = Counter(word for text in real for word in set(words(text)))
    later = [each for kind in dict(book.follow_ups).values() for each in kind.wordings]
    wordings = [*later, *(each for intent in book.intents.values() for each in intent.wordings)]
    listed = [value for slot in book.slots.values() if isinstance(slot, tuple) for value in slot]
    texts = [*(each.text for each in wordings), *listed, *book.greetings, *book.closings]
    vague = book.vague.wordings if book.vague is not None else ()
    texts += [each.text for each in vague]
    return frozenset(word for word, many in seen.items() if many > 1) | {word for text in texts for word in words(text)}


def figures(texts: Sequence[str], known: frozenset[str] | None, out_of_scope: float | None) -> list[str]:
    """The figures of the table, in its order; without a vocabulary none of unknown words."""

    def share(holds: Callable[[str], object]) -> str:
        return f"{sum(map(bool, map(holds, texts))) / len(texts):.0%}"

    def strange(text: str) -> bool:
        return any(word.replace("’", "'") not in (known or ()) for word in _ALONE.findall(text))

    quartiles = np.percentile([len(text.split()) for text in texts], (25, 50, 75))
    return [
        " / ".join(f"{each:.0f}" for each in quartiles),
        share(lambda text: text[:1].islower()),
        share(lambda text: text.rstrip()[-1:] not in ".!?…"),
        share(lambda text: "?" in text),
        share(_REPEATED.search),
        "-" if known is None else share(strange),
        share(lambda text: _GREETING.match(text.strip())),
        "-" if out_of_scope is None else f"{out_of_scope:.0%}",
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--scenario", default="saas-week")
    parser.add_argument("--messages", type=int, default=20_000)
    asked = parser.parse_args(arguments)
    print(machine(("deskdrill",)))
    stripe, bank = asked.data / "stripe_chat" / "stripe.csv", asked.data / "banking77" / "messages.csv"
    customers, everybody = chat(stripe) if stripe.is_file() else (None, [])
    typed = queries(bank) if bank.is_file() else None
    real = [*everybody, *(typed or [])]
    known = vocabulary(real, load_phrasebook("en")) if real else None
    columns: dict[str, list[str]] = {"": list(PUBLISHED)}
    beside: tuple[tuple[Register, str, list[str] | None], ...] = (
        ("chat", "Stripe chat, customers", customers),
        ("search-box", "banking77", typed),
    )
    for number, (register, name, texts) in enumerate(beside):
        columns[f"{register}, published"] = [row[number] for row in PUBLISHED.values()]
        made, vague = synthetic(asked.scenario, register, asked.messages)
        columns[f"{register}, synthetic"] = figures(made, known, vague)
        if texts is not None:
            columns[name] = figures(texts, known, None)
    print(f"\nMessages of {asked.scenario}, {asked.messages:,} first messages a register, beside real ones\n")
    print(tabulate(columns, headers="keys", disable_numparse=True))
    for path in (stripe, bank):
        if not path.is_file():
            print(f"\nleft out: {path} is not there (say where with --data)")
    if known is None:
        print("left out: unknown words, as a vocabulary is made of real messages")


if __name__ == "__main__":
    main()
