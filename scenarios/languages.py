"""What typing in a language needs: its keyboard, its capitals, what people type without the marks on letters, and how
days and amounts are written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

QWERTY = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
QWERTZ = ("qwertzuiopü", "asdfghjklöä", "yxcvbnm")
AZERTY = ("azertyuiop", "qsdfghjklm", "wxcvbn")
SPANISH = ("qwertyuiop", "asdfghjklñ", "zxcvbnm")
PORTUGUESE = ("qwertyuiop", "asdfghjklç", "zxcvbnm")
TURKISH = ("qwertyuıopğü", "asdfghjklşi", "zxcvbnmöç")
RUSSIAN = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")


@dataclass(frozen=True)
class Language:
    """How one language is typed.

    `keys` are the rows of the usual keyboard; `locale` is whose names and companies are made up. `amount` is written
    around a number of `amount_s` many small units, its thousands parted by `thousands`; `day` around a day and one of
    the `months`. `small_words` are those that a search does without: articles, possessives, politeness.
    """

    keys: tuple[str, ...]
    locale: str
    months: tuple[str, ...]
    day: str
    amount: str
    times: int = 1
    cents: tuple[str, ...] = ("00", "50", "99")
    thousands: str = " "
    small_words: frozenset[str] = frozenset()
    without_marks: Mapping[str, str] = field(default_factory=dict)
    """What is typed for a letter by those who do without its marks; letters not named lose them."""
    has_marks: bool = True
    opens: str = ""
    """Marks that open a question or a call, which many leave out."""

    def lower(self, text: str) -> str:
        """The text in small letters."""
        return text.lower()

    def upper(self, text: str) -> str:
        """The text in capitals."""
        return text.upper()

    def plain(self, text: str) -> str:
        """The text as it is typed by those who do without the marks on letters.

        >>> LANGUAGES["de"].plain("Größe"), LANGUAGES["fr"].plain("déjà reçu")
        ('Groesse', 'deja recu')
        """
        if text.isascii():
            return text
        typed = text.translate(self._unmarked)
        if not self._decomposes:
            return typed
        apart = unicodedata.normalize("NFD", typed)
        return unicodedata.normalize("NFC", "".join(each for each in apart if unicodedata.category(each) != "Mn"))

    def amount_of(self, whole: int, cents: str) -> str:
        """An amount of money.

        >>> [LANGUAGES[code].amount_of(12, "50") for code in ("en", "de", "id")]
        ['£12.50', '12,50 €', 'Rp240.000']
        """
        number = f"{whole * self.times:,}".replace(",", self.thousands)
        return self.amount.format(whole=number, cents=cents)

    def day_of(self, day: int, month: int) -> str:
        """A day of the year; months count from 1.

        >>> LANGUAGES["en"].day_of(14, 3), LANGUAGES["de"].day_of(14, 3), LANGUAGES["ru"].day_of(14, 3)
        ('14 March', '14. März', '14 марта')
        """
        return self.day.format(day=day, month=self.months[month - 1])

    @cached_property
    def near(self) -> Mapping[str, str]:
        """For each key those that lie beside it."""
        near: dict[str, str] = {}
        for number, row in enumerate(self.keys):
            for column, key in enumerate(row):
                near[key] = "".join(
                    other[position]
                    for other in self.keys[max(0, number - 1) : number + 2]
                    for position in range(max(0, column - 1), min(len(other), column + 2))
                    if other[position] != key
                )
        return near

    @cached_property
    def _unmarked(self) -> dict[int, str]:
        return {
            ord(each): typed
            for letter, plain in self.without_marks.items()
            for each, typed in ((letter, plain), (self.upper(letter), plain.capitalize()))
            if len(each) == 1  # ß has no capital of its own
        }

    @cached_property
    def _decomposes(self) -> bool:
        # Without its marks и would be said for й, which nobody does.
        return self.keys is not RUSSIAN


class _Turkish(Language):
    """With a dotted and a dotless i."""

    def lower(self, text: str) -> str:
        return text.replace("I", "ı").replace("İ", "i").lower()

    def upper(self, text: str) -> str:
        return text.replace("i", "İ").replace("ı", "I").upper()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LANGUAGES: Mapping[str, Language] = {
    "en": Language(
        keys=QWERTY,
        locale="en_GB",
        months=(
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ),
        day="{day} {month}",
        amount="£{whole}.{cents}",
        thousands=",",
        small_words=_words("a an the my our your please"),
        has_marks=False,
    ),
    "de": Language(
        keys=QWERTZ,
        locale="de_DE",
        months=(
            "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
            "Dezember",
        ),
        day="{day}. {month}",
        amount="{whole},{cents} €",
        thousands=".",
        small_words=_words(
            "der die das dem den des ein eine einen einem einer mein meine meinen meiner meinem unser unsere unseren "
            "bitte"
        ),
        without_marks={"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"},
    ),
    "es": Language(
        keys=SPANISH,
        locale="es_ES",
        months=(
            "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
            "noviembre", "diciembre",
        ),
        day="{day} de {month}",
        amount="{whole},{cents} €",
        thousands=".",
        small_words=_words("el la los las un una unos unas mi mis su sus nuestro nuestra nuestros nuestras"),
        opens="¿¡",
    ),
    "fr": Language(
        keys=AZERTY,
        locale="fr_FR",
        months=(
            "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
            "novembre", "décembre",
        ),
        day="{day} {month}",
        amount="{whole},{cents} €",
        small_words=_words("le la les un une des mon ma mes votre vos notre nos"),
    ),
    "pt": Language(
        keys=PORTUGUESE,
        locale="pt_BR",
        months=(
            "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
            "novembro", "dezembro",
        ),
        day="{day} de {month}",
        amount="R$ {whole},{cents}",
        times=5,
        thousands=".",
        small_words=_words("o a os as um uma uns umas meu minha meus minhas nosso nossa nossos nossas"),
    ),
    "ru": Language(
        keys=RUSSIAN,
        locale="ru_RU",
        months=(
            "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
            "декабря",
        ),
        day="{day} {month}",
        amount="{whole} ₽",
        times=90,
        cents=("",),
        small_words=_words("мой моя моё мое мои мою моего моей наш наша наши нашу пожалуйста"),
        without_marks={"ё": "е"},
    ),
    "tr": _Turkish(
        keys=TURKISH,
        locale="tr_TR",
        months=(
            "Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım",
            "Aralık",
        ),
        day="{day} {month}",
        amount="{whole},{cents} TL",
        times=40,
        thousands=".",
        small_words=_words("bir benim bizim lütfen"),
        without_marks={"ı": "i"},
    ),
    "id": Language(
        keys=QWERTY,
        locale="id_ID",
        months=(
            "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
            "November", "Desember",
        ),
        day="{day} {month}",
        amount="Rp{whole}",
        times=20_000,
        cents=("",),
        thousands=".",
        small_words=_words("saya kami tolong mohon"),
        has_marks=False,
    ),
}  # fmt: skip
"""By their two letters. A language that is not here is typed like English."""


def language_of(code: str) -> Language:
    """How the language of these two letters is typed."""
    return LANGUAGES.get(code, LANGUAGES["en"])
