//! The suite of chapter 01 accepts what is right and rejects what is wrong, by name.

use checks::Subject;

#[path = "../mistakes/mod.rs"]
mod mistakes;
#[path = "../stub/lib.rs"]
mod stub;
#[path = "../variants/mod.rs"]
mod variants;

macro_rules! subjects {
    ($folder:ident: $($name:ident)+) => {
        [$((stringify!($name), Subject::app($folder::$name::app)),)+]
    };
}

#[test]
fn every_run_is_the_same() {
    checks::accept::steadily(&checks::ch01::CHAPTER, &Subject::app(solution_01::app));
}

#[test]
fn the_binary_says_the_same_over_tcp() {
    checks::accept::over_tcp(&checks::ch01::CHAPTER, env!("CARGO_BIN_EXE_solution-01"));
}

#[test]
fn the_pristine_exercise_is_not_started() {
    checks::accept::pristine(&checks::ch01::CHAPTER, &Subject::app(stub::app));
}

#[test]
fn every_variant_is_accepted() {
    checks::accept::variants(
        &checks::ch01::CHAPTER,
        &subjects![variants: answers_pings_by_hand one_select split_in_two],
    );
}

#[test]
fn every_mistake_is_rejected_and_called_by_its_name() {
    checks::accept::mistakes(
        &checks::ch01::CHAPTER,
        &subjects![mistakes:
            continues_on_error
            counts_only_clean_closes
            counts_twice
            drops_the_guard_at_once
            echoes_binary_as_text
            echoes_quit
            leaves_at_close
            quit_drops_the_socket
            quit_echoes_on
            quit_just_leaves
            quit_limits_each_receive
            quit_waits_for_ever
            quit_without_a_code
            returns_past_the_cleanup
            sends_close_back
            text_only_loop
            unwraps_every_message
        ],
    );
}
