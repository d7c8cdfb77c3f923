"""Small talk: messages that name nothing to paint, such as a greeting, thanks, a yes or a single emoji.

The lists are short on purpose. A message counts only if all of its words are in them, so "good morning in the Alps" is
a prompt. A translation adds the phrases of its language; the others are understood in every chat.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache

from core.text import Text, text


class Talk(Enum):
    """The meaning of small talk."""

    NO = "no"
    YES = "yes"
    THANKS = "thanks"
    GREETING = "greeting"
    NOTHING = "nothing"


PHRASES: Mapping[Talk, Text] = {
    Talk.NO: text("no, nope, nah, no way, not now, not yet, cancel, stop, never mind, nevermind, don't, forget it"),
    Talk.YES: text(
        "yes, yep, yeah, yup, ya, y, ok, okay, okey, k, kk, sure, of course, go, go ahead, do it, fine, alright, all "
        "right, right, correct, agreed, please do, yes please"
    ),
    Talk.THANKS: text(
        "thanks, thank you, thx, ty, tysm, cheers, great, nice, cool, wow, awesome, amazing, perfect, lovely, "
        "beautiful, well done, good job, good bot, love it, i love it, i like it, lol, haha, hahaha, super"
    ),
    Talk.GREETING: text(
        "hi, hello, hey, hiya, yo, good morning, good afternoon, good evening, good day, good night, bye, goodbye, "
        "see you, how are you, what's up, sup, hi there, hello there, welcome, start"
    ),
    Talk.NOTHING: text(
        "please, so, very, much, a lot, you, bot, there, again, and, it, this, that, one, here, hm, hmm, um, er, test"
    ),
}
"""Phrases, separated by commas. Those of NOTHING only accompany others."""
ELSEWHERE: Mapping[Talk, str] = {
    Talk.NO: (
        "nein, nee, ne, non, não, nao, нет, не, ні, nie, hayır, hayir, لا, नहीं, nahi, 不, 不要, 不用, いいえ, 아니요, "
        "아니, không"
    ),
    Talk.YES: (
        "ja, jep, jawohl, klar, oui, d'accord, sí, si, claro, vale, sim, да, ага, ок, хорошо, так, tak, evet, "
        "tamam, نعم, "
        "हाँ, हां, haan, 是, 好, 好的, 可以, はい, うん, 네, 예, vâng, dạ"
    ),
    Talk.THANKS: (
        "danke, danke schön, dankeschön, vielen dank, merci, merci beaucoup, gracias, muchas gracias, grazie, "
        "obrigado, "
        "obrigada, спасибо, spasibo, спс, дякую, dzięki, dziękuję, dzieki, teşekkürler, tesekkurler, sağol, "
        "شكرا, شكراً, متشکرم, "
        "धन्यवाद, शुक्रिया, dhanyavad, 谢谢, 謝謝, 谢谢你, ありがとう, ありがとうございます, "
        "감사합니다, 고마워, cảm ơn, tack, kiitos, toll, bravo"
    ),
    Talk.GREETING: (
        "hallo, guten morgen, guten tag, guten abend, gute nacht, moin, servus, tschüss, bonjour, bonsoir, "
        "salut, hola, "
        "buenos días, buenos dias, buenas, ciao, buongiorno, olá, ola, oi, bom dia, привет, здравствуйте, "
        "добрый день, "
        "доброе утро, privet, вітаю, cześć, czesc, dzień dobry, merhaba, selam, مرحبا, السلام عليكم, سلام, "
        "नमस्ते, namaste, 你好, 您好, "
        "こんにちは, おはよう, もしもし, 안녕, 안녕하세요, xin chào, hej, ahoj, salam, shalom, שלום"
    ),
}
"""The same in other languages, as people write to a bot whose language they don't know yet."""
CHANGES = text(
    "make it, make this, make that, make the, make him, make her, make them, make everything, now, "
    "change, remove, delete, "
    "erase, add, replace, swap, turn, put, give it, give him, give her, give them, without, more, less, "
    "bigger, smaller, "
    "darker, brighter, lighter, zoom, crop, rotate, flip, recolor, colorize, blur, same but, but, instead, also, edit"
)
"""Beginnings of words that sound like a change of a picture."""
_CHANGES_ELSEWHERE = (
    "mach es, mach das, mach die, mach den, mache, ändere, entferne, füge, ersetze, ohne, mehr, jetzt, "
    "hazlo, hazla, haz que, "
    "cambia, quita, añade, agrega, pon, sin, más, ahora, rends, ajoute, enlève, change, remplace, mets, sans, plus, "
    "rendilo, aggiungi, togli, cambia, metti, senza, deixe, adicione, remova, troque, coloque, sem, mais, сделай, "
    "добавь, убери, измени, замени, поставь, без, больше, теперь, зроби, додай, прибери, zrób, dodaj, usuń, zmień, "
    "yap, ekle, kaldır, değiştir, اجعل, أضف, احذف, बनाओ, जोड़ो, हटाओ, "
    "把, 改, 加上, 去掉, 换成, 変えて, 追加, 消して, 바꿔, 추가"
)
_WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")
_EMOJI: Mapping[Talk, str] = {
    Talk.NO: "👎❌✖🚫🙅✋🛑⛔🙁",
    Talk.YES: "👍👌✅🆗☑✔🙆💯🤝",
    Talk.THANKS: "🙏❤🧡💛💚💙💜🖤🤍😍🥰😘👏🎉🔥🤩💖💕😊🙂😀😃😄😁😂🤣😻",
    Talk.GREETING: "👋🤚🫡",
}
_MOST_WORDS = 6
_LANGUAGES = 128
"""How many lists are kept ready, as they are the same for every message in a language."""
Translate = Callable[[Text], str]
"""A function that returns a text in a person's language, as plain text."""


def small_talk(words: str, translate: Translate) -> Talk | None:
    """Return the meaning of words that name nothing; None if they may name something to paint."""
    said = _normal(words)
    if not said:
        return _of_emoji(words)
    if said.replace(" ", "").isdecimal():
        return Talk.NOTHING
    found = _known(said, translate) if len(said.split()) <= _MOST_WORDS else None
    # A single letter names nothing, but a single sign of Chinese is a word.
    is_letter = len(said) == 1 and unicodedata.name(said, "").startswith(("LATIN", "CYRILLIC", "GREEK"))
    return Talk.NOTHING if found is None and is_letter else found


def sounds_like_change(words: str, translate: Translate) -> bool:
    """Return whether words begin like a change of a picture, as "make it night" does."""
    said = _normal(words)
    beginnings = _split(CHANGES.source, translate(CHANGES), _CHANGES_ELSEWHERE)
    if not said.startswith(tuple(beginnings)):
        return False
    return any(said.startswith(beginning) and _ends_there(said, beginning) for beginning in beginnings)


def _ends_there(said: str, beginning: str) -> bool:
    rest = said[len(beginning) :]
    return rest.startswith(" ") or (bool(rest) and unicodedata.name(beginning[-1], "").startswith(_WITHOUT_SPACES))


def _known(said: str, translate: Translate) -> Talk | None:
    """Take the words apart into known phrases, the longest first; return the strongest meaning among them."""
    phrases = _phrases(tuple(translate(PHRASES[talk]) for talk in Talk))
    tokens, found = said.split(), set[Talk]()
    while tokens:
        for length in range(len(tokens), 0, -1):
            if talk := phrases.get(" ".join(tokens[:length])):
                found.add(talk)
                tokens = tokens[length:]
                break
        else:
            return None
    return next(talk for talk in Talk if talk in found)


@lru_cache(maxsize=_LANGUAGES)
def _phrases(translated: tuple[str, ...]) -> Mapping[str, Talk]:
    """Return the meaning of each known phrase. `translated` has the phrases of every Talk in one language."""
    lists = {
        talk: _split(PHRASES[talk].source, here, ELSEWHERE.get(talk, ""))
        for talk, here in zip(Talk, translated, strict=True)
    }
    return {phrase: talk for talk in reversed(Talk) for phrase in lists[talk]}


@lru_cache(maxsize=_LANGUAGES)
def _split(*lists: str) -> frozenset[str]:
    return frozenset({_normal(phrase) for phrases in lists for phrase in re.split(r"[,،、]", phrases)} - {""})


def _normal(words: str) -> str:
    """Return words without case, punctuation, emoji, accents of emphasis and drawn-out letters: "Yesss!! "
    "👍" is "yes"."""
    folded = unicodedata.normalize("NFKC", words).casefold().replace("'", "").replace("’", "")
    kept = "".join(
        char if unicodedata.category(char)[0] in "LNM" and not _is_selector(char) else " " for char in folded
    )
    return " ".join(re.sub(r"([^\W\d_])\1{2,}", r"\1", kept).split())


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or char == "\u20e3"  # variants of emoji, and the frame of a keycap


def _of_emoji(words: str) -> Talk:
    """Return the meaning of emoji alone, whatever their skin tone; the first known one counts."""
    return next((talk for char in words for talk, known in _EMOJI.items() if char in known), Talk.NOTHING)
