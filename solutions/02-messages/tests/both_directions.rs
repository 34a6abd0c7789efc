//! The suite of chapter 02 accepts what is right and rejects what is wrong, by name.

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
    checks::accept::steadily(&checks::ch02::CHAPTER, &Subject::app(solution_02::app));
}

#[test]
fn the_binary_says_the_same_over_tcp() {
    checks::accept::over_tcp(&checks::ch02::CHAPTER, env!("CARGO_BIN_EXE_solution-02"));
}

#[test]
fn the_pristine_exercise_is_not_started() {
    checks::accept::pristine(&checks::ch02::CHAPTER, &Subject::app(stub::app));
}

#[test]
fn every_variant_is_accepted() {
    checks::accept::variants(
        &checks::ch02::CHAPTER,
        &subjects![variants: counts_by_hand reads_a_value two_tasks],
    );
}

#[test]
fn every_mistake_is_rejected_and_called_by_its_name() {
    checks::accept::mistakes(
        &checks::ch02::CHAPTER,
        &subjects![mistakes:
            a_missing_op_is_unknown
            a_task_per_command
            adds_with_plus
            all_the_rest_is_bytes
            an_unknown_op_is_a_field
            calls_everything_bad_json
            closes_on_bad_json
            commands_in_binary
            counts_characters
            default_limits
            drops_empty_frames
            encodes_twice
            enum_without_a_tag
            explains_at_length
            json_as_binary
            leaves_at_an_error
            leaves_at_close
            leaves_on_bad_json
            limits_are_not_there_yet
            limits_frames_only
            logs_a_leaving_client
            never_lets_go
            numbers_as_doubles
            one_code_for_every_error
            reverses_bytes
            saturates
            says_nothing_to_nonsense
            untagged_commands
            unwraps_reversed_bytes
            unwraps_the_parse
            wraps_around
        ],
    );
}
