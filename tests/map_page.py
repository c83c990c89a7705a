"""What a drawn map page holds, read from its text."""

from __future__ import annotations

import html
import json
import re


def read_data(page):
    return json.loads(
        re.search(r'<script type="application/json" id="plan">(.*?)</script>', page, re.DOTALL)[1]
    )


def read_said(page, lang="en"):
    return next(said for said in read_data(page)["texts"] if said["lang"] == lang)


def read_words(page):
    """The panel and header as a reader without JavaScript sees them, one space between words."""
    body = re.sub(r"<(script|style|template|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def unpack(text):
    """The whole numbers in a packed text, read off letter by letter."""
    numbers, bits, shift = [], 0, 0
    for letter in text:
        digit = LETTERS.index(letter)
        bits |= (digit & 31) << shift
        shift += 5
        if digit < 32:
            numbers.append(-(bits + 1) // 2 if bits % 2 else bits // 2)
            bits = shift = 0
    return numbers


def decode(text):
    flat = unpack(text)
    lines, place, x, y = [], 0, 0, 0
    while place < len(flat):
        line = []
        for step in range(place + 1, place + 1 + 2 * flat[place], 2):
            x, y = x + flat[step], y + flat[step + 1]
            line.append((x / 1e5, y / 1e5))
        place += 1 + 2 * flat[place]
        lines.append(line)
    return lines
