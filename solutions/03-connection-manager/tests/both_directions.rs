//! The suite of chapter 03 accepts what is right and rejects what is wrong, by name.

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
    checks::accept::steadily(&checks::ch03::CHAPTER, &Subject::app(solution_03::app));
}

#[test]
fn the_binary_says_the_same_over_tcp() {
    checks::accept::over_tcp(&checks::ch03::CHAPTER, env!("CARGO_BIN_EXE_solution-03"));
}

#[test]
fn the_pristine_exercise_is_not_started() {
    checks::accept::pristine(&checks::ch03::CHAPTER, &Subject::app(stub::app));
}

#[test]
fn every_variant_is_accepted() {
    checks::accept::variants(
        &checks::ch03::CHAPTER,
        &subjects![variants: one_actor one_select own_queue],
    );
}

#[test]
fn every_mistake_is_rejected_and_called_by_its_name() {
    checks::accept::mistakes(
        &checks::ch03::CHAPTER,
        &subjects![mistakes:
            a_full_queue_is_ignored
            announces_before_inserting
            awaits_each_member
            breaks_at_the_first_dead
            checks_then_inserts
            echoes_to_itself_first
            lagged_ends_the_loop
            leaves_at_close
            leaves_only_at_close
            leaves_the_writer_behind
            leaves_twice
            left_at_close_and_again
            lock_across_await
            never_cuts_off
            never_flushes
            never_gives_way
            overwrites_a_place
            put_out_and_still_heard
            queue_of_48
            queue_of_8
            refuses_after_the_upgrade
            removes_by_name
            skips_what_it_missed
            speaks_binary
            stops_at_the_first_dead
            task_per_send
            text_only_loop
            unbounded_queue
        ],
    );
}

#[test]
fn a_thousand_members_hear_one_message() {
    let played = checks::play(
        &Subject::app(solution_03::app),
        &checks::ch03::A_THOUSAND,
        std::time::Duration::from_secs(120),
    );
    let heard = "probe · each of the crowd heard it once";
    assert!(played.transcript.contains(heard), "{}", played.transcript);
}
