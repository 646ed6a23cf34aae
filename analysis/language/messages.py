"""Every sentence for the person at the keyboard, and the first sheet of a workbook, in each language."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from analysis import identity
from analysis.language.text import LANGUAGES, Text

FIRST_SHEET = Text("READ ME FIRST", "LÄS FÖRST")
"""Name of the sheet that explains the workbook."""

CODES_SHEET = "codes"
"""Name of the sheet that the drop-downs take their codes from."""


def folder(path: Path) -> str:
    """The folder of a file as messages show it: its last parts, never the whole way from the user's own folder."""
    return "/".join(path.absolute().parent.parts[-3:])


def text(key: str, language: str, **facts: object) -> str:
    """The sentence of that key with the facts in their places, numbers of persons in them masked. Raises KeyError."""
    return MESSAGES[key][language].format_map({name: identity.masked(str(value)) for name, value in facts.items()})


def both(key: str, **facts: object) -> str:
    """The sentence in every language, a line each, where nobody knows which one is wanted. Raises KeyError."""
    return "\n".join(text(key, language, **facts) for language in LANGUAGES)


def nearest(found: str, known: Iterable[str], language: str) -> str:
    """The question whether the nearest of the known words was meant; nothing where none is near."""
    near = get_close_matches(found, list(known), n=1)
    return text("nearest", language, nearest=near[0]) if near else ""


def decimal(number: float, language: str) -> str:
    """A number with one decimal, as readers of the language write it."""
    return f"{number:.1f}".replace(".", "," if language == "sv" else ".")


def number(text: str, language: str) -> str:
    """A text with its numbers as readers of the language write them; `text` has points."""
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text) if language == "sv" else text


MESSAGES = {
    # the file as a whole
    "file_missing": Text(
        "There is no file {file} in {folder}. Put the coded workbook there under that name.",
        "Filen {file} finns inte i {folder}. Lägg den kodade arbetsboken där med det namnet.",
    ),
    "file_missing_print": Text(
        "The reconstructed study {study} has no {file} yet. Make it from the published figures: "
        "make reconstruct STUDY={study}.",
        "Den rekonstruerade studien {study} har ingen {file} än. Skapa den ur de publicerade siffrorna: "
        "make reconstruct STUDY={study}.",
    ),
    "file_missing_near": Text(
        "There is no file {file} in {folder}. It holds {found}: if that is the coded workbook, save it as {file}.",
        "Filen {file} finns inte i {folder}. Där finns {found}: är det den kodade arbetsboken, spara den som {file}.",
    ),
    "file_folder": Text(
        "{file} is a folder; a workbook was expected.",
        "{file} är en mapp; en arbetsbok väntades.",
    ),
    "file_locked": Text(
        "{file} cannot be opened: another program holds it, or you lack the right to read it. Close it and try again.",
        "{file} går inte att öppna: ett annat program använder den, eller så saknar du läsrättighet. "
        "Stäng den och försök igen.",
    ),
    "file_empty": Text(
        "{file} is empty (0 bytes). Save the workbook again, or take the last good copy.",
        "{file} är tom (0 byte). Spara arbetsboken igen eller ta den senaste hela kopian.",
    ),
    "file_protected": Text(
        "{file} is locked with a password. Open it and save a copy without a password.",
        "{file} är låst med lösenord. Öppna den och spara en kopia utan lösenord.",
    ),
    "file_xls": Text(
        "{file} has the old format .xls. Open it and choose Save as: Excel workbook (.xlsx).",
        "{file} har det gamla formatet .xls. Öppna den och välj Spara som: Excel-arbetsbok (.xlsx).",
    ),
    "file_xlsb": Text(
        "{file} has the binary format .xlsb. Open it and choose Save as: Excel workbook (.xlsx).",
        "{file} har det binära formatet .xlsb. Öppna den och välj Spara som: Excel-arbetsbok (.xlsx).",
    ),
    "file_ods": Text(
        "{file} is an OpenDocument file under another name. Open it and choose Save as: Excel workbook (.xlsx).",
        "{file} är en OpenDocument-fil under annat namn. Öppna den och välj Spara som: Excel-arbetsbok (.xlsx).",
    ),
    "file_csv": Text(
        "{file} is a text file (csv) under another name. Open it in the spreadsheet program and choose "
        "Save as: Excel workbook (.xlsx).",
        "{file} är en textfil (csv) under annat namn. Öppna den i kalkylprogrammet och välj "
        "Spara som: Excel-arbetsbok (.xlsx).",
    ),
    "file_html": Text(
        "{file} is a web page under another name, as some systems export it. Open it in the spreadsheet program and "
        "choose Save as: Excel workbook (.xlsx).",
        "{file} är en webbsida under annat namn, så som vissa system exporterar. Öppna den i kalkylprogrammet och välj "
        "Spara som: Excel-arbetsbok (.xlsx).",
    ),
    "file_macros": Text(
        "{file} holds macros (programs). They are never run, and such a file is not read. Choose Save as: "
        "Excel workbook (.xlsx), which leaves them out.",
        "{file} innehåller makron (program). De körs aldrig, och en sådan fil läses inte. Välj Spara som: "
        "Excel-arbetsbok (.xlsx), som utelämnar dem.",
    ),
    "file_too_large": Text(
        "{file} would unpack to far more than a coded workbook holds, so it was not opened. Copy the rows "
        "into a new workbook, without empty formatted rows and pictures.",
        "{file} skulle packas upp till långt mer än en kodad arbetsbok rymmer och öppnades därför inte. Kopiera "
        "raderna till en ny arbetsbok, utan tomma formaterade rader och bilder.",
    ),
    "file_damaged": Text(
        "{file} is damaged and cannot be read. Open it in the spreadsheet program, let it repair the file and save, "
        "or take the last good copy.",
        "{file} är skadad och kan inte läsas. Öppna den i kalkylprogrammet, låt det reparera filen och spara, "
        "eller ta den senaste hela kopian.",
    ),
    "file_other": Text(
        "{file} is not a workbook. Save the coded sheets as Excel workbook (.xlsx).",
        "{file} är ingen arbetsbok. Spara de kodade bladen som Excel-arbetsbok (.xlsx).",
    ),
    "ods_other": Text(
        "{file} is not an OpenDocument spreadsheet. Open it in the program it was made with and choose "
        "Save as: OpenDocument spreadsheet (.ods) or Excel workbook (.xlsx).",
        "{file} är inget OpenDocument-kalkylblad. Öppna den i programmet den gjordes i och välj "
        "Spara som: OpenDocument-kalkylblad (.ods) eller Excel-arbetsbok (.xlsx).",
    ),
    "csv_other": Text(
        "{file} is not a text file with separated values. Open it in the program it was made with and choose "
        "Save as: CSV UTF-8, or Excel workbook (.xlsx).",
        "{file} är ingen textfil med avgränsade värden. Öppna den i programmet den gjordes i och välj "
        "Spara som: CSV UTF-8, eller Excel-arbetsbok (.xlsx).",
    ),
    "csv_too_large": Text(
        "{file} is larger than a sheet of coded files can be (1,048,576 rows, 16,384 columns, 200 MB), so it was not "
        "read. Delete rows and columns that hold no coded files, and save it again.",
        "{file} är större än ett blad med kodade akter kan vara (1 048 576 rader, 16 384 kolumner, 200 MB) och lästes "
        "därför inte. Ta bort rader och kolumner utan kodade akter och spara den igen.",
    ),
    "csv_quotes": Text(
        "{file}, row {row}: a quotation mark is opened and not closed, so it is unclear where the cell ends. "
        "Correct it, or save the sheet again from the spreadsheet program.",
        "{file}, rad {row}: ett citattecken öppnas men stängs inte, så det är oklart var cellen slutar. "
        "Rätta det, eller spara bladet igen från kalkylprogrammet.",
    ),
    "csv_letters": Text(
        "{file} was saved with the letters of {program}, so that other signs would stand for them ({signs}). Open it "
        "in the program it was made with and choose Save as: CSV UTF-8, or Excel workbook (.xlsx).",
        "{file} är sparad med bokstäver som i {program}, så att andra tecken skulle stå för dem ({signs}). Öppna den "
        "i programmet den gjordes i och välj Spara som: CSV UTF-8, eller Excel-arbetsbok (.xlsx).",
    ),
    "csv_cell_long": Text(
        "{file}, row {row}: a cell holds far more text than a spreadsheet program keeps (32,767 characters). Shorten "
        "it; perhaps a quotation mark is opened and not closed.",
        "{file}, rad {row}: en cell innehåller långt mer text än ett kalkylprogram rymmer (32 767 tecken). Korta den; "
        "kanske öppnas ett citattecken utan att stängas.",
    ),
    "cell_too_long": Text(
        "{file}, {cell}: the cell holds more text than a spreadsheet program keeps (32,767 characters). Shorten it.",
        "{file}, {cell}: cellen innehåller mer text än ett kalkylprogram rymmer (32 767 tecken). Korta den.",
    ),
    "file_unreadable": Text(
        "{file} cannot be read: it is not an ordinary file, or the disk reports an error. Put the file itself there.",
        "{file} går inte att läsa: den är ingen vanlig fil, eller så rapporterar disken ett fel. Lägg själva "
        "filen där.",
    ),
    "file_two": Text(
        "{folder} holds the coded files more than once: {found}. Keep the one that counts and move the others away.",
        "{folder} har de kodade akterna mer än en gång: {found}. Behåll det som gäller och flytta undan det andra.",
    ),
    "tidy_missing": Text(
        "There is no file {file} in {folder}. Run make all first.",
        "Filen {file} finns inte i {folder}. Kör make all först.",
    ),
    "target_locked": Text(
        "{file} cannot be written: another program holds it, or you lack the right to change it. "
        "Close it and try again.",
        "{file} går inte att skriva: ett annat program använder den, eller så saknar du rätt att ändra den. "
        "Stäng den och försök igen.",
    ),
    # beginning a study
    "study_name": Text(
        "'{study}' cannot be the name of a study. Take small letters a to z, digits, - and _, at most 40 "
        "(malmo for Malmö): make new STUDY=malmo",
        "'{study}' kan inte vara namnet på en studie. Använd små bokstäver a till z, siffror, - och _, högst 40 "
        "(malmo för Malmö): make new STUDY=malmo",
    ),
    "study_unnamed": Text(
        "Give the new study a name of its own: make new STUDY=uppsala",
        "Ge den nya studien ett eget namn: make new STUDY=uppsala",
    ),
    "study_exists": Text(
        "The study '{study}' has its coded files already: {found}. They were not touched. Take another name, or move "
        "them away first.",
        "Studien '{study}' har redan sina kodade akter: {found}. De är inte rörda. Ta ett annat namn, eller flytta "
        "undan dem först.",
    ),
    "study_begun": Text(
        "Made {folder}. Next: fill in study.yml and {file}, then run `make check STUDY={study}`.",
        "Gjorde {folder}. Fyll nu i study.yml och {file}, och kör sedan `make check STUDY={study}`.",
    ),
    # sheets
    "sheet_missing": Text(
        "The sheet {sheet} is missing. Add it; its columns are {allowed}.",
        "Bladet {sheet} saknas. Lägg till det; dess kolumner är {allowed}.",
    ),
    "sheet_unknown": Text(
        "The sheet '{found}' is unknown and would not be counted.{why} Sheets are {allowed}.{nearest} "
        "Rename it, or delete it if it holds nothing to count.",
        "Bladet '{found}' är okänt och skulle inte räknas.{why} Bladen är {allowed}.{nearest} "
        "Byt namn på det, eller ta bort det om inget i det ska räknas.",
    ),
    "sheet_no_header": Text(
        "The first row is empty. It must hold the names of the columns: {allowed}.",
        "Första raden är tom. Där ska kolumnernas namn stå: {allowed}.",
    ),
    "sheet_no_rows": Text(
        "The sheet has no rows below its header. Code at least one file.",
        "Bladet har inga rader under rubrikraden. Koda minst en akt.",
    ),
    "sheet_absent": Text(
        "The sheet is missing or has no rows, so nothing of it is counted. If it was coded, add it under this name; "
        "its columns are {allowed}.",
        "Bladet saknas eller har inga rader, så inget i det räknas. Är det kodat, lägg till det med detta namn; dess "
        "kolumner är {allowed}.",
    ),
    "sheet_hidden": Text(
        "The sheet is hidden, but it was read.",
        "Bladet är dolt, men det är läst.",
    ),
    "rows_hidden": Text(
        "Hidden rows or rows that a filter leaves out were read all the same: {number} ({found}). "
        "Delete rows that are not to be counted.",
        "Dolda rader, eller rader som ett filter utelämnar, är ändå lästa: {number} ({found}). "
        "Ta bort rader som inte ska räknas.",
    ),
    "rows_struck": Text(
        "Rows that are struck through were read all the same: {number} ({found}). Delete rows that are not to be "
        "counted.",
        "Överstrukna rader är ändå lästa: {number} ({found}). Ta bort rader som inte ska räknas.",
    ),
    "cells_struck": Text(
        "Cells that are struck through were read all the same. Correct those that are not to be counted as they stand.",
        "Överstrukna celler är ändå lästa. Rätta dem som inte ska räknas som de står.",
    ),
    "columns_hidden": Text(
        "Hidden columns were read all the same: {found}.",
        "Dolda kolumner är ändå lästa: {found}.",
    ),
    # columns
    "column_missing": Text(
        "The column {column} ({label}) is missing. Add it with this name in row 1.",
        "Kolumnen {column} ({label}) saknas. Lägg till den med detta namn i rad 1.",
    ),
    "header_lower": Text(
        "The names of the columns stand in row {row}. Delete the rows above it, so that they stand in row 1.",
        "Kolumnernas namn står i rad {row}. Ta bort raderna ovanför, så att de står i rad 1.",
    ),
    "row_nearly_empty": Text(
        "The row is nearly empty. Fill it in, or delete it if it is no file, such as a row of totals or a note.",
        "Raden är nästan tom. Fyll i den, eller ta bort den om den inte är en akt, till exempel en summarad eller en "
        "anteckning.",
    ),
    "column_unknown": Text(
        "The column '{found}' is unknown.{why}{nearest} Rename it, delete it if it is not to be "
        "counted, or describe it in the codebook.csv of the study.",
        "Kolumnen '{found}' är okänd.{why}{nearest} Byt namn på den, ta bort den om den inte ska "
        "räknas, eller beskriv den i studiens codebook.csv.",
    ),
    "column_elsewhere": Text(
        "The column '{found}' belongs to the sheet {allowed}. Move it there.",
        "Kolumnen '{found}' hör till bladet {allowed}. Flytta den dit.",
    ),
    "column_derived": Text(
        "The column '{found}' is worked out from other columns. Delete it.",
        "Kolumnen '{found}' räknas ut från andra kolumner. Ta bort den.",
    ),
    "column_double": Text(
        "The column '{found}' stands more than once. Keep one.",
        "Kolumnen '{found}' finns mer än en gång. Behåll en.",
    ),
    "column_unnamed": Text(
        "The column has cells but no name in row 1. Name it, or delete its cells.",
        "Kolumnen har celler men inget namn i rad 1. Ge den ett namn eller ta bort cellerna.",
    ),
    # cells
    "blank": Text(
        "The cell is empty. Allowed: {allowed}.",
        "Cellen är tom. Tillåtet: {allowed}.",
    ),
    "spaces_only": Text(
        "The cell looks empty but holds spaces. Delete its content. Allowed: {allowed}.",
        "Cellen ser tom ut men innehåller mellanslag. Radera innehållet. Tillåtet: {allowed}.",
    ),
    "code": Text(
        "'{found}' is not a code of this column.{why} Allowed: {allowed}.{nearest}",
        "'{found}' är ingen kod i den här kolumnen.{why} Tillåtet: {allowed}.{nearest}",
    ),
    "code_many": Text(
        "These cells hold still other texts that may not stand in this column. Allowed: {allowed}.",
        "De här cellerna innehåller ännu fler texter som inte får stå i kolumnen. Tillåtet: {allowed}.",
    ),
    "number": Text(
        "'{found}' is not a whole number.{why} Allowed: {allowed}.{nearest}",
        "'{found}' är inget heltal.{why} Tillåtet: {allowed}.{nearest}",
    ),
    "range": Text(
        "{found} is outside what is possible here.{why} Allowed: {allowed}.",
        "{found} ligger utanför det möjliga här.{why} Tillåtet: {allowed}.",
    ),
    "date": Text(
        "The cell holds the date {found}; perhaps the spreadsheet program made it from something else. Set the cell "
        "format to Text or General and type the cell again. Allowed: {allowed}.",
        "Cellen innehåller datumet {found}; kanske har kalkylprogrammet gjort om något annat till ett datum. Sätt "
        "cellformatet till Text eller Allmänt och skriv om cellen. Tillåtet: {allowed}.",
    ),
    "no_date": Text(
        "'{found}' is not a date.{why} Allowed: {allowed}.{nearest}",
        "'{found}' är inget datum.{why} Tillåtet: {allowed}.{nearest}",
    ),
    "error": Text(
        "The cell shows the error {found} of the spreadsheet program. Type the value. Allowed: {allowed}.",
        "Cellen visar kalkylprogrammets fel {found}. Skriv värdet. Tillåtet: {allowed}.",
    ),
    "formula": Text(
        "The cell holds a formula whose result was never stored. Open the file in the spreadsheet program and save it, "
        "or type the value. Allowed: {allowed}.",
        "Cellen innehåller en formel vars resultat aldrig sparats. Öppna filen i kalkylprogrammet och spara den, "
        "eller skriv värdet. Tillåtet: {allowed}.",
    ),
    "merged": Text(
        "These cells are merged; only the first of them holds a value. Split them and fill in each.",
        "Cellerna är sammanfogade; bara den första av dem har ett värde. Dela dem och fyll i var och en.",
    ),
    "struck_part": Text(
        "Part of '{found}' is struck through, so it is unclear what counts. Delete the part that does not. "
        "Allowed: {allowed}.",
        "En del av '{found}' är överstruken, så det är oklart vad som gäller. Ta bort den del som inte gäller. "
        "Tillåtet: {allowed}.",
    ),
    "long_number": Text(
        "The cell holds a number of more than 15 digits; a spreadsheet program changes the last ones. Format the cell "
        "as text and type it again.",
        "Cellen innehåller ett tal med fler än 15 siffror; kalkylprogram ändrar de sista. Formatera cellen som text "
        "och skriv om den.",
    ),
    # rows and their ids
    "id_double": Text(
        "'{found}' stands in several rows. Each row needs its own.",
        "'{found}' står på flera rader. Varje rad måste ha en egen.",
    ),
    "id_unknown": Text(
        "'{found}' is not in the column {column} of the sheet {other}.{why}{nearest} Correct it, or add it there.",
        "'{found}' finns inte i kolumnen {column} på bladet {other}.{why}{nearest} Rätta det, eller lägg till det där.",
    ),
    "id_zeros": Text(
        "'{found}' stands here, '{meant}' in the column {target} of the sheet {other}: a program took leading zeros "
        "away or added decimals. Format the columns of ids as text in both sheets, and write each id alike.",
        "Här står '{found}', men '{meant}' i kolumnen {target} på bladet {other}: ett program har tagit bort inledande "
        "nollor eller lagt till decimaler. Formatera kolumnerna med löpnummer som text på båda bladen, och skriv varje "
        "löpnummer lika.",
    ),
    "id_without_row": Text(
        "'{found}' has no row in the sheet {other}. Add one.",
        "'{found}' har ingen rad på bladet {other}. Lägg till en.",
    ),
    "id_form": Text(
        "'{found}' cannot be used here: it must begin with a letter or digit and have at most {limit} characters "
        "on one line.",
        "'{found}' kan inte användas här: det måste börja med en bokstav eller siffra och ha högst {limit} tecken "
        "på en rad.",
    ),
    "id_telling": Text(
        "These ids look like names or case numbers. Tables, explorer and reports for internal use show them. A running "
        "number such as F01 tells nothing of a person; keep the list of which is which outside the study.",
        "De här löpnumren ser ut som namn eller ärendenummer. Tabeller, utforskare och rapporter för internt bruk "
        "visar dem. Ett löpnummer som F01 säger inget om en person; förvara nyckeln till dem utanför studien.",
    ),
    "id_text": Text(
        "'{found}' is not written as it should be.{why}{nearest}",
        "'{found}' är inte skrivet som det ska.{why}{nearest}",
    ),
    "status_mixed": Text(
        "The rows of the sheet say different things about what they are: {found}. Keep one kind in a study.",
        "Raderna på bladet säger olika saker om vad de är: {found}. Ha bara ett slag i en studie.",
    ),
    "status_other": Text(
        "The rows say '{found}', study.yml says '{allowed}'. Make them agree.",
        "Raderna säger '{found}', study.yml säger '{allowed}'. Gör dem lika.",
    ),
    "rule": Text(
        "{label} Here: {said}.",
        "{label} Här: {said}.",
    ),
    "further": Text(
        "The same problem once more in other rows, {number} times.",
        "Samma problem igen på andra rader, {number} gånger.",
    ),
    # identity numbers
    "identity": Text(
        "There is a Swedish identity number or coordination number here. Remove it, also from earlier copies. It is "
        "not shown.",
        "Här finns ett personnummer eller samordningsnummer. Ta bort det, även från tidigare kopior. Det visas inte.",
    ),
    "identity_comment": Text(
        "The comment of the cell holds a Swedish identity number or coordination number. Remove it. It is not shown.",
        "Cellens kommentar innehåller ett personnummer eller samordningsnummer. Ta bort det. Det visas inte.",
    ),
    "identity_properties": Text(
        "The properties of the file (title, author, comments and the like) hold a Swedish identity number or "
        "coordination number. Remove it in the spreadsheet program: File, Properties. It is not shown.",
        "Filens egenskaper (titel, författare, kommentarer och liknande) innehåller ett personnummer eller "
        "samordningsnummer. Ta bort det i kalkylprogrammet: Arkiv, Egenskaper. Det visas inte.",
    ),
    "identity_place": Text(
        "Outside the cells there is a Swedish identity number or coordination number: in {where}. Remove it; what "
        "cannot be found is gone after copying the cells alone into a new workbook. It is not shown.",
        "Utanför cellerna finns ett personnummer eller samordningsnummer: i {where}. Ta bort det; det som inte går att "
        "hitta försvinner om bara cellerna kopieras till en ny arbetsbok. Det visas inte.",
    ),
    "where_validations": Text(
        "the message or list of a data validation", "meddelandet eller listan i en datavalidering"
    ),
    "where_headers": Text("a header or footer", "ett sidhuvud eller en sidfot"),
    "where_names": Text("a defined name", "ett definierat namn"),
    "where_comments": Text("a comment or its author", "en kommentar eller dess författare"),
    "where_charts": Text("a chart", "ett diagram"),
    "where_links": Text("a link", "en länk"),
    "where_cells": Text(
        "a formula, or what is left of a removed cell", "en formel eller det som finns kvar av en borttagen cell"
    ),
    "where_drawings": Text("a text box or drawing", "en textruta eller bild"),
    "where_sheets": Text("the name of a sheet or table", "namnet på ett blad eller en tabell"),
    "where_other": Text("another part of the file", "en annan del av filen"),
    "identity_shape": Text(
        "There may be a mistyped identity number here: a date and four digits, with a check digit that does not fit. "
        "It is not shown. Remove it if it is one.",
        "Här kan finnas ett felskrivet personnummer: ett datum och fyra siffror, med en kontrollsiffra som inte "
        "stämmer. Det visas inte. Ta bort det om det är ett.",
    ),
    # parts of sentences
    "why_spaces": Text(" It has spaces too many.", " Det har mellanslag för mycket."),
    "why_line_break": Text(
        " It holds a line break; write it on one line.", " Det innehåller en radbrytning; skriv det på en rad."
    ),
    "why_odd_space": Text(
        " It holds a non-breaking or other unusual space, as web pages and Word do; type an ordinary one, or none at "
        "the ends.",
        " Det innehåller ett hårt mellanslag eller ett annat ovanligt, som på webbsidor och i Word; skriv ett vanligt, "
        "och inget i början eller slutet.",
    ),
    "why_invisible": Text(" It holds characters that cannot be seen.", " Det innehåller tecken som inte syns."),
    "why_unicode": Text(
        " It looks right, but its letters are stored in another form; type it again.",
        " Det ser rätt ut, men bokstäverna är lagrade i en annan form; skriv om det.",
    ),
    "why_mojibake": Text(
        " Its letters å, ä, ö were spoilt when the file was saved or opened as text.",
        " Bokstäverna å, ä, ö förstördes när filen sparades eller öppnades som text.",
    ),
    "why_capitals": Text(" Capital and small letters differ.", " Stora och små bokstäver skiljer sig."),
    "why_day": Text(
        " It may be a date that the spreadsheet program keeps as the number of a day.",
        " Det kan vara ett datum som kalkylprogrammet sparar som en dags nummer.",
    ),
    "why_label": Text(" That is the label, not the code.", " Det är etiketten, inte koden."),
    "why_label_of_name": Text(" That is the label, not the name.", " Det är etiketten, inte namnet."),
    "why_apart": Text(" Write it without spaces between the digits.", " Skriv det utan mellanslag mellan siffrorna."),
    "nearest": Text(" Did you mean {nearest}?", " Menade du {nearest}?"),
    "long_text": Text("(a text of {length} characters)", "(en text på {length} tecken)"),
    "masked": Text("(not shown)", "(visas inte)"),
    "whole_number": Text("a whole number", "ett heltal"),
    "whole_number_from": Text("a whole number from {minimum}", "ett heltal från {minimum}"),
    "whole_number_to": Text("a whole number up to {maximum}", "ett heltal till och med {maximum}"),
    "whole_number_between": Text(
        "a whole number from {minimum} to {maximum}", "ett heltal från {minimum} till {maximum}"
    ),
    "any_date": Text("a date as year-month-day, year-month or year", "ett datum som år-månad-dag, år-månad eller år"),
    "own_name": Text("a short name or number of your own", "ett eget kort namn eller nummer"),
    "or": Text(" or ", " eller "),
    "and_more": Text(" and {number} more", " och {number} till"),
    # the report of a check
    "report_head": Text(
        "{file}: {number} problem(s) must be put right in the workbook before it can be counted.",
        "{file}: {number} problem måste rättas i arbetsboken innan den kan räknas.",
    ),
    "report_tail": Text(
        "Correct the workbook, save it and run the command again. Nothing was changed.",
        "Rätta arbetsboken, spara den och kör kommandot igen. Ingenting har ändrats.",
    ),
    "report_notices": Text(
        "{file}: worth a look, but no hindrance:",
        "{file}: värt en titt, men inget hinder:",
    ),
    "report_fine": Text("{file}: no problems found.", "{file}: inga problem hittades."),
    # what stands beside the workbook
    "study_unknown": Text(
        "There is no study '{study}': data/raw has no folder of that name. There is: {found}. A new one begins with "
        "`make new STUDY=name`.",
        "Studien '{study}' finns inte: data/raw har ingen mapp med det namnet. Det finns: {found}. En ny börjar med "
        "`make new STUDY=namn`.",
    ),
    "language_unknown": Text(
        "The codebook has no labels '{labels}'. It has: {known}.",
        "Kodboken har inga etiketter på '{labels}'. Den har: {known}.",
    ),
    "settings_language": Text(
        "study.yml of the study '{study}', line {line}: language is '{labels}'; write one of {known}.",
        "study.yml för studien '{study}', rad {line}: language är '{labels}'; skriv någon av {known}.",
    ),
    "settings_missing": Text(
        "study.yml of the study '{study}' is missing from data/raw/{study}. Take the last good copy, or begin anew "
        "with `make new STUDY={study}`.",
        "study.yml för studien '{study}' saknas i data/raw/{study}. Ta den senaste hela kopian, eller börja om med "
        "`make new STUDY={study}`.",
    ),
    "settings_unreadable": Text(
        "study.yml of the study '{study}' cannot be read{where}: each line is `name: value`, and a text with a colon "
        "stands in quotation marks.",
        "study.yml för studien '{study}' går inte att läsa{where}: varje rad är `namn: värde`, och en text med kolon "
        "står inom citattecken.",
    ),
    "settings_twice": Text(
        "study.yml of the study '{study}', line {line}: '{found}' stands in line {first} already. Keep one of them.",
        "study.yml för studien '{study}', rad {line}: '{found}' står redan på rad {first}. Behåll en av dem.",
    ),
    "settings_alias": Text(
        "study.yml of the study '{study}', line {line}: * refers to another place in the file. Write out what is "
        "meant, or put the text in quotation marks.",
        "study.yml för studien '{study}', rad {line}: * hänvisar till ett annat ställe i filen. Skriv ut vad som "
        "menas, eller sätt texten inom citattecken.",
    ),
    "settings_deep": Text(
        "study.yml of the study '{study}', line {line}: too many levels lie within each other. Take out what is not "
        "described in the file that `make new` writes.",
        "study.yml för studien '{study}', rad {line}: för många nivåer ligger i varandra. Ta bort det som inte finns "
        "beskrivet i filen som `make new` skriver.",
    ),
    "settings_lines": Text(
        "study.yml of the study '{study}' holds no lines `name: value`. Take the last good copy, or move it away and "
        "run `make new STUDY={study}` again.",
        "study.yml för studien '{study}' har inga rader `namn: värde`. Ta den senaste hela kopian, eller flytta undan "
        "den och kör `make new STUDY={study}` igen.",
    ),
    "settings_text": Text(
        "study.yml of the study '{study}': behind {name} stands a list or several lines with names; write one text.",
        "study.yml för studien '{study}': efter {name} står en lista eller flera rader med namn; skriv en text.",
    ),
    "settings_part": Text(
        "study.yml of the study '{study}': below {name} stand lines `name: value`, indented. Names are {allowed}.",
        "study.yml för studien '{study}': under {name} står indragna rader `namn: värde`. Namnen är {allowed}.",
    ),
    "settings_seed": Text(
        "study.yml of the study '{study}': below reconstruction stands one line, seed, with a whole number from 0.",
        "study.yml för studien '{study}': under reconstruction står en rad, seed, med ett heltal från 0.",
    ),
    "settings_key": Text(
        "study.yml of the study '{study}': '{found}' is unknown and would not be read.{nearest} There is: {allowed}.",
        "study.yml för studien '{study}': '{found}' är okänt och skulle inte läsas.{nearest} Det finns: {allowed}.",
    ),
    "settings_line": Text(" (line {line})", " (rad {line})"),
    "settings_status": Text(
        "study.yml of the study '{study}' needs a line `status:` with one of {allowed}.",
        "study.yml för studien '{study}' behöver en rad `status:` med något av {allowed}.",
    ),
    "settings_identity": Text(
        "study.yml of the study '{study}' holds a Swedish identity number or coordination number (line {lines}). The "
        "title heads everything that is passed on. Remove it; it is not shown here.",
        "study.yml för studien '{study}' innehåller ett personnummer eller samordningsnummer (rad {lines}). Titeln "
        "står överst i allt som lämnas ut. Ta bort det; det visas inte här.",
    ),
    "texts_identity": Text(
        "{file} of the study '{study}' holds a Swedish identity number or coordination number (line {lines}). What "
        "stands there is printed in what is passed on. Remove it; it is not shown here.",
        "{file} för studien '{study}' innehåller ett personnummer eller samordningsnummer (rad {lines}). Det som står "
        "där skrivs ut i det som lämnas ut. Ta bort det; det visas inte här.",
    ),
    "settings_title": Text(
        "study.yml: worth a look, but no hindrance: there is no title, so the report is called {study}.",
        "study.yml: värt en titt, men inget hinder: titel (title) saknas, så rapporten får heta {study}.",
    ),
    "rules_threshold": Text(
        "study.yml, publication: threshold must be a whole number from 3 to 100, for example 5.",
        "study.yml, publication: threshold måste vara ett heltal från 3 till 100, till exempel 5.",
    ),
    "rules_left_open": Text(
        "study.yml, publication: left_open must be a whole number from 2 to {most}, as that many values are left to a "
        "hidden number at most.",
        "study.yml, publication: left_open måste vara ett heltal från 2 till {most}, eftersom ett dolt tal inte har "
        "fler möjliga värden än så.",
    ),
    "rules_base": Text(
        "study.yml, publication: base must be 3, 5 or 10, and goes with method: round.",
        "study.yml, publication: base måste vara 3, 5 eller 10, och hör till method: round.",
    ),
    "rules_word": Text(
        "study.yml, publication: {name} must be {one} or {other}.",
        "study.yml, publication: {name} måste vara {one} eller {other}.",
    ),
    "rules_form": Text(
        "study.yml, publication: write one line for each of method, base, threshold, left_open, none_or_all and "
        "persons_in_common; there is no {name}.",
        "study.yml, publication: skriv en rad var för method, base, threshold, left_open, none_or_all och "
        "persons_in_common; {name} finns inte.",
    ),
    "findings_form": Text(
        "study.yml, findings: write a list, each finding after a dash (-), its text behind en: or sv:.",
        "study.yml, findings: skriv en lista, varje resultat efter ett streck (-), med texten efter en: eller sv:.",
    ),
    "findings_counts": Text(
        "study.yml, findings: number {number}, counts, {where}: {why}",
        "study.yml, findings: nummer {number}, counts, {where}: {why}",
    ),
    "findings_entry": Text(
        "study.yml, findings: number {number} needs its text behind en: or sv:, and may have place: and counts: (with "
        "en: and sv: below it), nothing else. Not known: {unknown}.",
        "study.yml, findings: nummer {number} behöver sin text efter en: eller sv:, och får ha place: och counts: (med "
        "en: och sv: under sig), inget annat. Okänt: {unknown}.",
    ),
    "judgement_form": Text(
        "study.yml, judgement: write one line for each of kind, degree, between, nearer and the axes.",
        "study.yml, judgement: skriv en rad var för kind, degree, between, nearer och axlarna.",
    ),
    "judgement_missing": Text(
        "study.yml, judgement: '{field}' is missing; write one of {allowed}.",
        "study.yml, judgement: '{field}' saknas; skriv något av {allowed}.",
    ),
    "judgement_unknown": Text(
        "study.yml, judgement: {field} is '{value}'; write one of {allowed}.",
        "study.yml, judgement: {field} är '{value}'; skriv något av {allowed}.",
    ),
    "judgement_range": Text(
        "study.yml, judgement: {field} is {value}; write one code, or the lowest and the highest in brackets, in this "
        "order: {allowed}.",
        "study.yml, judgement: {field} är {value}; skriv en kod, eller den lägsta och den högsta inom hakparentes, i "
        "den här ordningen: {allowed}.",
    ),
    "judgement_between": Text(
        "study.yml, judgement: the degree {degree} does not lie between {low} and {high}.",
        "study.yml, judgement: graden {degree} ligger inte mellan {low} och {high}.",
    ),
    "judgement_nearer": Text(
        "study.yml, judgement: nearer is '{nearer}'; write {low} or {high}.",
        "study.yml, judgement: nearer är '{nearer}'; skriv {low} eller {high}.",
    ),
    "judgement_levels": Text(
        "study.yml, judgement: not all levels of horizontal and vertical lie nearer to {nearer}; correct the levels "
        "or 'nearer'.",
        "study.yml, judgement: inte alla nivåer av horizontal och vertical ligger närmare {nearer}; rätta nivåerna "
        "eller 'nearer'.",
    ),
    "text_missing": Text(
        "{file} is missing from {folder}. Take the last good copy, or that of a fresh copy of the compendium.",
        "{file} saknas i {folder}. Ta den senaste hela kopian, eller den i en ny kopia av kompendiet.",
    ),
    "book_unreadable": Text(
        "The codebook {file} cannot be read. Save it as CSV in UTF-8.",
        "Kodboken {file} går inte att läsa. Spara den som CSV i UTF-8.",
    ),
    "text_columns": Text(
        "{file}, row 1: the column(s) {columns} are missing. The first row holds the names of the columns: {allowed}.",
        "{file}, rad 1: kolumnen eller kolumnerna {columns} saknas. Första raden har kolumnernas namn: {allowed}.",
    ),
    "text_column": Text(
        "{file}, row 1: the column(s) {columns} are unknown, and would not be read. Columns are {allowed}.{nearest}",
        "{file}, rad 1: kolumnen eller kolumnerna {columns} är okända och skulle inte läsas. Kolumnerna är "
        "{allowed}.{nearest}",
    ),
    "text_twice": Text(
        "{file}, row 1: the column(s) {columns} stand more than once. Keep one of each.",
        "{file}, rad 1: kolumnen eller kolumnerna {columns} finns mer än en gång. Behåll en av varje.",
    ),
    "text_unreadable": Text(
        "{file} cannot be read as text. Save it as text in UTF-8; the spreadsheet program calls it CSV UTF-8.",
        "{file} går inte att läsa som text. Spara den som text i UTF-8; kalkylprogrammet kallar det CSV UTF-8.",
    ),
    "text_letters": Text(
        "{file} was saved with the letters of {program}, so that other signs would stand for them ({signs}). Open it "
        "in the program it was made with and save it as text in UTF-8.",
        "{file} är sparad med bokstäver som i {program}, så att andra tecken skulle stå för dem ({signs}). Öppna den "
        "i programmet den gjordes i och spara den som text i UTF-8.",
    ),
    "text_too_large": Text(
        "{file} is far larger than such a file can be, and was not read. Take the last good copy.",
        "{file} är långt större än en sådan fil kan vara och lästes inte. Ta den senaste hela kopian.",
    ),
    "text_row_long": Text(
        "{file}, row {row}: there are more cells than columns; a text with a separator in it stands in quotation "
        "marks.",
        "{file}, rad {row}: det finns fler celler än kolumner; en text med skiljetecken i sig står inom citattecken.",
    ),
    "claims_head": Text(
        "The printed figures need a correction:",
        "De publicerade siffrorna behöver rättas:",
    ),
    "claims_no_counts": Text(
        "{file}, row 1: there is neither a column counts nor a column block, so no number could be compared. "
        "Columns are {allowed}.",
        "{file}, rad 1: det finns varken en kolumn counts eller block, så inget tal skulle kunna jämföras. "
        "Kolumnerna är {allowed}.",
    ),
    "claims_no_id": Text(
        "{file}, row {row}: the id is missing. Give each number a short name of its own.",
        "{file}, rad {row}: id saknas. Ge varje tal ett eget kort namn.",
    ),
    "book_head": Text("The codebook needs a correction:", "Kodboken behöver rättas:"),
    "book_code_lonely": Text(
        "{file}, row {row}: the code '{code}' does not follow its variable.",
        "{file}, rad {row}: koden '{code}' står inte under sin variabel.",
    ),
    "book_code_double": Text(
        "{file}, row {row}: the code '{code}' stands twice.",
        "{file}, rad {row}: koden '{code}' står två gånger.",
    ),
    "book_long": Text(
        "{file}, row {row}: there are cells beyond the last column. A text with a comma stands in quotation marks.",
        "{file}, rad {row}: det finns celler efter den sista kolumnen. En text med komma står inom citattecken.",
    ),
    "book_label": Text(
        "{file}, row {row}: '{name}' needs a label, in label_en, label_sv or both.",
        "{file}, rad {row}: '{name}' behöver en etikett, i label_sv, label_en eller båda.",
    ),
    "book_name": Text(
        "{file}, row {row}: '{name}' cannot be the name of a column. Take letters, digits and _, beginning with a "
        "letter.",
        "{file}, rad {row}: '{name}' kan inte vara namnet på en kolumn. Använd bokstäver, siffror och _, med en "
        "bokstav först.",
    ),
    "book_type": Text(
        "{file}, row {row}: type '{type}' is unknown; use one of {known}.{nearest}",
        "{file}, rad {row}: typen '{type}' är okänd; använd någon av {known}.{nearest}",
    ),
    "book_answer": Text(
        "{file}, row {row}: {column} is '{found}'; write yes, no or nothing.",
        "{file}, rad {row}: {column} är '{found}'; skriv yes, no eller inget alls.",
    ),
    "book_bound": Text(
        "{file}, row {row}: {column} is not a whole number.",
        "{file}, rad {row}: {column} är inget heltal.",
    ),
    "book_flag": Text(
        "{file}, row {row}: '{found}' stands in the column {column}. Write yes, or leave it empty.",
        "{file}, rad {row}: '{found}' står i kolumnen {column}. Skriv yes, eller lämna tomt.",
    ),
    "book_bounds": Text(
        "{file}, row {row}: the minimum {minimum} is larger than the maximum {maximum}.",
        "{file}, rad {row}: minimum {minimum} är större än maximum {maximum}.",
    ),
    "book_bounds_type": Text(
        "{file}, row {row}: only a count has a minimum and maximum, and '{name}' is none. Change the type to count, or "
        "delete them.",
        "{file}, rad {row}: bara ett antal (count) har minimum och maximum, och '{name}' är inget. Ändra typen till "
        "count, eller ta bort dem.",
    ),
    "book_no_codes": Text(
        "{file}, row {row}: '{name}' is a choice and needs its codes in the rows below it.",
        "{file}, rad {row}: '{name}' är ett val (choice) och behöver sina koder på raderna under.",
    ),
    "book_count_code": Text(
        "{file}, row {row}: the code '{code}' of the count '{name}' is not a whole number.",
        "{file}, rad {row}: koden '{code}' för antalet '{name}' är inget heltal.",
    ),
    "book_name_double": Text(
        "{file}, row {row}: '{name}' is defined already, in {other}, row {where}.",
        "{file}, rad {row}: '{name}' är redan definierad, i {other}, rad {where}.",
    ),
    "book_unknown": Text(
        "{file}, row {row}: {column} is '{found}', which is not defined.{defined}{nearest}",
        "{file}, rad {row}: {column} är '{found}', som inte är definierat.{defined}{nearest}",
    ),
    "book_defined": Text(" There is: {names}.", " Det finns: {names}."),
    "book_sheet_id": Text(
        "{file}, row {row}: the first column of the sheet '{name}' must have the type id or key.",
        "{file}, rad {row}: den första kolumnen på bladet '{name}' måste ha typen id eller key.",
    ),
    "book_no_place": Text(
        "{file}, row {row}: '{name}' names a table or column but no block, so it would not stand in any table. Write "
        "the name of the block; the table stands in the row of the block.",
        "{file}, rad {row}: '{name}' anger tabell (table) eller kolumn (column) men inget block, och skulle inte komma "
        "med i någon tabell. Skriv blockets namn; tabellen står på blockets rad.",
    ),
    "book_not_tabulated": Text(
        "{file}, row {row}: the type {type} cannot stand in a block of a table, only {allowed}. Delete the block.",
        "{file}, rad {row}: typen {type} kan inte stå i ett block i en tabell, bara {allowed}. Ta bort blocket.",
    ),
    "book_no_item": Text(
        "{file}, row {row}: '{name}' stands in a block and needs an item: a short name for its row, of its own.",
        "{file}, rad {row}: '{name}' står i ett block och behöver ett eget kort namn på sin rad, i kolumnen item.",
    ),
    "book_place_double": Text(
        "{file}, row {row}: '{name}' has the same block, item and column as '{other}'. Give it another item.",
        "{file}, rad {row}: '{name}' har samma block, item och column som '{other}'. Ge den en annan item.",
    ),
    "book_definition": Text(
        "{file}, row {row}: the definition of '{name}' cannot be used. {why}",
        "{file}, rad {row}: definitionen av '{name}' går inte att använda. {why}",
    ),
    # what may be passed on
    "hidden_note": Text(
        "..: hidden to protect persons. It can be any number, nought among them.",
        "..: dolt för att skydda personer. Det kan vara vilket tal som helst, även noll.",
    ),
    "hidden_rows": Text(
        "Single numbers, and answers that are missing, have no row where few persons have them.",
        "Enskilda tal, och svar som saknas, har ingen rad där få personer har dem.",
    ),
    "rounded_note": Text(
        "Rounded: every number stands for the nearest multiple of {base}, so rows need not add up.",
        "Avrundat: varje tal står för närmaste multipel av {base}, så raderna behöver inte gå jämnt upp.",
    ),
    "about_title": Text("Before you publish", "Innan ni publicerar"),
    "about_internal": Text(
        "For internal use: this page tells why numbers are hidden, which would give some of them away. What may be "
        "passed on lies in the folder publication.",
        "För internt bruk: sidan säger varför tal är dolda, och det skulle röja en del av dem. Det som får lämnas "
        "vidare ligger i mappen publication.",
    ),
    "about_earlier": Text(
        "These parts differ from the last publication so little that the difference would say something of single "
        "persons. They are withheld now: {blocks}. They come back by themselves when enough new files have come "
        "and the same numbers are hidden as before. If nothing was ever passed on to anybody, delete the file {file} "
        "beside this page and run again.",
        "De här delarna skiljer sig så lite från förra publiceringen att skillnaden skulle säga något om enskilda "
        "personer. De utelämnas nu: {blocks}. De kommer tillbaka av sig själva när tillräckligt många nya akter har "
        "kommit och samma tal är dolda som förut. Om inget har lämnats till någon, ta bort filen {file} bredvid den "
        "här sidan och kör igen.",
    ),
    "about_everyone": Text("What all of a group have", "Det som alla i en grupp har"),
    "about_everyone_why": Text(
        "These numbers are shown. Whoever knows that a person belongs to the group knows this of the person. To hide "
        "counts of nobody and of everybody, write none_or_all: hidden below publication in study.yml.",
        "De här talen visas. Den som vet att en person hör till gruppen vet då detta om personen. Skriv none_or_all: "
        "hidden under publication i study.yml för att dölja antal som gäller ingen eller alla.",
    ),
    "about_all_of": Text("{one}: all of them also {other}", "{one}: alla dessa även {other}"),
    "about_row": Text("Row", "Rad"),
    "about_why": Text("Why", "Varför"),
    "about_hidden": Text("What is hidden, and why", "Det som är dolt, och varför"),
    "why_small": Text(
        "fewer than {threshold} persons, or all but fewer than {threshold}",
        "färre än {threshold} personer, eller alla utom färre än {threshold}",
    ),
    "why_helps": Text("a small number could be worked out from it", "ett litet antal skulle kunna räknas ut från det"),
    "why_linked": Text(
        "joins several questions, and a number that does so is small",
        "förenar flera frågor, och ett sådant tal är litet",
    ),
    "why_few": Text("says something of few persons", "säger något om få personer"),
    "why_withheld": Text(
        "its group cannot be shown without giving a small number away",
        "gruppen kan inte visas utan att ett litet antal röjs",
    ),
    "why_too_few": Text("there are fewer than {threshold} rows", "raderna är färre än {threshold}"),
    "why_earlier": Text(
        "its difference from the last publication would tell", "skillnaden mot förra publiceringen skulle röja något"
    ),
    "about_verdict": Text("Protection", "Skydd"),
    "verdict_too_few": Text(
        "Nothing can be shown: there are fewer than {threshold} files. Not even their number is given.",
        "Ingenting kan visas: akterna är färre än {threshold}. Inte ens deras antal anges.",
    ),
    "verdict_nothing": Text(
        "Nothing can be shown but the number of files: with so few files every count would point at persons.",
        "Inget kan visas utom antalet akter: med så få akter skulle varje antal peka ut personer.",
    ),
    "verdict_ends": Text(
        "With so few files hardly anything can be shown: only what none or every one of them has.",
        "Med så få akter kan nästan inget visas: bara det som ingen eller varje akt har.",
    ),
    "verdict_some": Text(
        "Numbers of few persons are hidden, and others with them, so that no small group can be made out.",
        "Antal som gäller få personer är dolda, och andra med dem, så att ingen liten grupp kan urskiljas.",
    ),
    "verdict_all": Text(
        "Everything can be shown: no number gives a small group away.",
        "Allt kan visas: inget tal röjer en liten grupp.",
    ),
    # the guard
    "guard_git": Text(
        "The guard needs git and a repository, and could not look: {why}",
        "Vakten behöver git och ett arkiv och kunde inte granska: {why}",
    ),
    "guard_worth": Text("worth a look: ", "värt en titt: "),
    "guard_refused": Text(
        "{number} place(s) hold what must not go into git.", "{number} ställe(n) innehåller det som inte får in i git."
    ),
    "guard_merged": Text(
        "It was merged without a new commit, so it is in this branch now. `git reset --keep ORIG_HEAD` takes it back.",
        "Det fogades in utan en ny version och finns nu i grenen. `git reset --keep ORIG_HEAD` tar tillbaka det.",
    ),
    "guard_fine": Text(
        "Nothing to refuse in what git holds and in this folder ({seconds} s).",
        "Inget att stoppa i det som git innehåller och i mappen ({seconds} s).",
    ),
    "guard_help": Text(
        """\
Keeps private data out of git.

  make guard                                  look at all branches, tags, notes, stashes, their history and messages,
                                              and at the files of this folder that git does not ignore
  git config core.hooksPath .githooks         once per clone: look before anything gets into git
  python -m tools.guard --ship FILE ...    list files that cannot be looked at, when you know that they hold nothing
                                              private (.githooks/shipped.sha256); of history as COMMIT:PATH

what it refuses:
  coded rows and results of any study but the shipped one, by what they hold, wherever they lie and whatever their
  name; workbooks, documents and data files of programs; notebooks set to another study or with its results; identity,
  coordination and interim numbers, also in names, messages and people's names; stored widget state, tracebacks and
  paths of a user; and all that it cannot look into (packed, encrypted, pictures, larger than 20 MB, submodules, files
  stored outside git), unless the list or the results of the shipped study name it.

what looks when, once the hooks are on:
  commit, commit --amend, merge, am              before: pre-commit, pre-merge-commit, pre-applypatch and the hooks of
                                                 messages
  cherry-pick, revert, rebase                    before each commit: prepare-commit-msg
  a new branch or tag                            before: reference-transaction, the name and the message of a tag
  a merge that only moves the branch forward     after: post-merge says so, and how to take it back
  push                                           before: all that the other side lacks, whatever way it came (also with
                                                 --no-verify, from a stash, by plumbing, before the hooks were on)
  fetch, pull                                    not at all: what comes is elsewhere already; make guard looks at it

what it does not see:
  names, addresses, case numbers and other telling texts; numbers in words, spelt over other words, or encoded in other
  ways than HTML, URL, JSON and base64; whether a picture or file on the list holds something; rows without the
  headings or codes of a codebook; what no branch, tag or stash holds any more (git gc), ignored files, and repositories
  within this one; a push with --no-verify; commits made where the branch lacks the folder .githooks.
A number with a wrong check digit is told and refuses nothing.""",
        """\
Håller känsliga uppgifter borta från git.

  make guard                                  granskar alla grenar, etiketter, anteckningar och undanlagda ändringar med
                                              historik och meddelanden, och mappens filer som git inte utelämnar
  git config core.hooksPath .githooks         en gång per klon: granskar innan något kommer in i git
  python -m tools.guard --ship FIL ...     tar upp filer som inte går att granska i listan, när du vet att inget i
                                              dem är känsligt (.githooks/shipped.sha256); ur historik som VERSION:SÖKVÄG

vad den stoppar:
  kodade rader och resultat ur varje studie utom den medföljande, efter innehåll, var de än ligger och vad de än heter;
  arbetsböcker, dokument och programs datafiler; anteckningsböcker som är inställda på en annan studie eller visar dess
  resultat; personnummer, samordningsnummer och interimsnummer, även i namn och meddelanden; sparat tillstånd för
  reglage, felutskrifter och en användares sökvägar; och allt som inte går att granska (packat, krypterat, bilder,
  större än 20 MB, arkiv i arkivet, filer utanför git), om inte listan eller den medföljande studiens resultat nämner
  det.

vad som granskas när, sedan krokarna är på:
  commit, commit --amend, merge, am              före: pre-commit, pre-merge-commit, pre-applypatch och krokarna för
                                                 meddelanden
  cherry-pick, revert, rebase                    före varje version: prepare-commit-msg
  en ny gren eller etikett                       före: reference-transaction, namnet och etikettens meddelande
  en sammanfogning som bara flyttar grenen       efter: post-merge säger det, och hur det tas tillbaka
  push                                           före: allt som den andra sidan saknar, hur det än kom dit (även med
                                                 --no-verify, ur det undanlagda eller innan krokarna var på)
  fetch, pull                                    inte alls: det som kommer finns redan på annat håll; make guard ser det

vad den inte ser:
  namn, adresser, ärendenummer och annat som pekar ut någon; nummer i ord, isär med andra ord emellan eller kodade på
  andra sätt än HTML, URL, JSON och base64; om en bild eller fil i listan innehåller något; rader utan en kodboks
  rubriker eller koder; det som ingen gren, etikett eller undanlagd ändring längre har (git gc), utelämnade filer och
  arkiv inuti detta; push med --no-verify; versioner som görs där grenen saknar mappen .githooks.
Ett nummer med fel kontrollsiffra nämns men stoppar inget.""",
    ),
    # a run
    "run_done": Text("Ran {ran} of {steps} steps in {seconds} s.", "Körde {ran} av {steps} steg på {seconds} s."),
    "run_fresh": Text("Up to date in {seconds} s.", "Allt är aktuellt ({seconds} s)."),
    "run_other": Text(
        "Another run of the study '{study}' is under way. Wait until it has ended.",
        "En annan körning av studien '{study}' pågår. Vänta tills den är klar.",
    ),
    "run_kept": Text("It is kept for reading: {file}", "Den är sparad för läsning: {file}"),
    "step_failed": Text("not completed, see below", "inte fullbordat, se nedan"),
    "step_cell": Text(
        "In notebooks/{step}.ipynb, cell [{cell}]: {error}", "I notebooks/{step}.ipynb, cell [{cell}]: {error}"
    ),
    "step_part": Text("{step}: {error}", "{step}: {error}"),
    "step_missing": Text("{step} did not make {files}.", "{step} gjorde inte {files}."),
    "step_spoilt": Text(
        "{step} changed {files}, which another step makes. That change was thrown away.",
        "{step} ändrade {files}, som ett annat steg gör. Ändringen kastades bort.",
    ),
    "run_disturbed": Text(
        "Written while the run read it: {files}. So it is not certain what the new results rest on, and they were "
        "thrown away. Earlier results are as they were. Let all programs finish saving, then run the same command "
        "again.",
        "Skrevs medan körningen läste: {files}. Därför är det osäkert vad de nya resultaten bygger på, och de "
        "kastades. Tidigare resultat är som de var. Låt alla program spara färdigt och ge sedan samma kommando igen.",
    ),
    "run_incomplete": Text(
        "{number} of {steps} steps could not do all of their work: {names}.",
        "{number} av {steps} steg kunde inte göra hela sitt arbete: {names}.",
    ),
    "run_moved": Text(
        "What they had made earlier and could not make now lies in {folder}. It does not belong to the present "
        "results.",
        "Det som de gjorde tidigare men inte kunde göra nu ligger i {folder}. Det hör inte till de nuvarande "
        "resultaten.",
    ),
    "report_incomplete": Text(
        "**Not everything could be made.** What rests on the following is missing here; all else stands.",
        "**Allt kunde inte göras.** Det som bygger på följande saknas här; allt annat står kvar.",
    ),
    "report_sections": Text(
        "Sections of this report that rest on these steps: {sections}.",
        "Avsnitt i rapporten som bygger på dessa steg: {sections}.",
    ),
    "report_no_part": Text(
        "The part '{part}' of the report could not be made ({error}).",
        "Rapportens del '{part}' kunde inte göras ({error}).",
    ),
    "run_rest": Text(
        "All other results are in place; a report names what is missing. The same command tries again what failed. "
        "Where it happened shows in {folder}notebooks; if nothing above tells you what to change, the fault is "
        "in the program: send its makers these lines.",
        "Alla andra resultat är på plats; en rapport nämner vad som saknas. Samma kommando försöker igen med det som "
        "misslyckades. Var det hände visas i {folder}notebooks; om inget ovan säger vad du ska ändra ligger felet "
        "i programmet: skicka dessa rader till dem som gör det.",
    ),
    "verify_failed": Text(
        "Data, code and results are as the last run left them, but it could not make everything:\n{failed}\n"
        "`make all` tries again.",
        "Data, kod och resultat är som den senaste körningen lämnade dem, men den kunde inte göra allt:\n{failed}\n"
        "`make all` försöker igen.",
    ),
    "run_stopped": Text(
        "Stopped. Earlier results are as they were; the same command begins anew.",
        "Avbrutet. Tidigare resultat är som de var; samma kommando börjar om.",
    ),
    "run_verified": Text(
        "{number} files are as the last run left them.", "{number} filer är som den senaste körningen lämnade dem."
    ),
    "run_next": Text(
        "Begin with {folder}report.html (internal). What may be passed on lies in {folder}publication; read "
        "{folder}before_you_publish.html first.",
        "Börja med {folder}report.html (internt). Det som får lämnas vidare ligger i {folder}publication; läs "
        "{folder}before_you_publish.html först.",
    ),
    "report_next": Text("Next: make all STUDY={study}", "Nästa steg: make all STUDY={study}"),
    "run_files": Text("{number} files in {folder}", "{number} filer i {folder}"),
    "run_reproduced": Text("{number} printed numbers: reproduced", "{number} tryckta tal: återskapade"),
    "run_differs": Text("{number} printed numbers: differs", "{number} tryckta tal: skiljer sig"),
    "run_not_computable": Text(
        "{number} printed numbers: not computable", "{number} tryckta tal: går inte att beräkna"
    ),
    "run_difference": Text(
        "       {place}: {printed} printed, {computed} computed",
        "       {place}: {printed} i tryck, {computed} beräknat",
    ),
    "run_earlier": Text("Earlier results are as they were.", "Tidigare resultat är som de var."),
    "run_torn": Text(
        "The new results could not be put in place, nor all earlier ones put back ({why}). As soon as {folder} can be "
        "written to, the same command makes all of them anew.",
        "De nya resultaten gick inte att lägga på plats, och inte heller alla tidigare att lägga tillbaka ({why}). Så "
        "snart det går att skriva i {folder} gör samma kommando om alla.",
    ),
    # what the system says
    "system_full": Text(
        "There is no room left on the disk: in {folder}, or where the system has temporary files ({why}). Make room, "
        "then give the same command again.",
        "Det finns inget utrymme kvar på disken: i {folder} eller där systemet har tillfälliga filer ({why}). Skapa "
        "utrymme och ge sedan samma kommando igen.",
    ),
    "system_says": Text(
        "The computer says: {why}. Put that right, then give the same command again.",
        "Datorn säger: {why}. Åtgärda det och ge sedan samma kommando igen.",
    ),
    # the environment
    "env_begun": Text(
        "Making the environment in .venv with Python {version} (half a minute, 500 MB):",
        "Gör miljön i .venv med Python {version} (en halv minut, 500 MB):",
    ),
    "env_packages": Text("packages", "paket"),
    "env_slow": Text(
        "uv could not install them here, so pip does, which takes a minute or two:",
        "uv kunde inte installera dem här, så det gör pip, vilket tar någon minut:",
    ),
    "env_other": Text(
        "Another make is making the environment: waiting for it ...",
        "En annan make gör redan miljön: väntar på den ...",
    ),
    "env_colon": Text(
        "The path of this folder has a colon in it, which separates paths: {folder}. Python cannot make an environment "
        "there. Rename or move the folder, then give the same command again.",
        "Sökvägen till den här mappen innehåller ett kolon, som skiljer sökvägar åt: {folder}. Python kan inte göra "
        "någon miljö där. Byt namn på mappen eller flytta den, och ge sedan samma kommando igen.",
    ),
    "env_room": Text(
        "Less than {number} MB of disk space is free here. Make room, then give the same command again.",
        "Här finns mindre än {number} MB ledigt på disken. Skapa utrymme och ge sedan samma kommando igen.",
    ),
    "env_pip": Text(
        "{python} lacks the module ensurepip, and pip. Install them (Debian, Ubuntu: package python3-venv), then give "
        "the same command again.",
        "{python} saknar modulen ensurepip, och pip. Installera dem (Debian, Ubuntu: paketet python3-venv) och ge "
        "sedan samma kommando igen.",
    ),
    "env_wheelhouse": Text(
        "There is no folder {folder}, which WHEELHOUSE names.",
        "Mappen {folder}, som WHEELHOUSE anger, finns inte.",
    ),
    "env_failed": Text(
        "The environment could not be made. pip says: {reason}",
        "Miljön gick inte att göra. pip säger: {reason}",
    ),
    "env_hash": Text(
        "A package is not the one that requirements.lock names, so it was not installed. Ask where it came from before "
        "you go on.",
        "Ett paket är inte det som requirements.lock anger och installerades därför inte. Ta reda på varifrån det kom "
        "innan du går vidare.",
    ),
    "env_incomplete": Text(
        "{folder} must hold all packages of requirements.lock for this Python: `make wheelhouse` fills it, on a "
        "machine with a network and the same system and Python.",
        "{folder} måste innehålla alla paket i requirements.lock för denna Python: `make wheelhouse` fyller den, på en "
        "dator med nätverk och samma system och Python.",
    ),
    "env_network": Text(
        "The packages could not be fetched. Look whether there is a network, and whether pip is told of a proxy if you "
        "need one; then give the same command again, and it goes on. Without a network: see `make wheelhouse`.",
        "Paketen gick inte att hämta. Se efter om det finns ett nätverk, och om pip känner till din proxy om du "
        "behöver en; ge sedan samma kommando igen, så fortsätter det. Utan nätverk: se `make wheelhouse`.",
    ),
    "env_again": Text(
        "Put that right, then give the same command again.", "Åtgärda det och ge sedan samma kommando igen."
    ),
    "env_lacks": Text(
        "The environment lacks {name}, so it is not as it was made. Give the same command again by way of make, "
        "which makes it anew.",
        "Miljön saknar {name} och är alltså inte som den gjordes. Ge samma kommando igen genom make, som gör om den.",
    ),
    "env_filled": Text(
        "Filled {folder}. On another machine with the same system and Python, `make` needs no network with it.",
        "Fyllde {folder}. På en annan dator med samma system och Python behöver `make` inget nätverk med den.",
    ),
    # what a run reads beside the data, and what it left
    "own_unreadable": Text(
        "{file}, a file of the program, cannot be read ({why}). `git checkout {file}`, or a new copy, brings it back.",
        "{file}, en fil i programmet, går inte att läsa ({why}). `git checkout {file}`, eller en ny kopia, återställer "
        "den.",
    ),
    "lock_lacks": Text(
        "requirements.lock lacks {name}, which pyproject.toml names. `make lock` puts it there.",
        "requirements.lock saknar {name}, som pyproject.toml anger. `make lock` lägger dit det.",
    ),
    "notebook_no_parameters": Text(
        "{file} has no cell with the tag `parameters`, which says what study it is about. `git checkout` brings it "
        "back.",
        "{file} har ingen cell med taggen `parameters`, som anger vilken studie den gäller. `git checkout` återställer "
        "den.",
    ),
    "notebook_parameter": Text(
        "{file} has no parameter '{name}'. It has: {found}.", "{file} har ingen parameter '{name}'. Den har: {found}."
    ),
    "verify_none": Text(
        "There is no readable {file} of the study '{study}'. `make all STUDY={study}` makes one.",
        "Studien '{study}' har ingen läsbar {file}. `make all STUDY={study}` gör en.",
    ),
    "verify_torn": Text(
        "The last run was stopped while it put its results in place. `make all STUDY={study}` makes them anew.",
        "Den senaste körningen avbröts medan den lade resultaten på plats. `make all STUDY={study}` gör om dem.",
    ),
    "verify_is_missing": Text("{file} is missing", "{file} saknas"),
    "verify_is_new": Text("{file} is new", "{file} är ny"),
    "verify_differs": Text("{file} differs", "{file} skiljer sig"),
    "verify_unlike": Text(
        "Not as the last run left it:\n{files}\n`make all STUDY={study}` makes the results anew.",
        "Inte som den senaste körningen lämnade det:\n{files}\n`make all STUDY={study}` gör om resultaten.",
    ),
    "reconstruct_status": Text(
        "The rows of '{study}' are {status}; only a reconstructed study can be made anew from print.",
        "Raderna i '{study}' är {status}; bara en rekonstruerad studie kan göras om från de publicerade siffrorna.",
    ),
    "reconstruct_seed": Text(
        "study.yml of '{study}' does not say what to draw by. Write two lines there: `reconstruction:`, and below it "
        "`  seed: 1` (any whole number).",
        "study.yml för '{study}' säger inte vad lottningen ska utgå från. Skriv två rader där: `reconstruction:`, och "
        "under den `  seed: 1` (vilket heltal som helst).",
    ),
    "reconstruct_made": Text(
        "Made {file}. Printed numbers that gave way:", "Gjorde {file}. Publicerade siffror som fick ge vika:"
    ),
    # the command line
    "command_wrong": Text(
        "This cannot be read: {found}. The command is given as\n  {usage}",
        "Detta går inte att läsa: {found}. Kommandot skrivs\n  {usage}",
    ),
    "command_settings": Text(
        "`{command}` takes no {found}. It takes: {allowed}.",
        "`{command}` tar inte {found}. Det tar: {allowed}.",
    ),
    "command_one_or_several": Text(
        "Give STUDY for one study or STUDIES for several, not both.",
        "Ange STUDY för en studie eller STUDIES för flera, inte båda.",
    ),
    "command_no_settings": Text(
        "`{command}` takes no settings, and so no {found}.",
        "`{command}` tar inga inställningar, och alltså inte {found}.",
    ),
    "studies_none": Text(
        "STUDIES names no study. For example: {example}",
        "STUDIES anger ingen studie. Till exempel: {example}",
    ),
    "lab_opens": Text(
        "Opening the notebooks of '{study}' in JupyterLab. They are copies in {folder}: what you change there stays "
        "there.",
        "Öppnar anteckningsböckerna för '{study}' i JupyterLab. De är kopior i {folder}: det du ändrar där stannar "
        "där.",
    ),
    "lab_kept": Text(
        "You changed these, so they were kept as they are: {names}. Delete one to get a new copy of it.",
        "Dessa har du ändrat, så de fick vara som de är: {names}. Ta bort en för att få en ny kopia av den.",
    ),
    # conditions and counts that cannot be read
    "ask_where": Text("In '{text}': {why}", "I '{text}': {why}"),
    "ask_unreadable": Text(
        "'{text}' cannot be read. A condition is written like {condition}, a count like {count}.",
        "'{text}' går inte att läsa. Ett villkor skrivs som {condition}, ett antal som {count}.",
    ),
    "ask_equals": Text(
        "'{text}' has a single =. Two of them compare: {better}",
        "'{text}' har ett enda =. Jämförelser skrivs med två: {better}",
    ),
    "ask_no_condition": Text(
        "'{part}' is not a condition. A condition compares variables with codes and numbers, as in {condition}.",
        "'{part}' är inget villkor. Ett villkor jämför variabler med koder och tal, som i {condition}.",
    ),
    "ask_no_count": Text(
        "'{part}' is not a count. A count is written like {count}.",
        "'{part}' är inget antal. Ett antal skrivs som {count}.",
    ),
    "ask_no_variable": Text(
        "'{name}' is not a variable.{near} All names stand in the first column of data/raw/codebook.csv.",
        "'{name}' är ingen variabel.{near} Alla namn står i första kolumnen i data/raw/codebook.csv.",
    ),
    "ask_near": Text(" Did you mean {names}?", " Menade du {names}?"),
    "ask_needs_code": Text(
        "'{name}' needs a code, as in {name} == {code}.", "'{name}' behöver en kod, som i {name} == {code}."
    ),
    "ask_no_code": Text(
        "'{found}' is not a code of {name}. Its codes: {codes}.",
        "'{found}' är ingen kod för {name}. Koderna är: {codes}.",
    ),
    "ask_no_codes": Text(
        "{name} has no codes to be compared with. If it holds or not, write {name} or not {name}.",
        "{name} har inga koder att jämföra med. Gäller det eller inte, skriv {name} eller not {name}.",
    ),
    "ask_no_comparison": Text(
        "'{part}' cannot be compared with {name}. Comparisons are ==, !=, >=, >, <=, < and in.",
        "'{part}' kan inte jämföras med {name}. Jämförelser är ==, !=, >=, >, <=, < och in.",
    ),
    "ask_no_number": Text(
        "{name} is not a number; compare it with a code, as in {name} == {code}.",
        "{name} är inget tal; jämför med en kod, som i {name} == {code}.",
    ),
    "ask_not_whole": Text("'{part}' is not a whole number.", "'{part}' är inget heltal."),
    "ask_no_statistic": Text(
        "{name} is not a number, so it has no {statistic}.", "{name} är inget tal och har därför inget {statistic}."
    ),
    "ask_no_reference": Text("'{name}' does not point to another sheet.", "'{name}' pekar inte på ett annat blad."),
    "ask_too_long": Text(
        "the question is too long, or has too many parts in each other. Ask for less at a time.",
        "frågan är för lång, eller har för många delar i varandra. Fråga om mindre åt gången.",
    ),
    "ask_empty_list": Text(
        "the list behind {name} is empty. Name at least one code, as in {name} in ({code}).",
        "listan efter {name} är tom. Ange minst en kod, som i {name} in ({code}).",
    ),
    "ask_no_word": Text(
        "'{name}' is not a word that counts or joins.{nearest} What can stand before a bracket: {known}.",
        "'{name}' är inget ord som räknar eller fogar ihop.{nearest} Det som kan stå före en parentes: {known}.",
    ),
    "ask_no_id": Text(
        "the article does not name single {units}, so nothing can be known of '{found}'. Ask for each of them with "
        "each({name}, CONDITION).",
        "artikeln nämner inga enskilda {units}, så inget kan vara känt om '{found}'. Fråga om var och en med "
        "each({name}, VILLKOR).",
    ),
    "ask_circle": Text("'{name}' is defined by itself.", "'{name}' definieras av sig själv."),
    "ask_mixed": Text("it mixes rows of different kinds: {units}.", "här blandas rader av olika slag: {units}."),
    "ask_crosstab": Text(
        "a cross-tabulation is made of two variables, as in {example}.",
        "en korstabell görs av två variabler, som i {example}.",
    ),
    # what print leaves open
    "bounds_seconds": Text(
        "--seconds is {found}. Write a number of seconds, such as 60.",
        "--seconds är {found}. Ange ett antal sekunder, till exempel 60.",
    ),
    "bounds_assumes": Text("This rests on: {assumptions}.", "Detta vilar på: {assumptions}."),
    "reconstruct_no_print": Text(
        "There are no published figures to make rows from: data/raw/{study}/published.csv is missing or empty.",
        "Det finns inga publicerade siffror att göra rader av: data/raw/{study}/published.csv saknas eller är tom.",
    ),
    "reconstruct_too_large": Text(
        "The published figures of '{study}' ask for more than can be searched here: many rows, or a number that is "
        "added up and reaches far, such as days of a stay. Leave out the claims that add it up (mean, sum), or give it "
        "a smaller maximum in the codebook.",
        "De publicerade siffrorna i '{study}' kräver mer än som kan sökas igenom här: många rader, eller ett tal som "
        "summeras och når långt, till exempel vårddygn. Utelämna de uppgifter som summerar det (mean, sum), eller ge "
        "det ett mindre maximum i kodboken.",
    ),
    "bounds_no_print": Text(
        "'{study}' has no printed figures: there is no data/raw/{study}/published.csv.",
        "'{study}' har inga tryckta tal: data/raw/{study}/published.csv finns inte.",
    ),
    "bounds_unlimited": Text(
        "No printed number limits {name}: print leaves this open upwards.",
        "Inget tryckt tal begränsar {name}: trycket lämnar detta öppet uppåt.",
    ),
    "bounds_no_value": Text(
        "This has no value in any data set that print allows: it divides by zero.",
        "Detta har inget värde i någon datamängd som trycket tillåter: det delas med noll.",
    ),
    "bounds_median": Text(
        "what print leaves open of a median is not worked out. Ask how many reach a number, as in files(n_plans >= 2).",
        "vad trycket lämnar öppet om en median räknas inte ut. Fråga hur många som når ett tal, som i "
        "files(n_plans >= 2).",
    ),
    "bounds_too_many_parts": Text(
        "This has too many parts to be bounded. Ask for the numbers that it is made of one by one.",
        "Detta har för många delar för att få gränser. Fråga efter de tal som det består av, ett i taget.",
    ),
    "bounds_too_many_rows": Text(
        "'{text}' is not supported for so many rows, however long one waits. Ask for a number of rows, or for what "
        "such numbers sum up to or are a share of.",
        "'{text}' går inte att besvara för så många rader, hur länge man än väntar. Fråga efter ett antal rader, eller "
        "efter vad sådana antal blir tillsammans eller är en andel av.",
    ),
    "bounds_no_size": Text(
        "The printed figures do not state how many {units} there are, so nothing can be said of them. Add the number "
        "to published.csv, in a row such as: {rows}",
        "De tryckta talen säger inte hur många {units} det finns, så inget kan sägas om dem. Lägg till antalet i "
        "published.csv, i en rad som: {rows}",
    ),
    "bounds_other_size": Text(
        "Print also says that there are {number} {units}. This is about {taken}, which it says most often.",
        "Trycket säger också att det finns {number} {units}. Detta gäller {taken}, som det säger oftast.",
    ),
    "bounds_uncounted": Text(
        "No printed number counts {names}: print leaves {name} open entirely.",
        "Inget tryckt tal räknar {names}: trycket lämnar {name} helt öppet.",
    ),
    "bounds_units": Text(
        "{names} describe different rows: {units}. Cross two variables of the same rows.",
        "{names} beskriver olika slags rader: {units}. Korsa två variabler för samma rader.",
    ),
    "bounds_too_many_values": Text(
        "{name} has too many values to be crossed: ask for a range, as in {name} >= {number}.",
        "{name} har för många värden för att korsas: fråga efter ett intervall, som i {name} >= {number}.",
    ),
    "bounds_not_crossed": Text(
        "{name} has no answers to be crossed. Variables with codes, ticks, numbers and derived variables have.",
        "{name} har inga svar att korsa. Det har variabler med koder, kryss, tal och härledda variabler.",
    ),
    "bounds_no_witness": Text(
        "A cross-tabulation has a range in each cell, so no one set of rows shows it. Ask for one cell, such as "
        "{example}.",
        "En korstabell har ett intervall i varje cell, så ingen enskild uppsättning rader visar det. Fråga efter en "
        "cell, som {example}.",
    ),
    "crosstab_title": Text(
        "{down} (down) by {across} (across), number of {units}",
        "{down} (nedåt) mot {across} (åt höger), antal {units}",
    ),
    "crosstab_key": Text("a–b: between a and b, {reading}", "a–b: mellan a och b, {reading}"),
    "crosstab_wider": Text("(a–b): {reading}, given where it is wider", "(a–b): {reading}, angivet där det är vidare"),
    "crosstab_alike": Text("All of this holds {reading}.", "Allt detta gäller {reading}."),
    "crosstab_forced": Text("exactly this number", "exakt detta antal"),
    "crosstab_left_out": Text(
        "Left out, as all is 0 {reading}: {name} {values}", "Utelämnat, då allt är 0 {reading}: {name} {values}"
    ),
    # looking at cases
    "explore_other_rows": Text("this is about {units}, not about files.", "detta handlar om {units}, inte om akter."),
    "explore_no_file": Text(
        "There is no file '{file}'. There is: {files}.", "Det finns ingen akt '{file}'. Det finns: {files}."
    ),
    "explore_no_cross": Text(
        "'{name}' cannot be crossed. Choose from: {names}.", "'{name}' går inte att korsa. Välj bland: {names}."
    ),
    # many studies
    "batch_done": Text(
        "{done} of {all} studies are up to date ({minutes} minutes, {rate} studies a minute).",
        "{done} av {all} studier är aktuella ({minutes} minuter, {rate} studier per minut).",
    ),
    "batch_failed": Text(
        "{number} did not come to their end. `make check STUDY=name` or `make all STUDY=name` says all:",
        "{number} blev inte klara. `make check STUDY=namn` eller `make all STUDY=namn` säger allt:",
    ),
    "batch_ended": Text(
        "Its process was ended from outside (out of memory?). Run the same command again.",
        "Programmet avbröts utifrån (slut på minne?). Kör samma kommando igen.",
    ),
    # studies side by side
    "compare_number": Text(
        'Name two to {most} different studies: make compare STUDIES="uppsala lund"',
        'Ange två till {most} olika studier: make compare STUDIES="uppsala lund"',
    ),
    "compare_title": Text("Studies side by side", "Studier sida vid sida"),
    "compare_internal": Text(
        "For internal use. Small counts are shown as they are. What may be passed on lies in the folder publication "
        "beside this page.",
        "För internt bruk. Små antal visas som de är. Det som får lämnas vidare ligger i mappen publication bredvid "
        "denna sida.",
    ),
    "compare_public": Text(
        "In this version every study hides what it hides in its own folder publication.",
        "I denna version döljer varje studie det som den döljer i sin egen mapp publication.",
    ),
    "compare_common": Text(
        "{one} and {other} may have persons in common, and the difference between two studies then says something of "
        "single ones. So nothing of them stands side by side here, and of the two folders publication only one may be "
        "passed on. If nobody is in both, write persons_in_common: none below publication in study.yml of one of them, "
        "and compare again. That is not believed where both have the same coded row.",
        "{one} och {other} kan ha personer gemensamma, och skillnaden mellan två studier säger då något om enskilda. "
        "Därför står inget av dem sida vid sida här, och av de två mapparna publication får bara en lämnas vidare. Om "
        "ingen finns i båda, skriv persons_in_common: none under publication i study.yml för en av dem, och jämför "
        "igen. Det godtas inte där båda har samma kodade rad.",
    ),
    "compare_studies": Text("Studies, with their number of files: {studies}.", "Studier, med antal akter: {studies}."),
    "compare_tables": Text("Tables and figures", "Tabeller och figurer"),
    "compare_note": Text(
        "Number of files, with the share of all files of that study; a dash: not coded there.",
        "Antal akter, med andelen av alla akter i den studien; tankstreck: inte kodat där.",
    ),
    "compare_axis": Text("Share of all files", "Andel av alla akter"),
    "compare_description": Text(
        "{table}: the share of files for each row of the table, one mark a study ({studies}). The shares stand in the "
        "table beside the figure.",
        "{table}: andelen akter för varje rad i tabellen, ett märke per studie ({studies}). Andelarna står i tabellen "
        "bredvid figuren.",
    ),
    "compare_lines": Text(
        "In each row the studies stand below each other, in the order of the legend.",
        "På varje rad står studierna under varandra, i teckenförklaringens ordning.",
    ),
    "compare_hatched": Text(
        "Hatched: hidden to protect small groups. It can be any number, nought among them.",
        "Streckat: dolt för att skydda små grupper. Det kan vara vilket tal som helst, även noll.",
    ),
    "compare_open": Text(
        "From a to b, drawn as a line behind the mark: answers that are not documented or not coded leave open "
        "anything between.",
        "Från a till b, ritat som en linje bakom märket: svar som inte är dokumenterade eller inte är kodade lämnar "
        "öppet allt däremellan.",
    ),
    "compare_possible": Text("Possible", "Möjligt"),
    "compare_differs": Text(
        "Not the same in every study: {meanings}.",
        "Inte detsamma i varje studie: {meanings}.",
    ),
    "compare_unmarked": Text("No mark: not coded in that study.", "Inget märke: inte kodat i den studien."),
    "compare_made": Text(
        "Made {number} files in {folder} and {figures}. Begin with comparison.html.",
        "Gjorde {number} filer i {folder} och {figures}. Börja med comparison.html.",
    ),
    # the written workbook
    "title_original": Text("Coded case files", "Kodade akter"),
    "title_reconstructed": Text(
        "Reconstructed data - no row is a real person", "Rekonstruerade data - ingen rad är en verklig person"
    ),
    "title_fictitious": Text(
        "Fictitious data - no row is a real person", "Påhittade data - ingen rad är en verklig person"
    ),
    "must": Text("Every row needs a code.", "Varje rad måste ha en kod."),
    "may_be_blank": Text("May be left blank.", "Får lämnas tom."),
    "not_allowed": Text("Not allowed here", "Inte tillåtet här"),
    "allowed_here": Text("Allowed: {allowed}.", "Tillåtet: {allowed}."),
    "from_list": Text("Choose one from the list.", "Välj i listan."),
    "once_only": Text(
        "Each row needs its own, and this one is taken.", "Varje rad måste ha en egen, och denna är upptagen."
    ),
    "all_ticks": Text("yes/no columns", "ja/nej-kolumner"),
    "first_sheet_name": Text("Sheet {sheet}", "Bladet {sheet}"),
    "first_heading": Text("Heading of this colour: {label}", "Rubrik i denna färg: {label}"),
    "first_kept_column": Text("Column", "Kolumn"),
    "first_kept": Text("What the column keeps of the printed figures", "Vad kolumnen behåller av de tryckta siffrorna"),
}
"""Key -> sentence. Parts of sentences begin with the space that joins them."""

FIRST = {
    "what_original": (
        Text("What this is", "Vad detta är"),
        Text(
            "Codes from case files, one row a file. Even without names such rows are personal data. Keep the workbook "
            "where the case files may be kept, and share only what the report marks as ready for publication.",
            "Koder från akter, en rad per akt. Även utan namn är sådana rader personuppgifter. Förvara arbetsboken där "
            "akterna får förvaras, och dela bara det som rapporten märker som klart för publicering.",
        ),
    ),
    "what_reconstructed": (
        Text("What this is", "Vad detta är"),
        Text(
            "Reconstructed data: rows that fit the printed figures of an article. The real case files are "
            "confidential and are not here. No row is the file of a real person; every row says so in its column "
            "row_status.",
            "Rekonstruerade data: rader som passar de tryckta siffrorna i en artikel. De verkliga akterna är "
            "sekretessbelagda och finns inte här. Ingen rad är en verklig persons akt; varje rad säger det i kolumnen "
            "row_status.",
        ),
    ),
    "how_reconstructed": (
        Text("How it was made", "Hur den har gjorts"),
        Text(
            "A program looked for rows that give the printed counts when they are counted. Where printed counts cannot "
            "all hold together, what is stated more often was kept; the report lists what gave way. Many other sets of "
            "rows fit print equally well. A fixed seed picks this one, so that everybody gets the same. What the "
            "article does not count is blank: nothing was made up to fill a column.",
            "Ett program sökte rader som ger de tryckta antalen när de räknas. Där tryckta antal inte kan gälla "
            "samtidigt behölls det som sägs oftast; rapporten räknar upp det som fick vika. Många andra uppsättningar "
            "rader passar lika bra. Ett fast frötal väljer just denna, så att alla får samma. Det som artikeln inte "
            "räknar är tomt: inget har hittats på för att fylla en kolumn.",
        ),
    ),
    "use_reconstructed": (
        Text("May be used to", "Får användas för att"),
        Text(
            "- rerun the printed tables and figures and check the arithmetic\n"
            "- read and test the programs, and learn the method\n"
            "- try out a study of one's own files before they are coded",
            "- köra om de tryckta tabellerna och figurerna och kontrollera räkningen\n"
            "- läsa och prova programmen, och lära sig metoden\n"
            "- prova en undersökning av egna akter innan de är kodade",
        ),
    ),
    "not_reconstructed": (
        Text("Must not be used to", "Får inte användas för att"),
        Text(
            "- say how two columns go together, beyond what is printed in the article or listed below\n"
            "- describe, look for or recognise a person\n"
            "- stand in for the study's own material in another analysis\n"
            "- fill up rows that were coded from real files",
            "- säga hur två kolumner hör ihop, utöver det som står i artikeln eller räknas upp nedan\n"
            "- beskriva, söka efter eller känna igen en person\n"
            "- ersätta studiens eget material i en annan analys\n"
            "- fylla ut rader som är kodade från verkliga akter",
        ),
    ),
    "what_fictitious": (
        Text("What this is", "Vad detta är"),
        Text(
            "Made-up rows for training and for testing programs. No row is the file of a real person, and nothing can "
            "be concluded from them.",
            "Påhittade rader för övning och för att prova program. Ingen rad är en verklig persons akt, och inga "
            "slutsatser kan dras av dem.",
        ),
    ),
    "columns": (
        Text("Columns", "Kolumner"),
        Text(
            "Row 1 names the columns; leave the names as they are. A name in bold needs a code in every row, one in "
            "italics may be left blank. Rest the pointer on a name to see what the column means. Thick lines and the "
            "colour of the heading part what belongs together.",
            "Rad 1 ger kolumnernas namn; låt dem stå som de är. Ett namn i fet stil kräver en kod i varje rad, ett i "
            "kursiv stil får lämnas tomt. Håll pekaren över ett namn för att se vad kolumnen betyder. Grova linjer och "
            "rubrikens färg skiljer det som hör ihop.",
        ),
    ),
    "coding": (
        Text("Coding", "Kodning"),
        Text(
            "Choose codes from the drop-down lists; the sheet codes shows them all with their meaning. nd: the file "
            "was read and does not say. Blank: nobody has looked. Neither means no. Write no names, case numbers or "
            "identity numbers anywhere.",
            "Välj koder i listrutorna; bladet codes visar alla med betydelse. nd: akten är läst men säger inget. Tomt: "
            "ingen har tittat. Inget av dem betyder nej. Skriv inga namn, ärendenummer eller personnummer någonstans.",
        ),
    ),
    "sheets": (
        Text("Sheets", "Blad"),
        Text(
            "A file has one row in each sheet that is keyed by it, under the same id. A sheet that is not used is left "
            "with its first row only.",
            "En akt har en rad på varje blad som hör till den, med samma löpnummer. Ett blad som inte används lämnas "
            "med bara sin första rad.",
        ),
    ),
}
"""Paragraphs of the first sheet: key -> heading and text."""

FIRST_PARTS = {
    "original": ("what_original",),
    "reconstructed": ("what_reconstructed", "how_reconstructed", "use_reconstructed", "not_reconstructed"),
    "fictitious": ("what_fictitious",),
    "": ("columns", "coding", "sheets"),
}
"""Paragraphs that a workbook of each status has, in order; those under "" follow in every workbook."""
