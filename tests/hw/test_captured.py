"""A display that keeps its picture: the latest, whole, whatever becomes of the one handed over."""

from __future__ import annotations

from PIL import Image

from hw.simulated.captured import CapturedDisplay


def test_nothing_was_shown_at_first() -> None:
    display = CapturedDisplay()
    assert (display.image, display.drawn) == (None, 0)


def test_the_latest_picture_is_kept_and_all_are_counted() -> None:
    display = CapturedDisplay()
    for light in (0, 255, 0, 255):
        display.show(Image.new("1", (128, 64), light))
    assert display.drawn == 4
    assert display.image is not None
    assert display.image.getpixel((127, 63)) == 255


def test_a_picture_may_be_changed_once_it_was_handed_over() -> None:
    display = CapturedDisplay()
    image = Image.new("1", (128, 64))
    display.show(image)
    image.paste(255, (0, 0, 128, 64))
    assert display.image is not None
    assert display.image.getbbox() is None


def test_a_dark_or_closed_display_keeps_its_picture() -> None:
    display = CapturedDisplay()
    display.show(Image.new("1", (128, 64), 255))
    display.set_brightness(0)
    display.close()
    assert (display.brightness, display.closed) == (0, True)
    assert display.image is not None
    assert display.image.getpixel((0, 0)) == 255
