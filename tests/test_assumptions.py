"""What verdicts on printed numbers rest on beside the numbers: rules, readings, that no answer is missing."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from published_studies import SHIPPED

from analysis.__main__ import main
from analysis.errors import UserError
from analysis.language import messages
from analysis.printed import contradictions, prompt, reconstruction
from analysis.printed.bounds import Print, bounds
from analysis.printed.conflicts import clusters
from analysis.printed.model import TooLarge, sizes, statements
from analysis.study import claims as printed
from analysis.study import codebook as codebooks
from analysis.study import studies
from analysis.study.codebook import LANGUAGES
from analysis.study.expressions import parse_quantity

FRAMES = (
    ("units", {"type": "sheet"}),
    ("unit_id", {"sheet": "units", "type": "id", "required": "yes"}),
    ("files", {"type": "total", "definition": "files"}),
    ("nd", {"type": "missing"}),
    ("yes", {"type": "answer"}),
    ("no", {"type": "answer"}),
)


def study(folder, variables, said):
    """A codebook with these variables (name -> cells) and claims: id -> what is counted, the string, other cells."""
    rows = [*FRAMES, *((name, {"sheet": "units"} | cells) for name, cells in variables.items())]
    lines = [",".join(codebooks.COLUMNS)]
    for name, cells in rows:
        for code in ("", *cells.get("codes", ())):
            filled = {"variable": name, "code": code, "label_en": code or name} | ({} if code else cells)
            lines.append(",".join(f'"{filled.get(column, "")}"' for column in codebooks.COLUMNS))
    (folder / "codebook.csv").write_text("\n".join(lines), encoding="utf-8")
    book = codebooks.read(folder / "codebook.csv")
    lines = [",".join(printed.COLUMNS)]
    for name, (counts, published, *others) in said.items():
        filled = {"id": name, "where": "T", "counts": counts, "published": published, "relation": "="}
        filled |= others[0] if others else {}
        lines.append(",".join(f'"{filled.get(column, "")}"' for column in printed.COLUMNS))
    (folder / "published.csv").write_text("\n".join(lines), encoding="utf-8")
    return book, printed.read(folder / "published.csv", book)


def ticks(*names, required="yes"):
    return {name: {"type": "tick", "required": required} for name in names}


def rule(text):
    return {"type": "rule", "definition": text}


def found(book, claims):
    return clusters(book, sizes(claims, book), statements(claims, book))


def ends(question, book, claims):
    interval = Print(book, claims).interval(parse_quantity(question, book))
    return interval.low, interval.high


WARD = {"n": ("files()", "10"), "icu": ("files(icu)", "3")}


def test_rules_over_variables_that_print_does_not_count_bind(tmp_path):
    chained = ticks("icu", "ventilated", "night", "day", "x", "y") | {
        "r1": rule("icu or not ventilated"),
        "r2": rule("x or not night"),
        "r3": rule("y or not x"),
        "r4": rule("not (y and day)"),
    }
    book, claims = study(tmp_path, chained, WARD | {"night": ("files(night)", "6"), "day": ("files(day)", "6")})
    answer = bounds("files(ventilated)", book, claims)
    assert (answer.low, answer.high) == (0, 3)
    # An icu that is not documented could hide any number of ventilated patients.
    assert answer.assumes == ("documented.icu",)
    (cluster,) = found(book, claims)
    assert cluster.conflicts == (("night", "day"),)
    assert ends("files(ventilated and night)", book, claims) == (0, 3)


def test_a_missing_answer_hides_only_what_the_rules_allow(tmp_path):
    """Optional ticks may be missing; what is true of them still keeps the rules, all of them together."""
    optional = ticks("night", "day", "x", required="") | {"r2": rule("x or not night"), "r3": rule("not (x and day)")}
    book, claims = study(tmp_path, optional, {"n": ("files()", "10"), "night": ("files(night)", "6")})
    assert ends("files(night and day)", book, claims) == (0, 0)
    assert ends("files(x == nd)", book, claims) == (0, 10)
    assert ends("files(not x and night)", book, claims) == (0, 0)


VALID = "files(x) / files(x == yes or x == no)"


@pytest.mark.parametrize("share", (VALID, "files(x) / files(not x == nd)", "files(x) / (files(x) + files(x == no))"))
@pytest.mark.parametrize("required", ("yes", ""))
@pytest.mark.parametrize("kind", ("tick", "choice"))
def test_a_percentage_of_those_who_answered_can_hold(tmp_path, share, required, kind):
    share = share.replace("files(x)", "files(x == yes)")
    variables = {"x": {"type": kind, "required": required} | ({"codes": ("yes", "no")} if kind == "choice" else {})}
    said = {"n": ("files()", "37"), "x": ("files(x == yes)", "8"), "share": (share, "23.5%")}
    book, claims = study(tmp_path, variables, said)
    assert found(book, claims) == ()
    assert ends("files(x == nd)", book, claims) == (3, 3)


def test_what_print_does_not_count_as_missing_may_be_missing():
    answer = bounds("files(follow_up_held == nd)", SHIPPED.codebook, SHIPPED.claims)
    assert (answer.low, answer.high) == (0, 2)
    answer = bounds("files(help_changed == nd)", SHIPPED.codebook, SHIPPED.claims)
    assert (answer.low, answer.high, answer.assumes) == (0, 0, ("documented.plan_help",))


HEADING = {"n": ("files()", "37"), "share": ("files(x) / files()", "23.5", {"value": "23.5%"})}


def test_proofs_and_ways_out_are_on_the_printed_scale(tmp_path):
    book, claims = study(tmp_path, ticks("x"), HEADING)
    (row,) = contradictions.conflicts_table(contradictions.audit(book, claims)).itertuples()
    assert row.certificate == "8/37 = 21.6, 9/37 = 24.3; nothing between"
    assert "23.5 → 0.0, 2.7, 5.4" in row.repairs and "24.3" in row.repairs
    book, claims = study(tmp_path, ticks("x"), HEADING | {"share": ("files(x) / files()", "23.5%")})
    (row,) = contradictions.conflicts_table(contradictions.audit(book, claims)).itertuples()
    assert row.certificate == "8/37 = 21.6%, 9/37 = 24.3%; nothing between"


def test_shares_are_shown_as_they_are(capsys):
    assert main(["bounds", "files(sex == female) / files()"]) == 0
    assert "exactly 7/12 (≈ 0.58)" in capsys.readouterr().out
    assert main(["bounds", "files(sex == female) / files(n_plans >= 2)"]) == 0
    assert "exactly 7/9 (≈ 0.78)" in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_id_that_print_does_not_know_is_refused(language):
    with pytest.raises(UserError, match=r"Solna.*each"):
        bounds("files(authority == Solna)", SHIPPED.codebook, SHIPPED.claims, language=language)
    with pytest.raises(UserError, match="Solna"):
        bounds("files(sex == female and not authority == Solna)", SHIPPED.codebook, SHIPPED.claims)


def test_a_limit_means_the_same_to_the_comparison_and_to_the_search(tmp_path):
    said = {"n": ("files()", "20"), "x": ("files(x)", "9"), "most": ("files(x) / files()", "0.5", {"relation": ">"})}
    book, claims = study(tmp_path, ticks("x"), said)
    assert not claims[2].agrees(Fraction(9, 20))
    (cluster,) = found(book, claims)
    assert cluster.conflicts == (("x", "most"),)
    book, claims = study(tmp_path, ticks("x"), said | {"x": ("files(x)", "10")})
    assert claims[2].agrees(Fraction(1, 2)) and found(book, claims) == ()


def test_what_is_not_checked_is_listed_wherever_a_verdict_is_given(tmp_path):
    difference = "files(x) / files() - files(y) / files()"
    said = {"n": ("files()", "4"), "x": ("files(x)", "2"), "sd": ("", "1.2", {"note": "a standard deviation."})}
    book, claims = study(tmp_path, ticks("x", "y"), said | {"difference": (difference, "0.9")})
    audit = contradictions.audit(book, claims)
    assert dict(audit.unchecked) == {"sd": "not_coded", "difference": "form"}
    for language in LANGUAGES:
        told = contradictions.most_that_hold(audit, language)
        assert "2" in told and "unchecked.csv" in told
        frame = contradictions.unchecked_table(audit, language)
        assert list(frame["claim"]) == ["sd", "difference"] and frame["facts"].str.len().min() > 20


def test_the_reading_of_a_footnote_is_named_with_the_result_without_it():
    audit = SHIPPED.audit
    frame = contradictions.assumptions_table(audit).set_index("assumption")
    without = frame.loc[["change_is_change", "documented.plan_help"], ["rest_on_it", "conflicts", "without"]]
    assert without.to_numpy().tolist() == [[11, 18, 7], [11, 18, 7]]
    assert list(frame.loc["change_is_change", ["changes", "changes_without"]]) == [4, 3]
    assert "**" in frame.loc["change_is_change", "reason"]
    assert [rule.name for rule in SHIPPED.codebook.readings()] == ["change_is_change"]
    # It carries one of the four headline differences: without it the number can be what is printed.
    book = SHIPPED.codebook.without("change_is_change")
    kept = Print(book, SHIPPED.claims).bounds("files(after_mental_and_psychiatric)")
    assert kept.low == kept.high == 4


def test_follow_ups_that_are_counted_were_held():
    claims = {claim.id: claim.quantity for claim in SHIPPED.claims}
    for name in ("planned", "new_plan"):
        asked = parse_quantity(f"files(follow_up_held and follow_up_{name})", SHIPPED.codebook)
        assert claims[f"text.follow_up_{name}"] == asked


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("files() + " * 900 + "files()", "ask_too_long"),
        ("not " * 3000 + "sex == female", "ask_too_long"),
        ("(" * 400 + "sex == female" + ")" * 400, "ask_too_long"),
        ("any(" * 90 + "met_health_addiction" + ")" * 90 + " and sex == female" * 9000, "ask_too_long"),
        ("sex in ()", "ask_empty_list"),
        ("authoritys(local_agreement)", "ask_no_word"),
        ("fils(sex == female) / files()", "ask_no_word"),
    ],
    ids=("additions", "nots", "brackets", "long", "no_codes", "unit", "part"),
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_asked_is_answered_by_a_true_sentence(question, key, language, capsys):
    assert main(["bounds", question, "--labels", language]) == 1
    told = capsys.readouterr().err
    assert len(told) < 400
    parts = re.split(r"\{[^}]*\}", messages.MESSAGES[key][language])
    assert all(part in told for part in parts)


def test_numbers_below_nought_can_be_asked(capsys):
    assert main(["bounds", "files(n_plans >= -5)"]) == 0
    assert "exactly 12" in capsys.readouterr().out
    assert main(["bounds", "files(n_plans < -5)"]) == 0
    assert "exactly 0" in capsys.readouterr().out
    assert main(["bounds", "files()", "--seconds", "-1"]) == 1
    assert "-1" in capsys.readouterr().err


@pytest.mark.parametrize("settings", ({}, {"reconstruction": None}, {"reconstruction": {"seed": "x"}}))
def test_a_reconstruction_needs_a_seed(settings, monkeypatch, capsys):
    shipped = studies.read("stockholm")
    given = {name: value for name, value in shipped.settings.items() if name != "reconstruction"} | settings
    monkeypatch.setattr(studies, "read", lambda _: replace(shipped, settings=given))
    assert main(["reconstruct"]) == 1
    assert "seed: 1" in capsys.readouterr().err


def test_a_reconstruction_that_is_too_large_is_told(monkeypatch, capsys):
    def too_large(*_):
        raise TooLarge

    monkeypatch.setattr(reconstruction, "reconstruct", too_large)
    assert main(["reconstruct"]) == 1
    assert "added up" in capsys.readouterr().err


def test_long_stays_are_too_much_to_reconstruct(tmp_path):
    days = {"days": {"type": "count", "required": "yes", "minimum": "0"}}
    book, claims = study(tmp_path, days, {"n": ("files()", "30"), "mean": ("mean(days)", "212.4")})
    with pytest.raises(TooLarge):
        reconstruction.reconstruct(book, claims, 1)


@pytest.mark.parametrize(
    ("value", "said"), [("7/12", "7/12 (≈ 0.58)"), ("3", "3"), ("43/20", "2.15"), ("-1/3", "-1/3 (≈ -0.33)")]
)
def test_a_number_is_exact_or_says_that_it_is_not(value, said):
    assert prompt._exactly(Fraction(value)) == said
