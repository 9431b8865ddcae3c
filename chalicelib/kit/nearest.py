"""What somebody may have meant by a name that is not known."""

from __future__ import annotations

from collections.abc import Sequence

ALIKE = 0.6
"""How like each other two names are at least, of which one is taken for the other."""


def nearest(given: str, known: Sequence[str]) -> str | None:
    """Return the known name that is most like the one given, whatever its letters' case."""
    import difflib  # deferred: only what is mistyped needs it

    folded = {_folded(name): name for name in reversed(known)}
    found = difflib.get_close_matches(_folded(given[:100]), list(folded), n=1, cutoff=ALIKE)
    return folded[found[0]] if found else None


def hint(given: str, known: Sequence[str]) -> str:
    """Return a sentence to go on with, or nothing where no name is near."""
    found = nearest(given, known)
    return "" if found is None else f" Did you mean {found}?"


def _folded(name: str) -> str:
    return name.replace("_", "").casefold()
