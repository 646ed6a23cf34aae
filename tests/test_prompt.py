"""What the prompt answers of questions to print, by the command line that people type."""

import io
import re
from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest
from published_studies import SHIPPED
from test_bounds import claim

from analysis import paths
from analysis.__main__ import main
from analysis.printed import prompt
from analysis.printed.bounds import bounds, crosstab_bounds
from analysis.study import studies
from analysis.study.codebook import LANGUAGES
from analysis.study.expressions import parse_quantity


def test_the_prompt_says_what_print_leaves_open_and_what_forces_it(capsys):
    assert main(["bounds", "files(before_social_substance and before_health_addiction)"]) == 0
    said = capsys.readouterr().out
    assert "exactly 6, in every smallest repair" in said
    assert "Substance abuse (social service) and addiction treatment, before the plan" in said


def test_the_prompt_shows_a_set_of_files_for_each_end(capsys):
    assert main(["bounds", "files(sex == female and n_plans >= 2)", "--witness"]) == 0
    answer, *witnesses = capsys.readouterr().out.split("\n\n")
    for said, witness in zip(re.search(r"between (\d+) and (\d+)", answer).groups(), witnesses, strict=True):
        rows = pd.read_csv(io.StringIO(witness.partition("\n")[2]))
        assert len(rows) == 12 and (rows["sex"] == "female").sum() == 7
        assert ((rows["sex"] == "female") & (rows["n_plans"] >= 2)).sum() == int(said)


def test_the_prompt_answers_an_unknown_variable_in_words(capsys):
    assert main(["bounds", "files(sxe == male)"]) == 1
    assert "Did you mean sex (Sex)?" in capsys.readouterr().err


def cells_shown(said: str) -> list[list[str]]:
    """Label and cells of every row of the table between the title and the key, its head first."""
    table = said.split("\n\n")[1]
    return [re.split(r"\s{3,}", line[4:]) for line in table.splitlines()]


@pytest.mark.parametrize("labels", LANGUAGES)
def test_the_prompt_crosses_two_variables(labels, capsys):
    assert main(["bounds", "crosstab(met_health_inpatient, sex)", "--labels", labels]) == 0
    said = capsys.readouterr().out
    head, *rows = cells_shown(said)
    book = SHIPPED.codebook
    assert head == ["", *(book.label("sex", code, labels) for code in ("female", "male"))]
    cells = crosstab_bounds("met_health_inpatient", "sex", book, SHIPPED.claims)
    assert [row[0] for row in rows] == [book.frames["answer"][code].label[labels] for code in ("yes", "no")]
    shown = [cell for row in rows for cell in row[1:]]
    for cell, told in zip(cells.itertuples(), shown, strict=True):
        expected = str(cell.low) if cell.forced else f"{cell.low}–{cell.high}"
        assert told.partition(" ")[0] == expected
        assert (prompt.FORCED in told) == cell.forced
        assert ("(" in told) == ((cell.low, cell.high) != (cell.cautious_low, cell.cautious_high))
    assert book.phrase("reading_all_repairs", labels) in said
    assert book.phrase("reading_numbers_in_no_conflict", labels) in said
    assert said.rstrip().endswith(book.phrase("guarantee", labels))


def test_a_forced_cell_has_a_sign_and_numbers_that_nobody_has_no_column(capsys):
    assert main(["bounds", "crosstab(met_health_inpatient, met_health_outpatient)"]) == 0
    said = capsys.readouterr().out
    assert cells_shown(said) == [["", "Yes", "No"], ["Yes", "1 ●", "0 ●"], ["No", "4 ●", "7 ●"]]
    assert "All of this holds whatever happens to the numbers in conflict." in said
    assert main(["bounds", "crosstab(sex, n_plans)"]) == 0
    said = capsys.readouterr().out
    assert cells_shown(said)[:2] == [
        ["", "4", "3", "2", "1"],
        ["Female", "0–3 (0–7)", "0–1 (0–7)", "0–5 (0–7)", "0–3 (0–7)"],
    ]
    assert "Number of plans 5 to 24" in said


def test_a_cell_that_is_not_decided_in_time_says_so(capsys):
    assert main(["bounds", "crosstab(sex, help_changed)", "--seconds", "0"]) == 0
    said = capsys.readouterr().out
    assert {cell for row in cells_shown(said)[1:] for cell in row[1:]} == {prompt.UNDECIDED}
    assert "? not decided in the time given" in said and "All of this holds" not in said


@pytest.mark.parametrize(
    ("asked", "words", "in_swedish"),
    [
        ("sex", "is made of two variables, as in crosstab(", "görs av två variabler, som i crosstab("),
        ("sex, sxe", "Did you mean sex (Sex)?", "Menade du sex (Kön)?"),
        ("sex, local_agreement", "describe different rows", "olika slags rader"),
        ("sex, profession_social", "No printed number counts", "Inget tryckt tal räknar"),
        ("sex, age", "too many values to be crossed", "för många värden"),
        ("sex, authority", "has no answers to be crossed", "har inga svar att korsa"),
    ],
)  # fmt: skip
def test_what_cannot_be_crossed_is_said_in_the_language_of_the_reader(asked, words, in_swedish, capsys):
    for labels, expected in zip(LANGUAGES, (words, in_swedish), strict=True):
        assert main(["bounds", f"crosstab({asked})", "--labels", labels]) == 1
        assert expected in capsys.readouterr().err


@pytest.mark.parametrize("labels", LANGUAGES)
def test_no_set_of_files_is_shown_for_a_whole_cross_tabulation(labels, capsys):
    assert main(["bounds", "crosstab(sex, n_plans)", "--witness", "--labels", labels]) == 1
    assert "files(sex == female and n_plans == 2)" in capsys.readouterr().err


def test_the_help_shows_a_form_of_every_question_and_each_is_answered(capsys):
    with pytest.raises(SystemExit):
        main(["bounds", "--help"])
    said = capsys.readouterr().out
    examples = re.findall(r'^  "(.+?)"', said, re.MULTILINE)
    assert {re.match(r"\w+", example)[0] for example in examples} == {"files", "mean", "crosstab"}
    for example in examples:
        assert main(["bounds", example]) == 0


@pytest.mark.parametrize(("labels", "words"), [("en", "Print also says that there are 13 files"),
                                               ("sv", "Trycket säger också att det finns 13 akter")])  # fmt: skip
def test_the_prompt_says_that_print_has_another_number_of_rows(labels, words, capsys, monkeypatch):
    study = studies.read(paths.DEFAULT_STUDY)
    more = claim("thirteen", parse_quantity("files()", study.codebook), Fraction(13))
    for asked in ("files(sex == female)", "crosstab(sex, met_psychiatric)"):
        for claims, is_said in ((study.claims, False), ((*study.claims, more), True)):
            monkeypatch.setattr(studies, "read", lambda _, claims=claims: replace(study, claims=claims))
            assert main(["bounds", asked, "--labels", labels]) == 0
            assert (words in capsys.readouterr().out) == is_said


@pytest.mark.parametrize("question", ["median(n_plans)", "median(n_plans) - files()", "files() / median(age)"])
def test_of_a_median_the_prompt_says_that_it_is_not_worked_out(question, capsys):
    assert main(["bounds", question]) == 1
    assert f"In '{question}': what print leaves open of a median is not worked out" in capsys.readouterr().err


def test_of_a_count_that_is_compared_the_prompt_says_that_it_is_no_variable(capsys):
    assert main(["bounds", "mean(n_plans) >= 2"]) == 1
    assert "'mean(n_plans)' is not a variable" in capsys.readouterr().err


@pytest.mark.parametrize(("language", "said"), [("en", "Sex"), ("sv", "Kön")])
def test_what_a_whole_block_implies_is_said_in_words(language, said):
    counts = {"files()": 12, "files(sex == female)": 7}
    numbers = [claim(text, parse_quantity(text, SHIPPED.codebook), number) for text, number in counts.items()]
    answer = bounds("files(sex == nd)", SHIPPED.codebook, numbers)
    shown = prompt.left_open(replace(answer, forced_by=(None, ("implied.sex",))), numbers, SHIPPED.codebook, language)
    assert "implied.sex" not in shown and said in shown.replace("sex == nd", "")
