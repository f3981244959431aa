"""The command line: what each command does with the store, and what it says."""
