"""Documents: blocks made from data by one content file each, and one renderer for each format.

blocks          heading, paragraph, table, figure, and the document that holds them
draft           from keys of the catalogue, values and names to blocks, in one or two languages
marking         what each document of a release has above and below its pages
svg             north-up drawings
plain_values    tables as plain values, and as GeoJSON
html docx pdf text   the renderers
rendering       a document as a file in any format

annex brief changes dossier zone_comparison   the content of each document
"""
