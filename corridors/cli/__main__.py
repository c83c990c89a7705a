"""`python -m corridors.cli`."""

from corridors.cli import run

run()
