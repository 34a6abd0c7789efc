//! Judges exercise 06: `cargo test -p exercise-06`.

checks::ch06_sse!(exercise_06::serve);
