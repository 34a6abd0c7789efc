//! The suite of chapter 06 accepts what is right and rejects what is wrong, by name.

use checks::Subject;

#[path = "../mistakes/mod.rs"]
mod mistakes;
#[path = "../stub/lib.rs"]
mod stub;
#[path = "../variants/mod.rs"]
mod variants;

macro_rules! subjects {
    ($folder:ident: $($name:ident)+) => {
        [$((stringify!($name), Subject::serve($folder::$name::serve)),)+]
    };
}

#[test]
fn every_run_is_the_same() {
    checks::accept::steadily(&checks::ch06::CHAPTER, &Subject::serve(solution_06::serve));
}

#[test]
fn the_binary_says_the_same_over_tcp() {
    checks::accept::over_tcp(&checks::ch06::CHAPTER, env!("CARGO_BIN_EXE_solution-06"));
}

#[test]
fn the_pristine_exercise_is_not_started() {
    checks::accept::pristine(&checks::ch06::CHAPTER, &Subject::serve(stub::serve));
}

#[test]
fn every_variant_is_accepted() {
    checks::accept::variants(
        &checks::ch06::CHAPTER,
        &subjects![variants: a_queue_each by_hand],
    );
}

#[test]
fn every_mistake_is_rejected_and_called_by_its_name() {
    checks::accept::mistakes(
        &checks::ch06::CHAPTER,
        &subjects![mistakes:
            blocks_the_shutdown
            done_without_data
            events_without_ids
            first_line_only
            ignores_last_event_id
            keep_alive_as_data
            no_keep_alive
            plain_text
            produces_for_nobody
            resumes_off_by_one
            silent_gap
            unchecked_name
            waits_for_the_future
        ],
    );
}
