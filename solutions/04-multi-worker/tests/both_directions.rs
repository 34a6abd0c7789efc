//! The suite of chapter 04 accepts what is right and rejects what is wrong, by name.

use checks::Subject;

#[path = "../mistakes/mod.rs"]
mod mistakes;
#[path = "../stub/lib.rs"]
mod stub;
#[path = "../variants/mod.rs"]
mod variants;

macro_rules! subjects {
    ($folder:ident: $($name:ident)+) => {
        [$((stringify!($name), Subject::workers($folder::$name::connect, $folder::$name::app)),)+]
    };
}

#[test]
fn every_run_is_the_same() {
    checks::accept::steadily(&checks::ch04::CHAPTER, &solution());
}

/// The workers of each conversation with a broker are processes of their own, so this is the whole way: TCP, a process, TCP, Redis.
#[test]
fn two_processes_say_the_same_over_tcp() {
    let binary = env!("CARGO_BIN_EXE_solution-04");
    let subject = solution().as_processes(binary);
    checks::accept::elsewhere(
        &checks::ch04::CHAPTER,
        "the binary, once for each worker,",
        &subject,
        &[],
    );
}

#[cfg(feature = "nats")]
#[test]
fn workers_over_nats_say_the_same() {
    let subject = solution().over(checks::broker::Kind::Nats);
    checks::accept::elsewhere(
        &checks::ch04::CHAPTER,
        "the solution over NATS",
        &subject,
        checks::ch04::REDIS_ONLY,
    );
}

#[cfg(feature = "rabbitmq")]
#[test]
fn workers_over_rabbitmq_say_the_same() {
    let subject = solution().over(checks::broker::Kind::RabbitMq);
    checks::accept::elsewhere(
        &checks::ch04::CHAPTER,
        "the solution over RabbitMQ",
        &subject,
        checks::ch04::REDIS_ONLY,
    );
}

#[test]
fn the_pristine_exercise_is_not_started() {
    let stub = Subject::workers(stub::connect, stub::app);
    checks::accept::pristine(&checks::ch04::CHAPTER, &stub);
}

#[test]
fn every_variant_is_accepted() {
    checks::accept::variants(
        &checks::ch04::CHAPTER,
        &subjects![variants: one_task_each one_task_publishes],
    );
}

#[test]
fn every_mistake_is_rejected_and_called_by_its_name() {
    checks::accept::mistakes(
        &checks::ch04::CHAPTER,
        &subjects![mistakes:
            a_channel_each
            a_subscription_each
            always_ready
            announces_first
            asks_without_a_pause
            blocks_the_thread
            closes_everyone
            connects_for_each_message
            delivers_twice
            echoes_to_the_speaker
            forgets_to_subscribe_again
            gives_up
            goes_on_alone
            keeps_a_broken_publisher
            keeps_a_dead_publisher
            keeps_it_for_later
            one_answer_at_a_time
            own_members_first
            publishes_on_the_subscribed_connection
            refuses_while_there_is_room
            replays_everything
            says_it_again
            skips_its_own_users
            starts_without_a_bus
            subscribes_after_announcing
            subscribes_to_a_pattern
            swallows_the_failure
            trusts_the_channel
            two_who_reconnect
            wraps_what_it_says
        ],
    );
}

fn solution() -> Subject {
    Subject::workers(solution_04::connect, solution_04::app)
}
