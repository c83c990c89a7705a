"""Documents: one file of content each, rendered as HTML, DOCX, PDF or text."""
