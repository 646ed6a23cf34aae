"""The study as a program: from the coded spreadsheet and the printed figures to tables, figures and report."""
