//! The suite of chapter 07 accepts what is right and rejects what is wrong, by name.

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

// Its name lets it begin first: it mostly waits.
#[test]
fn every_conversation_of_the_binary_is_the_same_over_tcp() {
    // Half of what they are, or somebody who is dead would keep this test waiting for most of a minute.
    let settings = [("HEARTBEAT", "10"), ("PONG_GRACE", "10"), ("GOODBYE", "5")];
    checks::accept::over_tcp_hurried(
        &checks::ch07::CHAPTER,
        env!("CARGO_BIN_EXE_solution-07"),
        2,
        &settings,
        // A busy machine takes seconds for its megabytes, and there the goodbye has its limit.
        &["who_stops_reading_is_put_out"],
    );
}

#[test]
fn every_run_is_the_same() {
    let subject = Subject::serve(|listener, shutdown| {
        solution_07::serve(listener, Default::default(), shutdown)
    });
    checks::accept::steadily(&checks::ch07::CHAPTER, &subject);
}

#[test]
fn the_pristine_exercise_is_not_started() {
    let subject =
        Subject::serve(|listener, shutdown| stub::serve(listener, Default::default(), shutdown));
    checks::accept::pristine(&checks::ch07::CHAPTER, &subject);
}

#[test]
fn every_variant_is_accepted() {
    checks::accept::variants(
        &checks::ch07::CHAPTER,
        &subjects![variants: by_broadcast one_loop],
    );
}

#[test]
fn every_mistake_is_rejected_and_called_by_its_name() {
    checks::accept::mistakes(
        &checks::ch07::CHAPTER,
        &subjects![mistakes:
            awaits_each
            awaits_its_own_queue
            axum_alone
            bucket_without_a_brim
            burst_interval
            checks_then_counts
            counts_for_ever
            counts_from_the_last_sign
            counts_only_goodbyes
            cuts_off_without_a_word
            default_limits
            does_not_wait
            drops_after_the_close
            drops_at_shutdown
            drops_what_is_too_much
            fixed_beat
            goodbye_without_a_limit
            ignores_pongs
            leaves_at_close
            message_limit_only
            never_flushes
            never_gives_way
            never_says_that_it_waits
            no_heartbeat
            no_rate
            patience_begins_anew
            permit_ends_with_the_handler
            pings_for_ever
            pings_with_text
            puts_out_in_silence
            rate_per_process
            refuses_after_the_upgrade
            resets_on_send
            retries_after_a_timeout
            sends_in_select
            sends_unwatched
            shutdown_without_a_limit
            std_clock
            tolerates_the_loud
            too_big_without_a_word
            tracker_left_open
            unbounded_queue
            waits_for_a_place
            write_buffer_too_small
        ],
    );
}
