//! Judges exercise 03: `cargo test -p exercise-03`.

checks::ch03_connection_manager!(exercise_03::app);
