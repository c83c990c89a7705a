"""What a folder holds."""

from __future__ import annotations

import hashlib


def tree(folder):
    """Everything in a folder, with the hash of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
    }
