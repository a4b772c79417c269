//! The harness against real programs, without the line.
