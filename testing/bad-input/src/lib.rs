//! What bad input makes us hold, counted by an allocator: see the tests.
