//! Judges exercise 04: `cargo test -p exercise-04`.

checks::ch04_multi_worker!(exercise_04::connect, exercise_04::app);
