"""A store driven at random, with crashes, and compared with what it should be."""
