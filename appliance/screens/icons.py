"""The icons of the status bar, drawn dot by dot, and how they become pictures.

Each is eight rows high, as high as a capital beside it, and seven to ten dots wide.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from PIL import Image

from appliance.phone.screen import Icon

ICON_HEIGHT: Final = 8

ART: Final[dict[Icon, str]] = {
    "registered": """
        .......##
        .......##
        ....##.##
        ....##.##
        ....##.##
        .##.##.##
        .##.##.##
        .##.##.##
    """,
    "partly-registered": """
        .......##
        .......##
        #..#...##
        .##....##
        .##....##
        #..#...##
        ....##.##
        .##.##.##
    """,
    "unregistered": """
        #...#....
        .#.#.....
        ..#......
        .#.#.....
        #...#....
        .........
        .##.##.##
        .##.##.##
    """,
    "registering": """
        .........
        .........
        .........
        .........
        .##......
        .##......
        .##.##.##
        .##.##.##
    """,
    "headset": """
        ..#####..
        .#.....#.
        #.......#
        ##.....##
        ##.....##
        ##.....##
        .......#.
        ....###..
    """,
    "no-headset": """
        #..####..
        .#.....#.
        #.#.....#
        ##.#...##
        ##..#..##
        ##...#.##
        ......#..
        ....##.#.
    """,
    "secure": """
        ..###..
        .#...#.
        .#...#.
        #######
        ###.###
        ###.###
        #######
        #######
    """,
    "muted": """
        #..##...
        .#.###..
        ..#.##..
        ..##.#..
        #.###.#.
        .#.##..#
        ..####.#
        ...##...
    """,
    "held": """
        .##..##.
        .##..##.
        .##..##.
        .##..##.
        .##..##.
        .##..##.
        .##..##.
        .##..##.
    """,
    "remote-held": """
        #########
        ##..#..##
        ##..#..##
        ##..#..##
        ##..#..##
        ##..#..##
        ##..#..##
        #########
    """,
    "incoming": """
        .......#
        ......##
        #....##.
        #...##..
        #..##...
        #.##....
        ###.....
        ######..
    """,
    "outgoing": """
        ..######
        .....###
        ....##.#
        ...##..#
        ..##...#
        .##....#
        ##......
        #.......
    """,
    "dnd": """
        ..####..
        .######.
        ########
        #......#
        #......#
        ########
        .######.
        ..####..
    """,
    "warning": """
        ....#....
        ...###...
        ...#.#...
        ..##.##..
        ..##.##..
        .#######.
        .###.###.
        #########
    """,
    "messages": """
        .........
        #########
        ##.....##
        #.#...#.#
        #..#.#..#
        #...#...#
        #.......#
        #########
    """,
    "waiting": """
        ...##...
        ..####..
        .######.
        .######.
        .######.
        ########
        ........
        ...##...
    """,
    "talking": """
        .#######.
        #########
        ##.#.#.##
        #########
        .#######.
        .##......
        .#.......
        .........
    """,
    "handset": """
        .##.....
        ###.....
        ##......
        ##......
        .##.....
        .###..##
        ..######
        ....###.
    """,
}
"""Every icon, ``#`` for a dot that is lit."""

MORE: Final = """
    ........
    ........
    ........
    ........
    ........
    ........
    ##.##.##
    ##.##.##
"""


@cache
def picture(icon: Icon) -> Image.Image:
    """The icon as a 1-bit picture; not to be drawn on."""
    return drawn(ART[icon])


@cache
def more() -> Image.Image:
    """Stands for the icons that have no room."""
    return drawn(MORE)


def drawn(art: str) -> Image.Image:
    """A 1-bit picture of text art; every row ends where the longest does."""
    lines = art.split()
    picture = Image.new("1", (max(map(len, lines)), len(lines)))
    picture.putdata([255 * (dot == "#") for line in lines for dot in line])
    return picture
