//! Judges exercise 07: `cargo test -p exercise-07`.

checks::ch07_production!(exercise_07::serve);
