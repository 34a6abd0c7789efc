//! Judges the solution of chapter 04.

checks::ch04_multi_worker!(solution_04::connect, solution_04::app);
