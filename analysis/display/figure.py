"""What a figure is to its users: a picture with its title, its description in words and its numbers; how it is kept."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path

import matplotlib.figure
import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from PIL import Image, PngImagePlugin

from analysis import paths
from analysis.display import style

SCREEN_DPI = 150
"""Size of the picture in a notebook, in CSS pixels an inch. Its own resolution is that of print, for sharp screens."""

_SVG_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_FONT = "'DejaVu Sans'"
_FONT_AND_ITS_LIKES = "'DejaVu Sans', Verdana, sans-serif"


@dataclass(frozen=True, eq=False)
class Figure:
    """A drawn figure. In a notebook it shows its picture, then its title, description and numbers.

    `name` is the stem of its files; `title` its caption, without a number; `figure` the picture; `numbers` what was
    drawn, in codes and labels; `table` the same for readers, labels only; `description` says in words what the picture
    shows and is its alternative text.
    """

    name: str
    title: str
    figure: matplotlib.figure.Figure
    numbers: pd.DataFrame
    table: pd.DataFrame
    description: str

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG in print resolution, with title and description as its texts.

        It has 256 colours of its own: no difference to the eye, and less than half of the bytes.
        """
        drawn, file, texts = io.BytesIO(), io.BytesIO(), PngImagePlugin.PngInfo()
        with style.context():
            dpi = matplotlib.rcParams["savefig.dpi"]
            self.figure.savefig(drawn, format="rgba")
        texts.add_text("Title", self.title)
        texts.add_text("Description", self.description)
        size = [int(side * dpi) for side in self.figure.get_size_inches()]
        picture = Image.frombuffer("RGBA", size, drawn.getbuffer())
        small = _with_palette(picture.convert("RGB"))
        small.save(file, "png", dpi=(dpi, dpi), pnginfo=texts)
        return file.getvalue()

    def svg(self) -> str:
        """The picture as SVG with real text, a title and a description for screen readers."""
        file = io.StringIO()
        with style.context():
            self.figure.savefig(file, format="svg", metadata=_SVG_METADATA)
        drawing = file.getvalue().replace(_FONT, _FONT_AND_ITS_LIKES)
        start = drawing.index("<svg")
        inside = drawing.index(">", start)
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'{drawing[start:inside]} role="img" aria-labelledby="{self.name}-title {self.name}-desc">\n'
            f' <title id="{self.name}-title">{escape(self.title)}</title>\n'
            f' <desc id="{self.name}-desc">{escape(self.description)}</desc>{drawing[inside + 1 :]}'
        )

    def html(self) -> str:
        """Title, description and numbers as HTML, to stand below the picture."""
        return f"<p><strong>{escape(self.title)}</strong></p>\n<p>{escape(self.description)}</p>\n{_table(self.table)}"

    def text(self) -> str:
        """All of the figure but the picture, as plain text: title, description, and the numbers parted by tabs."""
        table = self.table.to_csv(index=False, sep="\t", lineterminator="\n")
        return f"{self.title}\n\n{self.description}\n\n{table}"

    def _ipython_display_(self) -> None:
        from IPython.display import display

        picture = base64.b64encode(self.png).decode("ascii")
        width, height = (round(side * SCREEN_DPI) for side in self.figure.get_size_inches())
        shown = {"image/png": {"alt": self.description, "width": width, "height": height}}
        display({"image/png": picture, "text/plain": self.title}, metadata=shown, raw=True)
        plain = f"{self.title}\n\n{self.description}\n\n{self.table.to_string(index=False)}"
        display({"text/html": self.html(), "text/plain": plain}, raw=True)


def _with_palette(picture: Image.Image) -> Image.Image:
    """The picture in 256 colours: chosen to lie near every one of its own, then each the mean of those it stands for.

    Quicker than to choose them for the mean at once (median cut), which leaves single colours far off.
    """
    small = picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    places, pixels = np.asarray(small).ravel(), np.asarray(picture).reshape(-1, 3)
    number = np.bincount(places, minlength=256).clip(1)
    means = [np.bincount(places, weights=channel, minlength=256) / number for channel in pixels.T]
    small.putpalette(np.stack(means, axis=1).round().astype(np.uint8).tobytes())
    return small


def save(figure: Figure, folder: Path) -> list[Path]:
    """Write the figure into the folder, the same bytes each time, and return the paths of its files.

    NAME.svg, NAME.png, NAME.csv (the numbers drawn), NAME.txt (what `text` gives).
    """
    contents = {
        "svg": figure.svg().encode(),
        "png": figure.png,
        "csv": figure.numbers.to_csv(index=False, lineterminator="\n").encode(),
        "txt": figure.text().encode(),
    }
    written = []
    for suffix, content in contents.items():
        path = folder / f"{figure.name}.{suffix}"
        with paths.replacing(path) as temporary:
            temporary.write_bytes(content)
        written.append(path)
    return written


def kept(figure: Figure | None, folder: Path) -> Figure | None:
    """The figure, saved in the folder; None where there is nothing to draw."""
    if figure is not None:
        save(figure, folder)
    return figure


def _table(frame: pd.DataFrame) -> str:
    """The frame as HTML: texts to the left, numbers to the right."""
    align = [f' style="text-align:{"right" if is_numeric_dtype(frame[name]) else "left"}"' for name in frame.columns]
    head = "".join(
        f'<th scope="col"{side}>{escape(str(name))}</th>' for name, side in zip(frame.columns, align, strict=True)
    )
    rows = [
        "<tr>"
        + "".join(f"<td{side}>{escape(str(value))}</td>" for value, side in zip(row, align, strict=True))
        + "</tr>"
        for row in frame.itertuples(index=False)
    ]
    return "\n".join(["<table>", f"<thead><tr>{head}</tr></thead>", "<tbody>", *rows, "</tbody>", "</table>"])
