"""Words that are known, and words that are not."""

import copy
import inspect
import pickle
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyvici.models import enums
from anyvici.models.enums import AlertType, IkeSaState, LogGroup, Mode, Word

ENUMS = [
    thing
    for _, thing in inspect.getmembers(enums, inspect.isclass)
    if issubclass(thing, Word) and thing is not Word
]


def members() -> Iterator[Word]:
    for enum in ENUMS:
        yield from enum


def test_there_are_as_many_words_as_the_daemon_has() -> None:
    assert {enum.__name__: len(enum) for enum in ENUMS} == {
        "AlertType": 33,
        "AuthClass": 5,
        "CertificateFlag": 5,
        "CertificateType": 9,
        "CertificateValidation": 6,
        "ChildAction": 4,
        "ChildSaState": 11,
        "IkeSaState": 8,
        "IkeVersion": 3,
        "IpsecProtocol": 2,
        "LeaseStatus": 2,
        "LogGroup": 20,
        "Mode": 7,
        "Task": 35,
        "UniquePolicy": 4,
    }


def test_a_known_word_is_a_member() -> None:
    for word in members():
        assert word.known
        assert type(word)(str(word)) is word
        assert word == word.value == str(word)
        assert pickle.loads(pickle.dumps(word)) is word
    assert IkeSaState("ESTABLISHED") is IkeSaState.ESTABLISHED
    assert AlertType("ts-mismatch") is AlertType.TS_MISMATCH


def test_members_are_named_after_their_words() -> None:
    for word in members():
        if type(word) not in (enums.IkeVersion, enums.UniquePolicy):
            assert word.name == word.upper().translate(str.maketrans("- |", "___"))


@settings(deadline=None)
@given(enum=st.sampled_from(ENUMS), text=st.text(st.characters(codec=None)))
def test_any_text_is_a_word(enum: type[Word], text: str) -> None:
    word = enum(text)
    assert isinstance(word, enum)
    assert word == text == word.value == word.name or word.known
    assert hash(word) == hash(text)
    assert {text: 1}[word] == 1
    assert str(word) == format(word) == f"{word}" == text
    for same in [enum(text), enum(word), copy.copy(word), copy.deepcopy(word)]:
        assert same == word
    assert pickle.loads(pickle.dumps(word)) == word
    assert len(enum) == len(list(enum)) < 40


def test_an_unknown_word_says_so() -> None:
    word = Mode("FUTURE")
    assert not word.known
    assert word != Mode.TUNNEL
    assert repr(word) == "<Mode.FUTURE: 'FUTURE'>"


def test_an_unknown_word_can_be_matched() -> None:
    match LogGroup("NEW"):
        case LogGroup.IKE:
            raise AssertionError
        case "NEW":
            pass


@pytest.mark.parametrize("wrong", [None, 1, b"TUNNEL", ["TUNNEL"]])
def test_only_texts_are_words(wrong: object) -> None:
    with pytest.raises(ValueError, match="not a valid Mode"):
        Mode(wrong)
