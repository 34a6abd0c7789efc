//! Judges the solution of chapter 02.

checks::ch02_messages!(solution_02::app);
