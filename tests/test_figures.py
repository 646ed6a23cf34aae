"""Figures: what is drawn is what was counted, it can be read by everybody, and it has the same bytes every time."""

import base64
import hashlib
import io
import os
import re
import subprocess
import sys
from functools import cache
from itertools import combinations, pairwise

import IPython.display
import matplotlib
import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image
from samples import random_units

from analysis import figures, paths
from analysis.collaboration import conclusions, degree, scales
from analysis.counts import tables
from analysis.display import style
from analysis.explore import exploring
from analysis.figures import plane
from analysis.printed.sample import Sample
from analysis.study import codebook as codebooks
from analysis.study import layout
from analysis.study.codebook import YES
from analysis.study.expressions import Is, evaluate

FILES = 12
DATA = ("help_before_after", "representation")
MEETINGS = ("attendance", "co_attendance")
NAMES = ("figure1", "figure2", "figure3", *DATA, *MEETINGS, "verdicts", "degree")


@cache
def codebook():
    return codebooks.read(paths.CODEBOOK)


@cache
def judgement():
    settings = yaml.safe_load((paths.raw(paths.DEFAULT_STUDY) / "study.yml").read_text(encoding="utf-8"))
    return scales.judgement(settings, codebook())


def table(name: str, files: int = FILES) -> pd.DataFrame:
    """A table in which every cell has another count: 0, all files, and what lies between."""
    cells = layout.cells(codebook(), name)
    return pd.DataFrame(
        [(*cell, place * 5 % (files + 1), 0) for place, cell in enumerate(cells)], columns=list(tables.COLUMNS)
    )


@cache
def drawn(name: str, language: str = "en", files: int = FILES, status: str = "reconstructed") -> figures.Figure:
    match name:
        case "figure1":
            return figures.figure1(codebook(), language)
        case "figure2":
            return figures.figure2(codebook(), language)
        case "figure3":
            return figures.figure3(codebook(), judgement(), language)
        case "help_before_after":
            return figures.help_before_after(table("table2", files), codebook(), language, files, status)
        case "attendance":
            return figures.attendance(met(files, status), codebook(), language)
        case "co_attendance":
            return figures.co_attendance(met(files, status), codebook(), language, leeway)
        case "degree":
            found = conclusions.run(met(), codebook(), language)
            others = Sample(tuple(random_units(codebook(), FILES, seed=seed) for seed in (2, 3)))
            runs = conclusions.reruns(found, met(), others, codebook(), language)
            return figures.degree(found.indicators, codebook(), judgement(), language, status, runs)
        case "verdicts":
            return figures.verdicts(compared(), codebook(), language, status)
    return figures.representation(table("table3", files), codebook(), language, files, status)


def met(files: int = FILES, status: str = "reconstructed") -> dict[str, pd.DataFrame]:
    """Files in which random agencies were at the table."""
    return random_units(codebook(), files, status=status)


def leeway(quantity) -> tuple[int, int]:
    """Bounds for the made-up files: counts of one agency are forced, those of two may be smaller by up to two."""
    count = int(evaluate(quantity, met()))
    return (count, count) if isinstance(quantity.condition, Is) else (max(count - 2, 0), count)


def compared() -> pd.DataFrame:
    """A comparison with print in which every place has another share of each verdict."""
    verdicts = codebook().frame("scale", "verdict").code_names()
    rows = [
        (f"Table {place}, a", verdicts[number % (place + 1) % 3]) for place in (1, 2) for number in range(9 * place)
    ]
    return pd.DataFrame([*rows, ("Text, a", verdicts[2])], columns=["where", "verdict"])


every = pytest.mark.parametrize(
    ("name", "language"), [(name, language) for name in NAMES for language in codebooks.LANGUAGES]
)


def texts(figure: figures.Figure) -> list[Text]:
    return [text for text in figure.figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def words(figure: figures.Figure) -> str:
    return " ".join(text.get_text() for text in texts(figure))


# What is drawn is what was counted


@pytest.mark.parametrize("files", [FILES, 1, 250])
def test_bars_are_as_long_as_the_counts_within_all_files(files):
    figure = drawn("representation", files=files)
    bars = [patch for axes in figure.figure.axes for patch in axes.patches if isinstance(patch, Rectangle)]
    filled = [bar.get_width() for bar in bars if to_hex(bar.get_facecolor()) == style.BLUE.lower()]
    tracks = [bar.get_width() for bar in bars if to_hex(bar.get_facecolor()) == style.TRACK.lower()]
    assert filled == list(figure.numbers["n"])
    assert tracks == [files] * len(filled)
    assert all(axes.get_xlim() == (0, files) for axes in figure.figure.axes if axes.patches)
    given = table("table3", files).set_index(["block", "item"])["value"]
    assert [given[row.block, row.item] for row in figure.numbers.itertuples()] == filled


@pytest.mark.parametrize("files", [FILES, 250])
def test_dumbbells_stand_at_the_counts_before_and_after(files):
    figure = drawn("help_before_after", files=files)
    points = [
        (row, column, float(x))
        for axes in figure.figure.axes
        if axes.get_xlim() == (0, files)
        for marks in axes.collections
        if isinstance(marks, PathCollection)
        for (x, y), size, color in zip(marks.get_offsets(), marks.get_sizes(), marks.get_facecolors(), strict=True)
        for row, column in [((axes.get_position().y0, -y), {80: "before", 26: "after"}[int(size)])]
        if to_hex(color) == {"before": style.BLUE, "after": style.ORANGE}[column].lower()
    ]
    places = sorted({row for row, _, _ in points}, reverse=True)
    found = {(places.index(row), column): x for row, column, x in points}
    assert len(points) == 2 * len(figure.numbers)
    for place, row in enumerate(figure.numbers.itertuples()):
        assert (found[place, "before"], found[place, "after"]) == (row.before, row.after)


def test_counts_of_one_column_are_no_dumbbells():
    assert "plan_help" not in set(drawn("help_before_after").numbers["block"])
    assert set(drawn("representation").numbers["block"]) == {
        "represented_social", "represented_health", "represented_other", "user_participation",
    }  # fmt: skip


def test_missing_answers_are_counted_beside_the_documented_ones():
    given = table("table3")
    gap = pd.DataFrame(
        [("represented_health", "primary.nd", "n", 2, 0), ("represented_health", "primary.blank", "n", 1, 0)],
        columns=given.columns,
    )
    found = figures.representation(pd.concat([given, gap]), codebook(), "en", FILES, "original")
    row = found.numbers.set_index("item").loc["primary"]
    assert row["n_missing"] == 3
    assert f"{row['n']} (+3?)" in words(found) and f"Primary care, {row['n']} (+3?)" in found.description
    assert codebook().phrase("missing_note", "en") in found.description


def test_a_count_that_differs_from_print_has_the_printed_one_beside_it():
    given = table("table2")
    claims = pd.DataFrame(
        [
            ("social_service", "mental", "after", "9", "differs"),
            ("social_service", "economic", "after", "8", "reproduced"),
        ],
        columns=["block", "item", "column", "published", "verdict"],
    )
    found = figures.help_before_after(given, codebook(), "en", FILES, "original", claims)
    row = found.numbers.set_index("item").loc["mental"]
    assert f"{row['before']} → {row['after']} (printed 9)" in words(found)
    assert f"{row['after']} (printed 9) after" in found.description
    assert words(found).count("(printed") == 2 and "printed 8" not in found.description  # once more in the note
    assert codebook().phrase("printed_note", "en") in found.description


def test_nothing_coded_gives_no_figure():
    empty = table("table2").iloc[:0]
    assert figures.help_before_after(empty, codebook(), "en", FILES, "original") is None
    assert figures.representation(empty, codebook(), "en", FILES, "original") is None


@pytest.mark.parametrize("files", [0, 1, 2, 3, 7, 11, 12, 13, 17, 100, 99999])
def test_the_axis_runs_from_no_file_to_all_files(files):
    from analysis.figures.counts import _ticks

    ticks = _ticks(files)
    assert ticks[0] == 0 and ticks[-1] == max(files, 1) and len(ticks) <= 8
    assert all(low < high for low, high in pairwise(ticks))


@pytest.mark.parametrize("language", codebooks.LANGUAGES)
def test_the_judgement_is_a_hatched_region_nearer_the_low_end(language):
    figure = drawn("figure3", language)
    (axes,) = [axes for axes in figure.figure.axes if axes.patches]
    (patch,) = axes.patches
    low, high = np.array([patch.get_xy(), np.add(patch.get_xy(), (patch.get_width(), patch.get_height()))])
    assert patch.get_hatch() and patch.get_linewidth() >= 1
    assert (low >= 0).all() and (high <= 1).all() and (high - low > 0.1).all()
    for corner in [low, high, (low[0], high[1]), (high[0], low[1])]:
        assert np.hypot(*corner) < np.hypot(*np.subtract(1, corner))
    covered = scales.region(judgement(), codebook())
    assert tuple(low) + tuple(high) == pytest.approx((covered.left, covered.bottom, covered.right, covered.top))


@pytest.mark.parametrize("language", codebooks.LANGUAGES)
@pytest.mark.parametrize("name", ["figure2", "figure3"])
def test_the_plane_has_words_and_no_numbers(name, language):
    figure = drawn(name, language)
    assert not re.search(r"\d", re.sub(r"\bC[02]\b", "", words(figure)))
    assert not any(tick for axes in figure.figure.axes for tick in axes.get_xticks() if axes.axison)
    for axis in scales.AXES:
        labels = list(scales.levels(codebook(), axis, language)["label"])
        named = labels if name == "figure3" or axis == "vertical" else [labels[0], labels[-1]]
        for label in named:
            assert all(word in words(figure) for word in label.split())
    assert not set(figure.numbers.select_dtypes("number").columns)


def test_the_ends_of_the_plane_stand_in_its_corners():
    figure = drawn("figure2")
    (axes,) = [axes for axes in figure.figure.axes if axes.get_xlim() == (0, 1)]
    at = {text.get_text(): text.xy for text in axes.texts if text.get_text()}
    assert at == {"C0": (plane.INSET,) * 2, "CI": (1 - plane.INSET,) * 2}


@pytest.mark.parametrize("language", codebooks.LANGUAGES)
def test_the_kind_is_marked_by_shape_and_word_on_its_step(language):
    figure = drawn("figure3", language)
    signs = [line for axes in figure.figure.axes for line in axes.lines if line.get_marker() in ("o", "D")]
    rungs = sorted((line for line in signs if line.axes.get_xlim() != (0, 1)), key=lambda line: -line.get_ydata()[0])
    assert [line.get_marker() for line in rungs] == ["o", "o", "D", "o", "o", "o", "o"]
    assert f"← {codebook().phrase('figure3_judgement', language)}" in words(figure)


def test_a_study_without_judgement_gets_the_plane_and_the_scale_alone():
    figure = figures.figure3(codebook(), None, "en")
    assert figure.numbers.empty and figure.description == codebook().phrase("figure3_none", "en")
    assert not any(axes.patches for axes in figure.figure.axes) and "C2" not in words(figure)


@pytest.mark.parametrize("language", codebooks.LANGUAGES)
def test_every_sector_and_organisation_is_drawn(language):
    figure = drawn("figure1", language)
    for row in figure.numbers.itertuples():
        assert row.sector_label in words(figure) and row.organisation_label in words(figure)


def boxes(figure: figures.Figure, *colours: str) -> list[Rectangle]:
    """Rectangles of these fills on the page, row by row from the top, from left to right in each."""
    found = [patch for axes in figure.figure.axes for patch in axes.patches if to_hex(patch.get_facecolor()) in colours]
    return sorted(found, key=lambda box: (round(box.get_y(), 3), box.get_x()))


@pytest.mark.parametrize(("name", "table_name"), [("representation", "table3"), ("help_before_after", "table2")])
def test_a_hidden_count_is_hatched_and_no_bar_of_nought(name, table_name):
    given = table(table_name)
    draw = getattr(figures, name)
    hatched = []
    for counts in (given, given.assign(value=given["value"].where(given["value"] > 2, None))):
        figure = draw(counts, codebook(), "en", FILES, "original", is_public=True)
        patches = [patch for axes in figure.figure.axes for patch in axes.patches if patch.get_hatch()]
        rows = figure.numbers.select_dtypes("number").filter(regex="^(n|before|after)$").isna().any(axis=1).sum()
        assert len(patches) == rows
        hatched.append(rows)
        assert (codebook().phrase("hidden_note", "en") in figure.description) == bool(rows)
    assert hatched[0] == 0 < hatched[1]


@pytest.mark.parametrize("files", [FILES, 1, 60])
def test_a_filled_square_is_an_agency_at_the_table(files):
    figure = drawn("attendance", files=files)
    filled = [to_hex(box.get_facecolor()) == style.BLUE.lower() for box in boxes(figure, "#ffffff", style.BLUE.lower())]
    assert filled == list(figure.numbers["present"] == YES)
    given = met(files)["files"].set_index("file_id")
    assert all(given.at[row.file, row.agency] == row.present for row in figure.numbers.itertuples())


@pytest.mark.parametrize("language", codebooks.LANGUAGES)
@pytest.mark.parametrize("status", codebook().variable(codebooks.STATUS).code_names())
def test_only_a_reconstruction_is_one_of_many_arrangements(status, language):
    said = drawn("attendance", language, status=status).description
    assert codebook().status_note(status, language) in said
    assert (codebook().phrase("attendance_one", language) in said) == (status == "reconstructed")


def test_hatched_squares_are_explained_where_there_are_any():
    given = met()
    said = codebook().phrase("attendance_hatched", "en")
    assert said not in figures.attendance(given, codebook(), "en").description
    given["files"].loc[0, "met_health_primary"] = "nd"
    assert said in figures.attendance(given, codebook(), "en").description


def test_files_with_the_same_agencies_stand_side_by_side():
    figure = drawn("attendance", files=60)
    columns = figure.numbers.pivot(index="agency", columns="file", values="present")[figure.numbers["file"].unique()]
    patterns = ["".join(columns[file]) for file in columns]
    assert len([one for one, other in pairwise(patterns) if one != other]) == len(set(patterns)) - 1


def test_the_matrix_says_what_print_leaves_open_and_no_count_of_the_reconstruction():
    figure = drawn("co_attendance")
    asked = exploring.agencies(met(), codebook())
    assert len(figure.numbers) == len(asked) * (len(asked) + 1) / 2
    shown = sorted(text.get_text() for text in texts(figure) if re.fullmatch(r"\d+( ●|–\d+)", text.get_text()))
    expected = [
        f"{row.low} ●" if row.low == row.high else f"{row.low}–{row.high}" for row in figure.numbers.itertuples()
    ]
    assert shown == sorted(expected)
    bold = {text.get_text() for text in texts(figure) if text.get_weight() == "bold"}
    assert not any("–" in text for text in bold)


def test_agencies_met_in_as_many_files_as_both_came():
    given = met()
    here = given["files"].set_index("file_id") == "yes"
    for row in figures.co_attendance(given, codebook(), "en").numbers.itertuples():
        assert row.low == row.high == (here[row.agency] & here[row.other]).sum()


@pytest.mark.parametrize("language", codebooks.LANGUAGES)
def test_the_matrix_says_what_its_shades_mean_and_no_paler_cell_has_more_files(language):
    figure = drawn("co_attendance", language)
    said = " ".join(text.get_text() for text in texts(figure))
    assert codebook().phrase("co_attendance_shade", language).split()[-1] in said
    (page,) = figure.figure.axes
    shades = [sum(patch.get_facecolor()[:3]) for patch in page.patches]
    cells = sorted(zip(figure.numbers["low"], shades, strict=True))
    assert [shade for _, shade in cells] == sorted(shades, reverse=True)


def test_the_matrix_names_agencies_that_never_came():
    given = met()
    given["files"]["met_health_primary"] = "no"
    figure = figures.co_attendance(given, codebook(), "en")
    assert "Never at the table: Primary care." in figure.description
    assert "met_health_primary" not in set(figure.numbers["agency"])


@pytest.mark.parametrize("language", codebooks.LANGUAGES)
def test_the_computed_place_lies_in_its_reach_and_the_judgement_is_drawn_apart(language):
    figure = drawn("degree", language)
    (axes,) = [axes for axes in figure.figure.axes if axes.get_xlim() == axes.get_ylim() == (0, 1)]
    hatched, equal = axes.patches
    (frame,) = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert hatched.get_hatch() and to_hex(equal.get_facecolor()) == style.BLUE.lower()
    rows = figure.numbers.set_index("region")
    row, reach = rows.loc["equal"], rows.loc["reach"]
    centre = (equal.get_x() + equal.get_width() / 2, equal.get_y() + equal.get_height() / 2)
    assert centre == pytest.approx(
        ((row.horizontal_low + row.horizontal_high) / 2, (row.vertical_low + row.vertical_high) / 2), abs=1e-3
    )
    for drawn_, axis in ((frame.get_xdata(), "horizontal"), (frame.get_ydata(), "vertical")):
        ends = reach[[f"{axis}_low", f"{axis}_high"]].tolist()
        assert [min(drawn_), max(drawn_)] == pytest.approx(ends, abs=1e-3)
        assert ends[0] <= row[f"{axis}_low"] <= row[f"{axis}_high"] <= ends[1]
    assert codebook().phrase("degree_own", language) in words(figure)


def test_every_run_is_a_stroke_at_its_place_on_each_axis():
    figure = drawn("degree")
    *_, contact, support = figure.figure.axes
    numbers = figure.numbers.set_index("region")
    runs = numbers[numbers.index.str.contains(".", regex=False)]
    for axes, axis in ((contact, "horizontal"), (support, "vertical")):
        assert axes.get_xlim() == (0, 1)
        middle = (runs[f"{axis}_low"] + runs[f"{axis}_high"]) / 2
        strokes = np.concatenate([line.get_xdata() for line in axes.lines if line.get_marker() == "|"])
        assert np.allclose(strokes, middle, atol=1e-3)
        spans = [line.get_xdata() for line in axes.lines if line.get_linestyle() == "-" and line.get_zorder() > 0]
        by_test = runs.groupby(runs.index.str.partition(".").get_level_values(0), sort=False)
        expected = by_test.agg({f"{axis}_low": "min", f"{axis}_high": "max"})
        assert np.allclose(spans, expected, atol=1e-3)
        bar, frame = axes.patches
        assert frame.get_x() == pytest.approx(numbers.loc["reach", f"{axis}_low"], abs=1e-3)
        assert bar.get_x() <= numbers.loc["equal", f"{axis}_low"] <= bar.get_x() + bar.get_width()
    tests = dict.fromkeys(runs.index.str.partition(".").get_level_values(0))
    assert {*tests, conclusions.ONCE} == {*conclusions.TESTS[1:]}


def test_without_a_judgement_the_captions_tell_of_none():
    found = degree.indicators(met(), codebook(), "en")
    figure = figures.degree(found, codebook(), None, "en", "original")
    assert set(figure.numbers["region"]) == {"equal", "reach"}
    for one in (figure, figures.figure3(codebook(), None, "en")):
        assert "judgement" not in one.title and "C2" not in {text.get_text() for text in texts(one)}
    assert "C2" in {text.get_text() for text in texts(drawn("degree"))}


def test_bars_of_verdicts_are_as_long_as_their_numbers():
    figure = drawn("verdicts")
    bars = [box for box in figure.figure.axes[0].patches if box.get_height() == 4.5]
    numbers = figure.numbers.drop(columns=["where", "total"]).to_numpy().ravel()
    scale = bars[0].get_width() / numbers[numbers > 0][0]
    assert [bar.get_width() / scale for bar in bars] == pytest.approx(list(numbers[numbers > 0]))
    assert (figure.numbers[["reproduced", "differs", "not computable"]].sum(axis=1) == figure.numbers["total"]).all()
    assert figures.verdicts(None, codebook(), "en", "original") is None


# What is said


@every
def test_the_description_holds_every_number_and_label(name, language):
    figure = drawn(name, language)
    for label in figure.table.astype(str).to_numpy().ravel():
        # Pairs that were in no file are summed up too.
        assert label == "0 ●" or label in figure.description
    if name in DATA:
        for row in figure.numbers.to_dict("records"):
            counts = [str(row[column]) for column in ("before", "after", "n") if column in row]
            pattern = r"\D+".join([re.escape(row["item_label"]), *counts])
            assert re.search(pattern + r"\b", figure.description)


@every
def test_only_figures_from_rows_say_what_the_rows_are(name, language):
    figure = drawn(name, language)
    note = codebook().status_note("reconstructed", language)
    assert note and (note in figure.description) == (name in (*DATA, *MEETINGS, "degree", "verdicts")) == (
        note in words(figure)
    )


@pytest.mark.parametrize("language", codebooks.LANGUAGES)
def test_the_planes_say_that_their_levels_are_our_drawing(language):
    for name in ("figure2", "figure3"):
        note = codebook().phrase(f"{name}_note", language)
        assert note in drawn(name, language).description
        assert note in words(drawn(name, language))


def test_original_rows_need_no_note():
    assert codebook().status_note("reconstructed", "en") not in drawn("representation", status="original").description


# Who can read it


@every
def test_text_is_large_enough_inside_the_page_and_free_of_other_text(name, language):
    figure = drawn(name, language)
    page = figure.figure
    assert page.get_figwidth() * 25.4 == pytest.approx(90)
    assert page.get_figheight() * 25.4 < 230  # a printed page
    page.canvas.draw()
    boxes = []
    for text in texts(figure):
        assert text.get_fontsize() >= 8 and text.get_fontname() == "DejaVu Sans"
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= page.bbox.width and box.y1 <= page.bbox.height, text
        boxes.append((text.get_text(), box))
    for (one, box), (other, another) in combinations(boxes, 2):
        assert not box.overlaps(another), (one, other)


@pytest.mark.parametrize("language", codebooks.LANGUAGES)
def test_marks_do_not_cover_text(language):
    figure = drawn("help_before_after", language)
    figure.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in texts(figure)]
    for axes in figure.figure.axes:
        for marks in axes.collections:
            if isinstance(marks, PathCollection):
                for place, size in zip(axes.transData.transform(marks.get_offsets()), marks.get_sizes(), strict=True):
                    radius = np.sqrt(size) / 2 / 72 * figure.figure.dpi
                    around = matplotlib.transforms.Bbox([place - radius, place + radius])
                    assert not any(around.overlaps(box) for box in boxes)


def luminance(color) -> float:
    """Relative luminance, WCAG 2.2."""
    return float(linear(color) @ (0.2126, 0.7152, 0.0722))


def contrast(one, other) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def linear(color) -> np.ndarray:
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of linear sRGB."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = to_xyz @ rgb / to_xyz.sum(axis=1)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


VISION = {
    "all cones": np.eye(3),
    "no red cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green cones": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ],
    "no blue cones": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ],
}  # fmt: skip
"""Simulation of colour blindness on linear sRGB: Machado, Oliveira and Fernandes 2009, severity 1."""


@pytest.mark.parametrize("vision", VISION)
def test_the_two_colours_are_told_apart_by_every_eye(vision):
    seen = [lab(np.clip(np.array(VISION[vision]) @ linear(color), 0, 1)) for color in (style.BLUE, style.ORANGE)]
    assert np.linalg.norm(seen[0] - seen[1]) > 50


def test_the_two_colours_are_told_apart_in_grey():
    assert abs(lab(linear(style.BLUE))[0] - lab(linear(style.ORANGE))[0]) > 20


@every
def test_text_and_marks_stand_out_from_what_is_behind_them(name, language):
    figure = drawn(name, language)
    for text in texts(figure):
        behind = style.BLUE if to_hex(text.get_color()) == style.PAPER.lower() else style.TRACK
        assert contrast(text.get_color(), behind) >= 4.5, text
    for axes in figure.figure.axes:
        edges = [patch.get_edgecolor() for patch in axes.patches]
        edges += [edge for marks in axes.collections for edge in marks.get_edgecolors()]
        edges += [to_rgba(line.get_markeredgecolor()) for line in axes.lines if line.get_marker() in ("o", "D")]
        assert all(contrast(edge[:3], style.PAPER) >= 3 for edge in edges if edge[3])


# How it is kept


SAVED = (("figure1", "en"), ("representation", "sv"), ("degree", "en"))
"""Figures of three kinds that are saved in every run of the tests; the campaigns save all of them."""


@pytest.mark.parametrize(
    ("name", "language"),
    [
        pytest.param(name, language, marks=() if (name, language) in SAVED else pytest.mark.long)
        for name in NAMES
        for language in codebooks.LANGUAGES
    ],
)
def test_the_saved_files_carry_text_and_description(name, language, tmp_path):
    figure, in_all_colours = drawn(name, language), io.BytesIO()
    written = {path.suffix: path for path in figures.save(figure, tmp_path)}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{name}{suffix}" for suffix in written)
    svg = written[".svg"].read_text(encoding="utf-8")
    assert "<text" in svg and "<dc:date>" not in svg and "<metadata" not in svg and "DOCTYPE" not in svg
    assert svg.index("<title") < svg.index("<desc") < svg.index("<g ") and 'role="img"' in svg
    image = Image.open(written[".png"])
    assert image.width == int(90 / 25.4 * 300) and image.text["Description"] == figure.description
    assert "Software" not in image.text
    with style.context():
        figure.figure.savefig(in_all_colours, format="png")
    before = np.asarray(Image.open(in_all_colours).convert("RGB")).astype(int)
    difference = abs(np.asarray(image.convert("RGB")) - before)  # of 255
    assert difference.mean() < 0.05 and difference.max() <= 8
    title, description, numbers = written[".txt"].read_text(encoding="utf-8").split("\n\n")
    assert (title, description) == (figure.title, figure.description)
    lines = [line.split("\t") for line in numbers.splitlines()]
    assert lines == [list(figure.table.columns), *figure.table.astype(str).to_numpy().tolist()]
    kept = pd.read_csv(written[".csv"], keep_default_na=False)
    assert kept.astype(str).to_numpy().tolist() == figure.numbers.astype(str).to_numpy().tolist()


def test_a_figure_in_a_notebook_is_picture_words_and_numbers(monkeypatch):
    shown = []
    monkeypatch.setattr(
        IPython.display, "display", lambda data, metadata=None, raw=False: shown.append((data, metadata))
    )
    figure = drawn("representation")
    figure._ipython_display_()
    (picture, metadata), (below, _) = shown
    alternative, width, height = (metadata["image/png"][key] for key in ("alt", "width", "height"))
    image = Image.open(io.BytesIO(base64.b64decode(picture["image/png"])))
    assert alternative == figure.description and width == round(90 / 25.4 * 150)
    assert image.size == pytest.approx((2 * width, 2 * height), abs=1), "sharp on screens with fine pixels too"
    assert set(picture) == {"image/png", "text/plain"} and set(below) == {"text/html", "text/plain"}
    assert figure.description in below["text/html"] and below["text/html"].count("<tr>") == len(figure.table) + 1
    assert 'scope="col"' in below["text/html"] and figure.description in below["text/plain"]


def test_drawing_leaves_the_users_settings_alone():
    before = dict(matplotlib.rcParams)
    figures.figure3(codebook(), judgement(), "en").svg()
    assert dict(matplotlib.rcParams) == before
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


SAVE_ALL = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
import test_figures as t
for name in t.NAMES:
    t.figures.save(t.drawn(name, "sv"), Path(sys.argv[1]))
"""


@pytest.mark.long
def test_two_users_get_the_same_bytes(tmp_path):
    """Of the Swedish figures; the English ones are compared with those of whole clones (test_clones)."""
    users = {
        "one": {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        "other": {"PYTHONHASHSEED": "2", "TZ": "America/Lima", "LC_ALL": "sv_SE.UTF-8", "SOURCE_DATE_EPOCH": "1"},
    }
    running = []
    for user, settings in users.items():
        home = tmp_path / user
        (home / ".config" / "matplotlib").mkdir(parents=True)
        if user == "other":
            own = "font.size: 17\nfont.family: serif\nsavefig.dpi: 40\nsvg.fonttype: path\naxes.grid: True\n"
            (home / ".config" / "matplotlib" / "matplotlibrc").write_text(own)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "MATPLOTLIB"))}
        environment |= settings | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
        code = SAVE_ALL.format(root=str(paths.ROOT), tests=str(paths.ROOT / "tests"))
        process = [sys.executable, "-W", "error", "-c", code, str(home / "figures")]
        running.append(subprocess.Popen(process, env=environment, cwd=home, stderr=subprocess.PIPE, text=True))
    for process in running:
        assert process.communicate()[1] == "" and process.returncode == 0
    made = []
    for user in users:
        folder = tmp_path / user / "figures"
        made.append({
            str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(folder.rglob("*.*"))
        })  # fmt: skip
    assert made[0] == made[1] and len(made[0]) == len(NAMES) * 4
