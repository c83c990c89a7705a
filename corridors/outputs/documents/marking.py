"""What every document of a release says above and below its pages."""

from __future__ import annotations

from corridors.outputs.documents.blocks import Texts
from corridors.outputs.documents.draft import Draft
from corridors.release import TLP, Release


def mark_audience(draft: Draft, audience: str) -> Texts:
    """Whom a document is for, with the label of the Traffic Light Protocol."""
    names = draft.word("audience", audience)
    return Texts(f"{name} {TLP[audience]}" for name in names)


def mark_release(draft: Draft, release: Release, *more: Texts) -> Texts:
    """Whom a release is for, its label, the protocol's own word for the level, and more."""
    level = f" ({release.level})" if release.level else ""
    names = draft.word("audience", release.audience)
    return Texts(
        " · ".join((f"{name}{level}", TLP[release.audience], *(text.at(at) for text in more)))
        for at, name in enumerate(names)
    )


def date_release(draft: Draft, release: Release) -> Texts:
    """The reference time of a release, until when it may be used, and the code of its plan."""
    times = {"as_of": release.as_of, "valid_until": release.valid_until}
    return draft.say("document.dated", code=release.code, **times)


def foot_release(draft: Draft, release: Release) -> Texts:
    """The dates of a release, and that it guarantees nothing."""
    parts = date_release(draft, release), draft.say("document.not_a_guarantee")
    return Texts(" · ".join(pair) for pair in zip(*parts, strict=True))
