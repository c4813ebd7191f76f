"""A campaign's report: one value, told as a page, as a document, as rows, and as plain words, in two languages.

`ReportData` (in `types`) is all that the renderers know; they are pure functions of it.
"""
