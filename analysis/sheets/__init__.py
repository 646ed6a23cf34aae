"""Coded sheets in and out: read, checked cell by cell, written, begun."""
