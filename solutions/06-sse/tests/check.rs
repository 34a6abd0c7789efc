//! Judges the solution of chapter 06.

checks::ch06_sse!(solution_06::serve);
