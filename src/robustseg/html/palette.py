"""The colors of every figure and page.

They are those of Okabe and Ito (2008), which are distinct with every common color blindness, plus a
wine red, an olive and a gray.
"""

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
WINE, OLIVE, GRAY = "#882255", "#999933", "#7F7F7F"
GRID = "#E4E4E4"

CLASSES = (BLUE, YELLOW, VERMILLION, GREEN, PURPLE, SKY, ORANGE, WINE)
"""By class index from 1; they repeat after the last one."""


def class_color(index: int) -> str:
    """Return the color of a class other than the background."""
    return CLASSES[(index - 1) % len(CLASSES)]
