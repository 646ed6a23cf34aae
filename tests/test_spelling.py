"""Guesses at mistyped words: every guess is a true typo or a part of a label, and the only one of its kind."""

import pytest
from coded import CODEBOOK
from hypothesis import given
from hypothesis import strategies as st

from analysis.sheets import spelling, validation
from analysis.study.codebook import LANGUAGES

SPELLINGS = [
    {
        text.casefold(): code
        for code in validation.allowed_codes(variable, CODEBOOK)
        for text in (*(CODEBOOK.label(name, code, language) for language in LANGUAGES), code)
    }
    for name, variable in CODEBOOK.variables.items()
    if variable.type in ("choice", "tick")
]
WORDS = st.text("abcdefåäö ", max_size=9)


@given(WORDS, WORDS)
def test_a_distance_is_none_only_from_the_same_and_the_same_both_ways(one, other):
    far = spelling.distance(one, other)
    assert (far == 0) == (one == other)
    assert far == spelling.distance(other, one)
    assert abs(len(one) - len(other)) <= far <= max(len(one), len(other))


@pytest.mark.parametrize(
    ("one", "other", "far"), [("femal", "female", 1), ("mael", "male", 1), ("woman", "man", 2), ("", "abc", 3)]
)
def test_distances(one, other, far):
    assert spelling.distance(one, other) == far


@given(st.data())
def test_a_guess_is_a_typo_or_part_of_a_label_and_no_other_code_is_as_near(data):
    known = data.draw(st.sampled_from(SPELLINGS))
    word = data.draw(st.sampled_from(list(known)))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(word))] * 2)))
    text = word[:start] + data.draw(st.text("aemnox ", max_size=3)) + word[end:]
    guess = spelling.nearest(text, known)
    if guess:
        far = {written: spelling.distance(text, written) for written in known}
        mine = [written for written, code in known.items() if code == guess]
        assert any(
            far[written] <= spelling.most_typos(text, written) or spelling.is_part(text, written) for written in mine
        )
        longer = [written for written, code in known.items() if code != guess and len(written) > 4]
        typos = [far[written] for written in longer if far[written] <= spelling.most_typos(text, written)]
        assert min(far[written] for written in mine) < min(typos, default=len(text) + 1000)
