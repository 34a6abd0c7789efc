//! Judges the solution of chapter 01.

checks::ch01_lifecycle!(solution_01::app);
