"""Golden files: stored results, with a comparison that a person can read.

    python -m pytest -n 0 tests/test_golden.py --renew-golden

renews them. Look at what `git diff` shows before you commit it.
"""

from __future__ import annotations

import difflib
import io
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

GOLDEN = Path(__file__).parent / "golden"
SEEN = Path(__file__).parents[1] / "shots"
"""Where pictures that differ are left for a person to look at; git ignores it."""
RENEW = "Fix: where it should differ, run `{}` and commit what changed.".format(
    "python -m pytest -n 0 tests/test_golden.py --renew-golden"
)
MAX_LINES = 40
BLOCK = 8
"""Pictures are compared by the mean colours of blocks of so many pixels: fonts that are drawn a
little differently are the same."""
MAX_STEP = 12.0
"""Two blocks are different beyond this, of 255."""
MAX_SHARE = 0.01
"""Two pictures are different if more than this share of their blocks is."""
COLOURS = 256


def compare_text(name, text, *, renew):
    """Fail with a unified difference if a text is not the stored one."""
    path = GOLDEN / name
    if renew:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    stored = path.read_text(encoding="utf-8") if path.exists() else ""
    if stored != text:
        lines = list(
            difflib.unified_diff(
                stored.splitlines(), text.splitlines(), "stored", "now", n=0, lineterm=""
            )
        )
        shown = list(islice(lines, MAX_LINES))
        left = [f"... {len(lines) - len(shown)} more lines"] if len(lines) > len(shown) else []
        pytest.fail("\n".join([f"{name} differs:", *shown, *left, RENEW]), pytrace=False)


def compare_picture(name, png, *, renew):
    """Fail if a picture differs from the stored one; both are left in `SEEN` with the difference."""
    images = pytest.importorskip("PIL.Image", reason="Pillow comes with matplotlib")
    path = GOLDEN / name
    now = images.open(io.BytesIO(png)).convert("RGB")
    if renew:
        now.quantize(COLOURS, dither=images.Dither.NONE).save(path, optimize=True)
    stored = images.open(path).convert("RGB")
    if now.size != stored.size:
        pytest.fail(f"{name} is {now.size} pixels, not {stored.size}. {RENEW}", pytrace=False)
    step = np.abs(average_blocks(now) - average_blocks(stored)).max(axis=2)
    share = float((step > MAX_STEP).mean())
    if share > MAX_SHARE:
        SEEN.mkdir(exist_ok=True)
        now.save(SEEN / name)
        marked = images.fromarray(np.where(step > MAX_STEP, 0, 255).astype(np.uint8))
        marked.resize(now.size, images.Resampling.NEAREST).save(SEEN / f"difference-{name}")
        pytest.fail(
            f"{share:.1%} of {name} differs, more than {MAX_SHARE:.0%}; compare {path} with"
            f" {SEEN / name}: difference-{name} is black where they differ. {RENEW}",
            pytrace=False,
        )


def average_blocks(image):
    """The mean red, green and blue of each block of a picture, from 0 to 255."""
    pixels = np.asarray(image, float)
    rows, columns = (size // BLOCK for size in pixels.shape[:2])
    inner = pixels[: rows * BLOCK, : columns * BLOCK]
    return inner.reshape(rows, BLOCK, columns, BLOCK, 3).mean(axis=(1, 3))
