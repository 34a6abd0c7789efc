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
            a_queue_without_end
            blocks_the_shutdown
            blocks_the_thread
            buffered
            counts_down_at_the_end
            cuts_completions_off
            done_without_data
            doubles_line_breaks
            eats_the_blank
            ends_without_goodbye
            events_without_ids
            first_line_only
            forgets_where_a_websocket_was
            forgets_to_wake
            forgives_garbage
            garbage_is_zero
            half_checked_name
            ignores_last_event_id
            keep_alive_as_data
            keep_alive_by_the_clock
            keeps_a_lone_cr
            keeps_one_too_few
            late_answer
            leaves_completions_behind
            leaves_sockets_behind
            loses_the_last_line_break
            nameless
            no_done
            no_keep_alive
            no_retry
            one_event_per_request
            one_event_per_wake
            only_sends
            panics_at_garbage
            plain_text
            produces_for_nobody
            refuses_garbage
            replays_to_newcomers
            reset_with_an_id
            resumes_off_by_one
            ring_of_a_channel
            silent_gap
            swallows_the_lag
            unchecked_name
            unheard_event
            waits_for_an_answer
            waits_for_the_future
            waits_for_the_slowest
            whole_answer
        ],
    );
}
