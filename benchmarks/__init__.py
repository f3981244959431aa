"""What the project promises in figures, measured: one module a figure, one command for all."""
