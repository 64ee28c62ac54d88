"""The room for everything that drives or reads a running phone from the same machine."""
