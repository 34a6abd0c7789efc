//! Judges exercise 05: `cargo test -p exercise-05`.

checks::ch05_auth!(exercise_05::app);
