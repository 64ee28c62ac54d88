"""The machine around the phone: journal and service manager."""
