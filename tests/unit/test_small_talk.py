"""Small talk is recognized in many languages and forms, and prompts aren't taken for it."""

import pytest

from core.models.small_talk import CHANGES, PHRASES, Talk, small_talk, sounds_like_change
from core.text import Text


def _english(phrases: Text) -> str:
    return phrases.source


def _elvish(phrases: Text) -> str:
    """Translate as a translator would."""
    return {PHRASES[Talk.YES].source: "ná, ná ná", CHANGES.source: "caro"}.get(phrases.source, phrases.source)


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        (Talk.YES, ["yes", "Yes!", "YES  ", "yesss", "ok", "OK.", "k", "👍", "👍🏿", "👍🏽👍🏽", "✅"]),
        (Talk.YES, ["yes please", "да", "好的", "はい", "sí", "ОК"]),
        (Talk.NO, ["no", "No.", "nope", "no thanks", "NO!!!", "cancel", "👎🏻", "✖️", "❌", "nein"]),
        (Talk.NO, ["нет", "不要", "don’t", "Don't"]),
        (Talk.THANKS, ["thanks!", "Thank you so much 🙏", "thx", "wow", "so cool!", "❤️", "🙏🏾"]),
        (Talk.THANKS, ["спасибо", "谢谢", "شكرا", "merci beaucoup"]),
        (Talk.GREETING, ["hi", "Hello!!", "hey there", "hiiii", "good morning", "👋🏼"]),
        (Talk.GREETING, ["привет", "你好", "नमस्ते", "ВІТАЮ"]),
        (Talk.NOTHING, ["?", ".", "…", "!!!", "🦊❄️", "12", "1️⃣", "x", "ж", "hmm", "please", "¿?"]),
        (Talk.NOTHING, ["。", "٪", "  "]),
    ],
)
def test_words_that_name_nothing(talk: Talk, said: list[str]) -> None:
    """Case, punctuation, spaces, emphasis and skin tones change nothing."""
    assert {words: small_talk(words, _english) for words in said} == dict.fromkeys(said, talk)


@pytest.mark.parametrize(
    "prompt",
    ["a red fox", "cat", "猫", "no cats", "thanks, now a dog", "good morning in the Alps", "yes man poster", "hi-fi",
     "кот", "a thank you card", "ok computer cover", "🦊 in the snow", "7 dwarfs", "hello kitty", "stop sign"],
)  # fmt: skip
def test_prompts_are_prompts(prompt: str) -> None:
    """One word that may name something makes it a prompt."""
    assert small_talk(prompt, _english) is None


def test_a_translation_adds_its_phrases() -> None:
    """The phrases of a translation count beside the English ones."""
    assert small_talk("Ná!", _elvish) is Talk.YES
    assert small_talk("Ná!", _english) is None
    assert small_talk("yes", _elvish) is Talk.YES
    assert sounds_like_change("Caro lómë", _elvish)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("make it night", True), ("MAKE IT NIGHT", True), ("Make the sky red", True), ("now with a hat", True),
        ("remove the hat", True), ("сделай ночь", True), ("把天空变红", True), ("добавь шляпу", True),
        ("a red fox", False), ("make a poster", False), ("moreover", False), ("nowhere man", False), ("make it", False),
        ("addams family", False), ("turnip", False), ("?", False), ("", False),
    ],
)  # fmt: skip
def test_words_that_sound_like_a_change(words: str, expected: bool) -> None:
    """The beginning decides, as whole words."""
    assert sounds_like_change(words, _english) is expected
