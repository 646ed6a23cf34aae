"""Word documents with the same bytes every time: A4, real headings, captions, tables and pictures with text for them.

Source of the parts that python-docx has no function for: ECMA-376, part 1, section 17 (WordprocessingML).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

    from analysis.display.rendering import StudyTable

LOCALES = {"en": "en-GB", "sv": "sv-SE"}
"""Language of the proofing tools for each language of the labels."""

TEXT_WIDTH = 16.0
"""Width of the text in centimetres: A4 less its margins."""

PICTURE_WIDTH, PICTURE_HEIGHT = 9.0, 14.5
"""The most that a picture takes, in centimetres: figures are drawn for one column of a journal, and half a page or so
leaves little room empty where one does not fit below the text before it."""

_CELL_STYLE, _NOTE_STYLE, _CONTENTS_STYLE = "Table text", "Table note", "toc 1"
_BOOKMARK = "_Toc"
_INK = RGBColor(0x1A, 0x1A, 0x1A)


def new(title: str, language: str, *, is_dense: bool = False) -> Document:
    """An empty document with that title: styles and language set, properties without a person or a date.

    A dense one has smaller letters and narrower margins, so that what is short fits on a page.
    """
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2.0)
    _set_styles(document, LOCALES[language])
    _set_properties(document, title, LOCALES[language])
    if is_dense:
        section.left_margin = section.right_margin = Cm(2.0)
        section.top_margin = section.bottom_margin = Cm(1.3)
        for name, size, before in (("Title", 16, 0), ("Heading 1", 11, 6), ("Normal", 9, 0), ("List Bullet", 9, 0)):
            style = document.styles[name]
            style.font.size, style.paragraph_format.line_spacing = Pt(size), 1.0
            style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(3)
    return document


def add_running_lines(document: Document, text: str) -> None:
    """Put a line over every page, and below it the number of the page and how many there are."""
    section = document.sections[0]
    section.top_margin, section.header_distance, section.footer_distance = Cm(2.5), Cm(1.0), Cm(0.9)
    head, foot = section.header.paragraphs[0], section.footer.paragraphs[0]
    head.text = text
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for name, between in (("PAGE", " / "), ("NUMPAGES", "")):
        _append_field(foot, name, "1")
        foot.add_run(between)
    for paragraph in (head, foot):
        for run in paragraph.runs:
            run.font.size = Pt(8.5)


def add_contents(document: Document, headings: Sequence[str]) -> None:
    """Append a table of contents of the headings of level 1, in the order in which `add_heading` gets them.

    It is a field that a word processor renews, and has its entries already, each a link to its heading.
    """
    for place, heading in enumerate(headings):
        paragraph = _styled(document, _CONTENTS_STYLE)
        if place == 0:
            _append_mark(paragraph, "begin")
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = r' TOC \o "1-1" \n \h '
            paragraph.add_run()._r.append(instruction)
            _append_mark(paragraph, "separate")
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), f"{_BOOKMARK}{place}")
        run = paragraph.add_run(heading)._r
        paragraph._p.append(link)
        link.append(run)
        if place == len(headings) - 1:
            _append_mark(paragraph, "end")


def add_heading(document: Document, text: str, level: int, place: int | None = None) -> None:
    """Append a heading (level 0: the title); `place` is that of its entry in the table of contents."""
    paragraph = document.add_heading(text, level=level)
    if place is not None:
        for tag, child in (("w:bookmarkStart", 0), ("w:bookmarkEnd", None)):
            mark = OxmlElement(tag)
            mark.set(qn("w:id"), str(place))
            if child is None:
                paragraph._p.append(mark)
            else:
                mark.set(qn("w:name"), f"{_BOOKMARK}{place}")
                paragraph.runs[0]._r.addprevious(mark)


def _append_mark(paragraph: Paragraph, kind: str) -> None:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(mark)


def _append_field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """Append a field that a word processor computes anew; `shown` is what it says until then."""
    field, run, text = (OxmlElement(f"w:{tag}") for tag in ("fldSimple", "r", "t"))
    field.set(qn("w:instr"), f" {instruction} ")
    text.text = shown
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def add_paragraph(document: Document, text: str, *, framed: bool = False) -> None:
    """Append a paragraph, in a frame if nobody may overlook it."""
    add_inline(_styled(document, "Framed" if framed else ""), text)


def add_bullet(document: Document, text: str) -> None:
    """Append an item of a list."""
    add_inline(_styled(document, "List Bullet"), text)


def add_inline(paragraph, text: str) -> None:
    """Append text in which `**` encloses bold words and backticks enclose names of files."""
    for part in re.split(r"(\*\*.+?\*\*|`.+?`)", text):
        if part.startswith("**"):
            paragraph.add_run(part[2:-2]).bold = True
        elif part.startswith("`"):
            paragraph.add_run(part[1:-1]).font.name = "Consolas"
        elif part:
            paragraph.add_run(part)


def add_caption(document: Document, number: str, title: str, *, keep_with_next: bool) -> Paragraph:
    """Append a caption such as "Table 1. Title", its number a field that Word counts on; return its paragraph."""
    paragraph = _styled(document, "Caption")
    paragraph.paragraph_format.keep_with_next = keep_with_next or None
    word, _, sign = number.rpartition(" ")
    paragraph.add_run(f"{word} ")
    form, sequence = ("ARABIC", word) if sign.isdigit() else ("ALPHABETIC", f"{word}_letter")
    _append_field(paragraph, rf"SEQ {sequence} \* {form}", sign)
    paragraph.add_run(f". {title}")
    return paragraph


def add_table(document: Document, table: StudyTable, *, new_page: bool = False) -> None:
    """Append caption, table and notes. The heading row repeats on every page, no row is split."""
    caption = add_caption(document, table.number, table.title, keep_with_next=True)
    caption.paragraph_format.page_break_before = new_page
    grid = document.add_table(rows=0, cols=len(table.head))
    grid.alignment = WD_TABLE_ALIGNMENT.LEFT
    grid.autofit = False
    _describe_table(grid, f"{table.number}. {table.title}")
    for column, width in zip(grid.columns, _widths(table), strict=True):
        column.width = Cm(width)  # before there are cells, which take it over
    heading = grid.add_row()
    heading._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for position, (head, cell) in enumerate(zip(table.head, heading.cells, strict=True)):
        paragraph = _fill(cell, head.text, right=head.numeric and position > 0, bold=True)
        if head.detail:
            paragraph.add_run().add_break()
            paragraph.add_run(head.detail)
    last = len(table.rows) - 1
    for index, row in enumerate(table.rows):
        first, *others = cells = grid.add_row().cells
        if row.kind == "block":
            paragraph = _fill(first.merge(cells[-1]), row.label, bold=True)
            paragraph.paragraph_format.space_before = Pt(5)
            if row.note:
                paragraph.add_run(f"  {row.note}")
        else:
            paragraph = _fill(first, row.label)
            paragraph.paragraph_format.left_indent = Cm({"part": 0.8}.get(row.kind, 0.3 if table.has_blocks else 0))
            for head, cell, shown in zip(table.head[1:], others, row.cells, strict=True):
                paragraph = _fill(cell, shown.shown if shown else "", right=head.numeric)
                if shown and shown.mark:
                    if shown.has_line_below:
                        paragraph.add_run().add_break()
                    paragraph.add_run(shown.mark if shown.has_line_below else f" {shown.mark}").bold = True
        if table.has_blocks and index < last and table.rows[index + 1].kind != "block":
            for cell in [first] if row.kind == "block" else cells:
                for paragraph in cell.paragraphs:
                    paragraph.paragraph_format.keep_with_next = True
    for line in grid.rows:
        line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for position, note in enumerate(table.notes or ("",)):
        paragraph = _styled(document, _NOTE_STYLE, note)
        paragraph.paragraph_format.space_before = Pt(0 if position else 4)
    paragraph.paragraph_format.space_after = Pt(12)


def add_picture(document: Document, path: Path, number: str, title: str, description: str, note: str = "") -> None:
    """Append a picture over its caption and note; the description is its text for those who do not see it."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(str(path), width=Cm(PICTURE_WIDTH))
    if shape.height > Cm(PICTURE_HEIGHT):
        shape.width, shape.height = int(shape.width * Cm(PICTURE_HEIGHT) / shape.height), Cm(PICTURE_HEIGHT)
    properties = shape._inline.docPr
    properties.set("name", number)
    properties.set("descr", description)
    add_caption(document, number, title, keep_with_next=bool(note))
    if note:
        _styled(document, _NOTE_STYLE, note).paragraph_format.space_after = Pt(12)


def save(document: Document, path: Path) -> None:
    """Write the document; every entry of the archive has the same date, so the same content has the same bytes."""
    buffer = io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            target.writestr(entry, source.read(name))


def _set_styles(document: Document, locale: str) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    defaults.find(qn("w:lang")).set(qn("w:val"), locale)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(11)
    normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(7), 1.15
    for name, size, before in (("Title", 24, 0), ("Heading 1", 16, 20), ("Heading 2", 13, 14), ("Heading 3", 11, 10)):
        style = document.styles[name]
        style.font.size, style.font.bold, style.font.color.rgb = Pt(size), True, _INK
        _use_font(style, "Calibri")
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(6)
    borders = document.styles["Title"].element.pPr.find(qn("w:pBdr"))
    if borders is not None:
        borders.getparent().remove(borders)
    caption = document.styles["Caption"]
    caption.font.size, caption.font.bold, caption.font.color.rgb = Pt(10), True, _INK
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(12), Pt(4)
    cell = document.styles.add_style(_CELL_STYLE, WD_STYLE_TYPE.PARAGRAPH)
    cell.base_style, cell.font.size = normal, Pt(9)
    cell.paragraph_format.space_before = cell.paragraph_format.space_after = Pt(0.5)
    cell.paragraph_format.line_spacing = 1.0
    contents = document.styles.add_style(_CONTENTS_STYLE, WD_STYLE_TYPE.PARAGRAPH)
    contents.base_style, contents.paragraph_format.space_after = normal, Pt(1)
    note = document.styles.add_style(_NOTE_STYLE, WD_STYLE_TYPE.PARAGRAPH)
    note.base_style, note.font.size = normal, Pt(8.5)
    note.paragraph_format.space_after, note.paragraph_format.line_spacing = Pt(2), 1.0
    framed = document.styles.add_style("Framed", WD_STYLE_TYPE.PARAGRAPH)
    framed.base_style, framed.font.bold = normal, True
    framed.element.get_or_add_pPr().append(_borders("w:pBdr", ("top", "left", "bottom", "right"), "auto", space=6))


def _borders(tag: str, edges: Sequence[str], color: str, size: int = 8, space: int = 0):
    element = OxmlElement(tag)
    for edge in edges:
        border = OxmlElement(f"w:{edge}")
        for name, value in (("val", "single"), ("sz", str(size)), ("space", str(space)), ("color", color)):
            border.set(qn(f"w:{name}"), value)
        element.append(border)
    return element


def _use_font(style, name: str) -> None:
    """Name the font itself: the template asks for fonts of the theme, which win over a name."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), name)


def _set_properties(document: Document, title: str, locale: str) -> None:
    properties = document.core_properties
    properties.title, properties.language = title, locale
    for name in ("author", "last_modified_by", "comments", "keywords", "subject", "category"):
        setattr(properties, name, "")
    element = properties._element
    for child in [child for child in element if child.tag in (qn("dcterms:created"), qn("dcterms:modified"))]:
        element.remove(child)
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL]:
        del relations[key]


def _describe_table(grid, text: str) -> None:
    properties = grid._tbl.tblPr
    borders = _borders("w:tblBorders", ("top", "bottom"), "auto")
    borders.append(_borders("w:tblBorders", ("insideH",), "D0D0D0", size=4)[0])
    look, layout = properties.find(qn("w:tblLook")), properties.find(qn("w:tblLayout"))
    layout.addprevious(borders)
    caption = OxmlElement("w:tblCaption")
    caption.set(qn("w:val"), text)
    look.addnext(caption)


def _fill(cell, text: str, *, right: bool = False, bold: bool = False):
    paragraph = cell.paragraphs[0]
    _set_style(paragraph, _CELL_STYLE)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.add_run(text).bold = bold or None
    return paragraph


def _styled(document: Document, style: str, text: str = "") -> Paragraph:
    paragraph = document.add_paragraph(text)
    if style:
        _set_style(paragraph, style)
    return paragraph


def _set_style(paragraph: Paragraph, style: str) -> None:
    """By its id, which is the name without spaces: to look up the name would take half of a document's time."""
    paragraph._p.style = style.replace(" ", "")


def _widths(table: StudyTable) -> list[float]:
    """Widths of the columns in centimetres: each as its longest word asks, what is left by the length of the texts."""
    if table.is_narrow:
        longest = max((len(cell.shown) for row in table.rows for cell in row.cells if cell), default=0)
        return [9.0, 3.0 if longest < 15 else 4.5]
    texts = [[table.head[0].text, *(row.label for row in table.rows if row.kind != "block")]]
    for position, head in enumerate(table.head[1:]):
        cells = [row.cells[position] for row in table.rows if row.cells]
        texts.append([head.text, head.detail.replace(" ", "_"), *(f"{c.shown} {c.mark}" for c in cells if c)])
    words = [max((len(word) for text in column for word in text.split()), default=1) for column in texts]
    least = [min(0.5 + 0.21 * longest, 6.0) for longest in words]
    wish = [
        sum(map(len, column)) / len(column) * (0.3 if head.numeric and position else 1)
        for position, (head, column) in enumerate(zip(table.head, texts, strict=True))
    ]
    spare = max(TEXT_WIDTH - sum(least), 0)
    return [round(width + spare * share / sum(wish), 2) for width, share in zip(least, wish, strict=True)]
