//! Judges the solution of chapter 07.

checks::ch07_production!(solution_07::serve);
