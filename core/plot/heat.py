"""How strongly a heat map cell is tinted: four steps, so that a reader can tell them apart."""


def level(count: int, most: int) -> int:
    """0 for nothing, then 1 to 4 by the share of the largest cell of the map."""
    if count <= 0 or most <= 0:
        return 0
    return min(1 + (4 * count - 1) // most, 4) if most > 4 else min(count, 4)
