//! The suite of chapter 05 accepts what is right and rejects what is wrong, by name.

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
    checks::accept::steadily(&checks::ch05::CHAPTER, &Subject::app(solution_05::app));
}

#[test]
fn the_binary_says_the_same_over_tcp() {
    checks::accept::over_tcp(&checks::ch05::CHAPTER, env!("CARGO_BIN_EXE_solution-05"));
}

#[test]
fn the_pristine_exercise_is_not_started() {
    checks::accept::pristine(&checks::ch05::CHAPTER, &Subject::app(stub::app));
}

#[test]
fn every_variant_is_accepted() {
    checks::accept::variants(
        &checks::ch05::CHAPTER,
        &subjects![variants: actor_and_select middleware_and_tasks],
    );
}

#[test]
fn every_mistake_is_rejected_and_called_by_its_name() {
    checks::accept::mistakes(
        &checks::ch05::CHAPTER,
        &subjects![mistakes:
            a_beginning_is_enough
            a_missing_origin_is_fine
            a_ping_is_the_first_message
            a_subdomain_is_fine
            a_ticket_prolongs
            a_token_is_a_ticket
            accepts_then_closes
            any_json_with_a_token
            cookie_by_prefix
            cookie_by_search
            counted_tickets
            deadline_restarts
            dismisses_who_has_left
            echoes_the_credential
            echoes_to_strangers
            ends_at_the_next_message
            ends_without_a_word
            every_message_prolongs
            everybody_is_alice
            grace_for_the_whole_session
            host_only
            ignores_origin
            leaves_at_close
            logs_the_message
            logs_the_uri
            logs_what_it_refuses
            looks_then_takes
            missing_token_is_400
            never_ends
            null_is_fine
            one_code_for_every_end
            origin_begins_alike
            origin_ends_alike
            second_chance
            selects_nothing
            the_number_is_enough
            ticket_for_ever
            ticket_stays
            tickets_by_the_clock
            trusts_the_claims
            waits_for_ever
        ],
    );
}
