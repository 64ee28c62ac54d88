"""A desk unit without the desk unit: simulated wires, a captured display, a unit in a terminal.

The parts of `hw` run here unchanged; only what lies beyond the pins is simulated.
"""
