"""Random plans, everything that is written of them for others, and whether a secret can be found in
any byte of it."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import shutil
import sqlite3
import struct
import subprocess
import tempfile
import zipfile
import zlib
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np
import shapely
from town import GRID, make_situation, spot

import corridors as co
from corridors.messages import Message
from corridors.outputs.coordinates import write_dms, write_mgrs
from corridors.rules import Rules
from corridors.situation import Acknowledgement, Producer, Source
from corridors.tables import SITES, build_table

LETTERS = "bdfgklmnprstvz"
MARK = {"salt": "qx", "depot": "zh"}


def invent(random, kind):
    """A word that stands nowhere else, and says of itself that it must not be found."""
    return f"{MARK[kind]}{''.join(random.choice(list(LETTERS), 8))}".title()


@cache
def make_random(seed):
    """A release for the house of a random town, and the secrets in it: words, depots' places."""
    random = np.random.default_rng(seed)
    words, places, rows = [], [], []
    for number in range(random.integers(1, 4)):
        at = tuple(
            np.round(
                np.array(spot(int(random.integers(1, 10)))) + random.uniform(-0.004, 0.004, 2), 6
            ).tolist()
        )
        name, site = invent(random, "depot"), f"{invent(random, 'salt')}-{number}"
        words += [name, site]
        places.append(at)
        rows.append((site, "depot", f"{name} store", at))
    for number, node in enumerate(
        random.choice(np.arange(1, 10), random.integers(1, 4), replace=False).tolist()
    ):
        at = tuple(
            np.round(np.array(spot(node)) + 0.00071234, 8).tolist()
        )  # more decimals than a depot has: none is alike by chance
        rows.append((f"Dest{number}", "destination", f"Clinic {number}", at))
    strikes = []
    for _ in range(random.integers(0, 5)):
        name, source = invent(random, "salt"), invent(random, "salt")
        words += [name, source]
        strikes.append(
            (
                name,
                *(
                    np.array(spot(int(random.integers(1, 10)))) + random.uniform(-0.02, 0.02, 2)
                ).tolist(),
                {"source": source},
            )
        )
    said = [invent(random, "salt") for _ in range(6)]
    words += said
    site_ids, roles, names, spots = zip(*rows, strict=True)
    pairs = [pair for pair in GRID if random.random() < 0.92] or GRID
    situation = dataclasses.replace(
        make_situation(
            pairs=pairs,
            incidents=(*strikes, ("far", 35.5, 33.4)),
            name={"1-2": f"{names[0]} road", "2-5": "Mill road"},
        ),
        sites=build_table(
            SITES,
            {
                "site_id": site_ids,
                "role": roles,
                "name": names,
                "stock_t": random.uniform(1, 99, len(rows)),
                "need_t": random.uniform(1, 99, len(rows)),
                "people": random.integers(1000, 9000, len(rows)).astype(float),
                "geometry": [shapely.Point(place) for place in spots],
            },
        ),
        title=f"Supply from {names[0]}",
        sources=(
            Source(
                "roads",
                f"{said[0]}.pbf",
                "pbf",
                "ab" * 32,
                {"read": 12, "kept": 12},
                attribution="© OpenStreetMap contributors, ODbL 1.0",
            ),
            Source(
                "incidents",
                f"{said[1]}.csv",
                "csv",
                "cd" * 32,
                {"read": 2},
                notes=(Message("note.columns_unread", names=(said[2], "b")),),
            ),
        ),
        acknowledgements=(
            Acknowledgement("no-incident-in-area", f"calm, says {said[3]}", said[4]),
        ),
        producer=Producer("Logistics cell", f"ring {names[0]}"),
    )
    rules = Rules.from_tables(
        {
            "disclosure": {"grid_m": 1000.0, "length_step_m": 1000.0, "duration_step_min": 1.0},
            "routing": {"max_snap_m": 5000.0},
        }
    )
    return co.build_release(co.plan_corridors(situation, rules=rules)), words, places


def unpack(content):
    """The bytes of a file, and of whatever is packed in it."""
    yield content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for entry in packed.infolist():
                yield entry.filename.encode() + entry.extra + entry.comment
                yield from unpack(packed.read(entry))
    if content[:4] == b"%PDF":
        for found in re.finditer(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
            try:
                yield zlib.decompressobj().decompress(found[1])
            except zlib.error:
                continue
        if shutil.which("pdftotext"):  # a page names glyphs, not letters
            yield subprocess.run(
                ["pdftotext", "-", "-"], input=content, capture_output=True, check=True
            ).stdout
    if content[:6] == b"SQLite":
        with tempfile.NamedTemporaryFile(suffix=".gpkg") as file:
            Path(file.name).write_bytes(content)
            with closing(sqlite3.connect(file.name)) as database:
                yield "\n".join(database.iterdump()).encode()


def find_words(content, words):
    """Which of the words stand in a file, whatever their case and encoding."""
    texts = [
        text
        for part in unpack(content)
        for text in (part.lower(), part.replace(b"\x00", b"").lower())
    ]
    return {word for word in words for text in texts if word.lower().encode() in text}


def find_places(content, places):
    """Which of the places stand in a file: as a number with three decimals or more, as a double, or
    in the steps of the map's lines."""
    found = set()
    for part in unpack(content):
        numbers = set(re.findall(rb"-?\d+\.\d{3,}", part))
        told = {(float(number), len(number.partition(b".")[2])) for number in numbers}
        for lon, lat in places:
            # fewer than six decimals of one number alone are, by chance, those of the edge of a
            # cell
            rough = any(
                all((round(value, decimals), decimals) in told for value in (lon, lat))
                for decimals in (3, 4, 5)
            )
            exact = {
                (round(value, decimals), decimals) for value in (lon, lat) for decimals in (6, 7)
            }
            packed = [struct.pack(order, value) for order in ("<d", ">d") for value in (lon, lat)]
            if rough or told & exact or any(double in part for double in packed):
                found.add((lon, lat))
            square = write_mgrs(lon, lat)
            if any(
                text.encode() in part
                for text in (square, square.replace(" ", ""), *write_dms(lon, lat).split())
            ):
                found.add((lon, lat))
        for drawn in re.findall(
            rb'<script type="application/json"[^>]*>(.*?)</script>', part, re.DOTALL
        ):
            corners = set(decode_all(json.loads(drawn)))
            found |= {
                (lon, lat) for lon, lat in places if (round(lon * 1e5), round(lat * 1e5)) in corners
            }
    return found


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def unpack_numbers(text):
    """The whole numbers in a packed text of the map."""
    numbers, bits, shift = [], 0, 0
    for digit in map(LETTERS.index, text):
        bits, shift = bits | (digit & 31) << shift, shift + 5
        if digit < 32:
            numbers.append(-(bits + 1) // 2 if bits % 2 else bits // 2)
            bits = shift = 0
    return numbers


def decode_all(data):
    """Every position of every list of steps, packed or not, and every pair of latitude and
    longitude, anywhere in the data of a map."""
    if isinstance(data, str):
        data = unpack_numbers(data) if re.fullmatch(r"[\w-]{4,}", data, re.ASCII) else []
    if isinstance(data, dict):
        for value in data.values():
            yield from decode_all(value)
    elif isinstance(data, list):
        if len(data) == 2 and all(isinstance(value, float) for value in data):
            yield round(data[1] * 1e5), round(data[0] * 1e5)
        elif len(data) > 3 and all(isinstance(value, int) for value in data):
            place, x, y = 0, 0, 0
            while place < len(data):
                count, place = data[place], place + 1
                for _ in range(count):
                    if place + 1 >= len(data):
                        return
                    x, y, place = x + data[place], y + data[place + 1], place + 2
                    yield x, y
        else:
            for value in data:
                yield from decode_all(value)
