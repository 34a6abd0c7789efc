//! Judges exercise 01: `cargo test -p exercise-01`.

checks::ch01_lifecycle!(exercise_01::app);
