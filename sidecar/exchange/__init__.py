"""Spreadsheets in and out: a workbook becomes a plan that says each row's fate, records become a workbook."""
