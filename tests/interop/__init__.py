"""The whole phone, as a process of its own, calling and being called by real peers."""
