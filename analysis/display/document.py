"""A document as a list of blocks, written from there as a web page and as a Word file, so that both say the same.

`parse` makes the blocks from plain text: paragraphs apart by an empty line; `#`, `##`, `###` before a heading, `- `
before an item of a list, `> ` before a paragraph in a frame; `**bold**` and `` `file` `` within a line; and
`[[name argument]]` on a line of its own for what the caller puts in (tables, figures).
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.display import rendering, word
from analysis.display.rendering import StudyTable
from analysis.study.codebook import Codebook

MISSING = "\N{REPLACEMENT CHARACTER}"
"""Stands in a text where a number should, which cannot be computed."""

NARROW, STACKED = 4, 7
"""Columns that a phone shows side by side if all are numbers, and those that it shows below each other."""


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title of the document."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `is_framed` makes it stand out, for what nobody may overlook."""

    text: str
    is_framed: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """A figure: SVG for the page, PNG for Word, and its description in words, which is also its alternative text.

    `numbers` are rows of texts, the first of them headings.
    """

    name: str
    number: str
    title: str
    description: str
    svg: Path
    png: Path
    numbers: tuple[tuple[str, ...], ...] = ()
    note: str = ""


def picture(svg: Path, number: str, note: str = "") -> Picture:
    """The figure of that file, with the words and numbers that are kept beside it (see `figures.save`)."""
    text = svg.with_suffix(".txt").read_text(encoding="utf-8")
    title, description, numbers = (part.strip("\n") for part in [*text.split("\n\n", 2), "", ""][:3])
    rows = tuple(tuple(line.split("\t")) for line in numbers.splitlines())
    title = title.removeprefix(f"{number}. ")
    return Picture(svg.stem, number, title, description, svg, svg.with_suffix(".png"), rows, note)


Block = Heading | Paragraph | Bullets | Picture | StudyTable


def parse(text: str, insert: Callable[..., Iterable[Block]]) -> list[Block]:
    """The blocks of a text; `insert(name, *arguments)` gives those that a `[[name argument]]` stands for.

    A paragraph or item that holds MISSING is left out, and so is a heading that nothing follows any more.
    """
    blocks: list[Block] = []
    for chunk in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in chunk.splitlines() if line.strip()]
        if not lines:
            continue
        if match := re.fullmatch(r"(#{1,3}) (.+)", lines[0]):
            blocks.append(Heading(len(match[1]), match[2]))
        elif match := re.fullmatch(r"\[\[(.+)\]\]", lines[0]):
            blocks += insert(*match[1].split())
        elif lines[0].startswith("- "):
            items = [" ".join(item.split()) for item in re.split(r"(?:^|\n)- ", "\n".join(lines))]
            if items := tuple(item for item in items if item and MISSING not in item):
                blocks.append(Bullets(items))
        elif MISSING not in chunk:
            blocks.append(Paragraph(" ".join(lines).removeprefix("> "), is_framed=lines[0].startswith("> ")))
    return _without_bare_headings(blocks)


def _without_bare_headings(blocks: Sequence[Block]) -> list[Block]:
    kept: list[Block] = []
    for block in reversed(blocks):
        if isinstance(block, Heading) and (
            not kept or (isinstance(kept[-1], Heading) and kept[-1].level <= block.level)
        ):
            continue
        kept.append(block)
    return kept[::-1]


def to_html(blocks: Sequence[Block], codebook: Codebook, language: str) -> str:
    """The document as one page that holds everything it shows and loads nothing."""
    title = next(block.text for block in blocks if isinstance(block, Heading) and block.level == 1)
    ids = {id(block): f"section-{place}" for place, block in enumerate(blocks) if isinstance(block, Heading)}
    body = [_html(block, ids, codebook, language) for block in blocks]
    sections = [block for block in blocks if isinstance(block, Heading) and block.level == 2]
    entries = "\n".join(f'<li><a href="#{ids[id(block)]}">{_inline(block.text)}</a></li>' for block in sections)
    contents, skip = (html.escape(codebook.phrase(name, language)) for name in ("contents", "skip_to_text"))
    first = next(
        (place for place, block in enumerate(blocks) if isinstance(block, Heading) and block.level == 2), len(body)
    )
    parts = [
        f'<a class="skip" href="#content">{skip}</a>',
        '<header class="top">',
        *body[:first],
        f'<nav aria-label="{contents}">\n<ol>\n{entries}\n</ol>\n</nav>',
        "</header>",
        '<main id="content">',
        *body[first:],
        "</main>",
    ]
    return rendering.page(title, language, "\n".join(parts))


def _html(block: Block, ids: dict[int, str], codebook: Codebook, language: str) -> str:
    match block:
        case Heading(level=level, text=text):
            return f'<h{level} id="{ids[id(block)]}">{_inline(text)}</h{level}>'
        case Paragraph(text=text, is_framed=framed):
            return f"<p{' class=' + chr(34) + 'banner' + chr(34) if framed else ''}>{_inline(text)}</p>"
        case Bullets(items=items):
            return "<ul>\n" + "\n".join(f"<li>{_inline(item)}</li>" for item in items) + "\n</ul>"
        case StudyTable():
            return _framed(block)
    drawing = base64.b64encode(block.svg.read_bytes()).decode("ascii")
    words = html.escape(codebook.phrase("figure_in_words", language))
    note = f"<br><small>{html.escape(block.note)}</small>" if block.note else ""
    numbers = f"\n{_framed(_numbers(block, words, language))}\n" if block.numbers else ""
    return (
        f'<figure id="{html.escape(block.name)}">\n'
        f'<div class="picture"><img alt="{html.escape(block.description)}" '
        f'src="data:image/svg+xml;base64,{drawing}"></div>\n'
        f"<figcaption><strong>{html.escape(block.number)}.</strong> {html.escape(block.title)}{note}\n"
        f"<details><summary>{words}</summary><p>{html.escape(block.description)}</p>{numbers}</details>"
        "</figcaption>\n</figure>"
    )


def _framed(table: StudyTable) -> str:
    """The table in a frame that scrolls, with keys too, where it is wider than the screen; its notes below the frame.

    On a phone a table of texts, or of several numbers, is stacked; one of many columns is scrolled.
    """
    is_wordy = any(not head.numeric for head in table.head[1:])
    stacks = (is_wordy or len(table.head) > NARROW) and len(table.head) <= STACKED
    kinds = "".join(f" {name}" for name, holds in (("wordy", is_wordy), ("stacks", stacks)) if holds)
    label = html.escape(table.number or table.title)
    shown = table.to_html(has_notes=False, stacks=stacks)
    frame = f'<div class="scroll{kinds}" tabindex="0" role="region" aria-label="{label}">\n{shown}\n</div>'
    return f'{frame}\n<p class="notes">{table.html_notes()}</p>' if table.notes else frame


def _numbers(figure: Picture, words: str, language: str) -> StudyTable:
    heads, *rows = figure.numbers
    return rendering.listing(f"{figure.name}-numbers", f"{figure.number}. {words}", heads, rows, language)


def to_docx(blocks: Sequence[Block], path: Path, language: str, *, is_dense: bool = False) -> None:
    """Write the document as a Word file with real headings, lists, tables and captions; a dense one on few pages."""
    title = next(block.text for block in blocks if isinstance(block, Heading) and block.level == 1)
    document = word.new(title, language, is_dense=is_dense)
    sections = [block for block in blocks if isinstance(block, Heading) and block.level == 2]
    if not is_dense:
        word.add_running_lines(document, " · ".join(filter(None, (title, _warning(blocks)))))
    met = 0
    for block in blocks:
        match block:
            case Heading(level=level, text=text):
                is_entry = level == 2 and not is_dense
                if is_entry and met == 0:
                    word.add_contents(document, [section.text for section in sections])
                word.add_heading(document, text, level - 1, met if is_entry else None)
                met += is_entry
            case Paragraph(text=text, is_framed=framed):
                word.add_paragraph(document, text, framed=framed)
            case Bullets(items=items):
                for item in items:
                    word.add_bullet(document, item)
            case StudyTable():
                block.to_docx(document)
            case Picture():
                word.add_picture(document, block.png, block.number, block.title, block.description, block.note)
    word.save(document, path)


def _warning(blocks: Sequence[Block]) -> str:
    """What nobody may overlook, in short: how the first framed paragraph begins; empty if there is none."""
    framed = next((block.text for block in blocks if isinstance(block, Paragraph) and block.is_framed), "")
    return re.split(r"[.:]", framed.replace("**", ""))[0]


def _inline(text: str) -> str:
    text = html.escape(text, quote=False)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", text)
