//! Judges exercise 02: `cargo test -p exercise-02`.

checks::ch02_messages!(exercise_02::app);
