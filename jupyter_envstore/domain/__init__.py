"""The rules of the store: values and decisions, without I/O and without a framework."""
