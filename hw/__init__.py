"""The desk unit: keypad, hook switch, lamps, display and sound cards.

Senses and muscles only: what a key means is not known here, and nothing of the phone is imported.
Whoever builds a unit hands in plain callbacks; all of them are called on the asyncio loop's thread.
"""
