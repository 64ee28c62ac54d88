"""What is heard and through which device: call-progress tones, cadences, levels."""
