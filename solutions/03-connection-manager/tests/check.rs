//! Judges the solution of chapter 03.

checks::ch03_connection_manager!(solution_03::app);
