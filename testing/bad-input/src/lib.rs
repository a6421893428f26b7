//! What bad input makes a reader hold: the test under `tests/` counts it with an allocator of its own.
