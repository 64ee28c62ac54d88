"""The desk unit's tests: the parts as they are, on simulated wires and panels."""
