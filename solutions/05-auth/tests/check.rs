//! Judges the solution of chapter 05.

checks::ch05_auth!(solution_05::app);
