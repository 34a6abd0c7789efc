//! Chapter 04, several workers: one chat on more than one server, and a bus between them.

use std::time::Duration;

use transcript::{Client, Http, Payload};

use crate::{
    broker::Kind,
    chapter::{Chapter, Conversation, Mistake, conversations},
    scenes::{in_order, like_alice},
    stage::Stage,
};

/// The suite of chapter 04.
pub static CHAPTER: Chapter = Chapter {
    number: "04",
    topic: "multi-worker",
    conversations: CONVERSATIONS,
    only_here: &[
        "workers_without_a_bus_do_not_hear_each_other",
        "workers_on_one_bus_hear_each_other_once",
        "all_hear_the_same_order_on_every_worker",
        "a_user_with_two_tabs_hears_itself_in_both",
        "each_worker_subscribes_once",
        "workers_over_redis_hear_each_other_once",
        "members_share_the_subscription_of_their_worker",
        "a_burst_arrives_once_and_in_order",
        "a_late_answer_holds_nobody_up",
        "a_lost_answer_is_no_reason_to_say_it_again",
        "a_latecomer_hears_what_is_said_from_then_on",
        "a_worker_dies_and_the_others_go_on",
        "while_the_bus_is_away_nothing_is_pretended",
        "each_of_many_is_refused",
        "when_the_bus_is_back_everyone_is_heard_again",
        "a_worker_waits_for_its_bus",
        "a_bus_that_is_away_is_asked_for_with_pauses",
    ],
    not_played: &[
        "a broker that goes silent without closing a connection: when does yours notice?",
        "an answer to PUBLISH that is lost: what does its speaker get to know, who hears it all the same?",
        "a worker that is deaf while the broker takes what it says: is it refused, since its own members would miss it?",
        "a broker that is away for an hour: do your pauses stay short enough to be back two seconds after it?",
        "the order, where several threads run your tasks: can two texts be delivered at the same time?",
        "a hundred workers whose broker is back: do they all come in the same millisecond?",
    ],
    mistakes: MISTAKES,
};

const CONVERSATIONS: &[Conversation] = conversations![
    1 a_worker_is_ready_when_it_hears_the_bus "a worker is ready when it hears the bus",
    2 one_worker_is_a_chat "one worker is a chat",
    2 workers_without_a_bus_do_not_hear_each_other "workers without a bus do not hear each other",
    2 workers_on_one_bus_hear_each_other_once "workers on one bus hear each other, once",
    2 all_hear_the_same_order_on_every_worker "all hear the same order, on every worker",
    2 a_user_with_two_tabs_hears_itself_in_both "a user with two tabs hears itself in both",
    3 each_worker_subscribes_once "each worker subscribes once",
    4 workers_over_redis_hear_each_other_once "workers over Redis hear each other, once",
    4 members_share_the_subscription_of_their_worker "members share the subscription of their worker",
    4 a_burst_arrives_once_and_in_order "a burst arrives once, and in order",
    4 a_late_answer_holds_nobody_up "a late answer holds nobody up",
    4 a_lost_answer_is_no_reason_to_say_it_again "a lost answer is no reason to say it again",
    4 a_latecomer_hears_what_is_said_from_then_on "a latecomer hears what is said from then on",
    4 a_worker_dies_and_the_others_go_on "a worker dies, and the others go on",
    5 while_the_bus_is_away_nothing_is_pretended "while the bus is away nothing is pretended",
    5 each_of_many_is_refused "each of many is refused",
    5 when_the_bus_is_back_everyone_is_heard_again "when the bus is back everyone is heard again",
    5 a_worker_waits_for_its_bus "a worker waits for its bus",
    5 a_bus_that_is_away_is_asked_for_with_pauses "a bus that is away is asked for, with pauses",
];

/// Conversations in which Redis is asked something that other brokers have no answer to.
pub const REDIS_ONLY: &[&str] = &[
    "each_worker_subscribes_once",
    "members_share_the_subscription_of_their_worker",
    "a_late_answer_holds_nobody_up",
    "a_lost_answer_is_no_reason_to_say_it_again",
];

/// How late an answer of Redis comes where that is the matter: later than a server that has become quiet is waited for, and soon enough
/// for the two of them that it takes to connect and say something in the second that the exercise gives them.
const LATE: Duration = Duration::from_millis(300);

/// Which broker a run speaks to, in words.
pub fn broker() -> String {
    Kind::Redis.chosen()
}

async fn a_worker_is_ready_when_it_hears_the_bus(stage: &Stage) {
    stage.one_worker().await;
    let probe = stage.client("probe");
    probe.get("/ready").await;
}

async fn one_worker_is_a_chat(stage: &Stage) {
    stage.one_worker().await;
    let [alice, bob] = people(stage, [("alice", 0), ("bob", 0)]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    alice.text("hello").await;
    bob.close(1000, "").await;
}

async fn workers_without_a_bus_do_not_hear_each_other(stage: &Stage) {
    stage
        .server_remark("starts two workers, on a bus each")
        .await;
    stage.start_on(&stage.bus()).await;
    stage.start_on(&stage.bus()).await;
    let [alice, bob] = people(stage, [("alice", 0), ("bob", 1)]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    alice.text("can you hear me, bob?").await;
    bob.text("is nobody here?").await;
}

/// Two workers on one bus, under virtual time.
async fn two_on_one_bus(stage: &Stage) {
    stage.server_remark("starts two workers, on one bus").await;
    let bus = stage.bus();
    stage.start_on(&bus).await;
    stage.start_on(&bus).await;
}

async fn workers_on_one_bus_hear_each_other_once(stage: &Stage) {
    two_on_one_bus(stage).await;
    let [alice, bob] = people(stage, [("alice", 0), ("bob", 1)]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    alice.text("can you hear me, bob?").await;
    bob.text("I can").await;
    bob.close(1000, "").await;
}

async fn all_hear_the_same_order_on_every_worker(stage: &Stage) {
    two_on_one_bus(stage).await;
    let names = ["alice", "bob", "carol", "dave"];
    let all = people(stage, [("alice", 0), ("bob", 1), ("carol", 0), ("dave", 1)]);
    for (one, name) in all.iter().zip(names) {
        enter(one, name).await;
    }
    all.iter().for_each(Client::gather);
    let [alice, bob, ..] = &all;
    stage.two_talk(alice, bob).await;
    // That everyone has them in one order is not open.
    let heard = all.each_ref().map(Client::take_gathered);
    for (one, its) in all.iter().zip(&heard) {
        let in_order = match in_order(its) {
            true => "each speaker's in order",
            false => "not each speaker's in order",
        };
        let like = like_alice(its, &heard[0]);
        one.remark(&format!("heard {} messages, {in_order}, {like}", its.len()));
    }
}

async fn a_user_with_two_tabs_hears_itself_in_both(stage: &Stage) {
    two_on_one_bus(stage).await;
    let [phone, laptop, bob] = people(stage, [("phone", 0), ("laptop", 1), ("bob", 1)]);
    enter(&phone, "alice").await;
    enter(&laptop, "alice").await;
    enter(&bob, "bob").await;
    laptop.text("I write this on my laptop").await;
    bob.text("and we read it").await;
}

/// Brings a broker and starts two workers on it; says no when they do not get ready, and the conversation is over.
async fn two_on_a_broker(stage: &Stage, to_be_stopped: bool) -> bool {
    if !stage.bring_broker(to_be_stopped).await {
        return false;
    }
    get_ready(stage, 2).await
}

/// Starts so many workers on the broker; says no when they do not get ready, and the conversation is over.
async fn get_ready(stage: &Stage, count: usize) -> bool {
    for _ in 0..count {
        stage.start_worker().await;
    }
    let all: Vec<_> = (0..count).collect();
    stage.all_answer(&all, 200).await
}

async fn each_worker_subscribes_once(stage: &Stage) {
    if two_on_a_broker(stage, false).await {
        stage.publish("is anybody there?").await;
        stage.publish_on("-2", "this is another channel").await;
    }
}

async fn workers_over_redis_hear_each_other_once(stage: &Stage) {
    if !two_on_a_broker(stage, false).await {
        return;
    }
    let [alice, bob] = people(stage, [("alice", 0), ("bob", 1)]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    alice.text("can you hear me, bob?").await;
    bob.text("I can: ¿qué tal? 👋").await;
    bob.close(1000, "").await;
}

async fn members_share_the_subscription_of_their_worker(stage: &Stage) {
    if !two_on_a_broker(stage, false).await {
        return;
    }
    let [alice, bob, carol] = people(stage, [("alice", 0), ("bob", 0), ("carol", 1)]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    enter(&carol, "carol").await;
    stage.publish("news from elsewhere").await;
    // Not UTF-8: nothing that a member could hear, and no reason to hear nothing any more.
    stage.publish_bytes(&[0xff, 0xfe]).await;
    bob.vanish().await;
    stage.publish("more news").await;
}

async fn a_burst_arrives_once_and_in_order(stage: &Stage) {
    if !two_on_a_broker(stage, false).await {
        return;
    }
    let [alice, bob, carol] = people(stage, [("alice", 0), ("bob", 0), ("carol", 1)]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    enter(&carol, "carol").await;
    let said: Vec<_> = (1..=300).map(|n| n.to_string()).collect();
    for one in [&alice, &bob, &carol] {
        one.gather();
    }
    alice.remark("says 300 short messages at once");
    alice.hide();
    alice.burst(&said).await;
    alice.show_itself();
    let heard: Vec<_> = said.iter().map(|text| format!("alice: {text}")).collect();
    for one in [&alice, &bob, &carol] {
        account(one, "message", &heard);
    }
}

async fn a_late_answer_holds_nobody_up(stage: &Stage) {
    if !stage.bring_broker(true).await {
        return;
    }
    stage.put_a_network_between(LATE).await;
    if !get_ready(stage, 1).await {
        return;
    }
    let alice = at(stage, "alice", 0);
    enter(&alice, "alice").await;
    let before = stage.connections_to_the_broker();
    alice.remark("sees five guests come in, one after the other");
    let guests = [1, 2, 3, 4, 5].map(|n| stage.client_of(&format!("guest-{n}"), 0));
    alice.gather();
    for guest in &guests {
        guest.hide();
        enter(guest, "guest").await;
    }
    alice.take_gathered();
    alice.gather();
    // What comes later than that is no part of it.
    alice.hide();
    stage
        .at_once(async || {
            for guest in &guests {
                guest.text("hello").await;
            }
        })
        .await;
    let heard = alice.take_gathered().len();
    alice.remark(match heard == guests.len() {
        true => "hears each of the five, who say hello at once",
        false => "does not hear each of the five, who say hello at once",
    });
    let text = match stage.connections_to_the_broker() == before {
        true => "worker 1 has opened no further connection to the broker",
        false => "worker 1 has opened more connections to the broker",
    };
    stage.server_remark(text).await;
}

async fn a_lost_answer_is_no_reason_to_say_it_again(stage: &Stage) {
    if !stage.bring_broker(true).await {
        return;
    }
    stage.put_a_network_between(Duration::ZERO).await;
    if !get_ready(stage, 1).await {
        return;
    }
    let [alice, bob] = [at(stage, "alice", 0), at(stage, "bob", 0)];
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    stage.lose_an_answer().await;
    alice.remark("says hello");
    // What she is told is open: nobody can know.
    alice.hide();
    bob.gather();
    alice.text("hello").await;
    let heard = bob.take_gathered().len();
    bob.remark(match heard {
        1 => "hears what alice says, once",
        0 => "does not hear what alice says",
        _ => "hears what alice says more than once",
    });
    bob.text("and what I say?").await;
}

async fn a_latecomer_hears_what_is_said_from_then_on(stage: &Stage) {
    if !stage.bring_broker(false).await || !get_ready(stage, 1).await {
        return;
    }
    let alice = at(stage, "alice", 0);
    enter(&alice, "alice").await;
    alice.text("is anybody there?").await;
    stage.start_worker().await;
    if !stage.all_answer(&[1], 200).await {
        return;
    }
    let bob = at(stage, "bob", 1);
    enter(&bob, "bob").await;
    alice.text("and now?").await;
}

async fn a_worker_dies_and_the_others_go_on(stage: &Stage) {
    if !two_on_a_broker(stage, false).await {
        return;
    }
    let [alice, bob, carol] = people(stage, [("alice", 0), ("bob", 1), ("carol", 1)]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    enter(&carol, "carol").await;
    stage.kill_worker(0).await;
    bob.text("alice?").await;
    let alice = at(stage, "alice", 1);
    enter(&alice, "alice").await;
    alice.text("I am here again").await;
}

async fn while_the_bus_is_away_nothing_is_pretended(stage: &Stage) {
    if !two_on_a_broker(stage, true).await {
        return;
    }
    let [alice, bob, carol] = people(stage, [("alice", 0), ("bob", 1), ("carol", 1)]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    stage.stop_broker().await;
    if !stage.all_answer(&[0, 1], 503).await {
        return;
    }
    alice.text("can you hear me, bob?").await;
    bob.text("hello?").await;
    enter(&carol, "carol").await;
    alice.ping("are we connected?").await;
}

async fn each_of_many_is_refused(stage: &Stage) {
    if !two_on_a_broker(stage, true).await {
        return;
    }
    // A refusal is for its speaker alone: a neighbour on its own worker hears it no more than somebody elsewhere.
    let [alice, bob, carol] = people(stage, [("alice", 0), ("bob", 0), ("carol", 1)]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    enter(&carol, "carol").await;
    stage.stop_broker().await;
    if !stage.all_answer(&[0, 1], 503).await {
        return;
    }
    for one in [&alice, &bob, &carol] {
        one.gather();
    }
    let said: Vec<_> = (1..=300).map(|n| n.to_string()).collect();
    alice.remark("says 300 short messages at once");
    alice.hide();
    alice.burst(&said).await;
    alice.show_itself();
    let refused: Vec<_> = said
        .iter()
        .map(|text| format!("! not sent: {text}"))
        .collect();
    for one in [&alice, &bob, &carol] {
        account(one, "refusal", &refused);
    }
}

async fn when_the_bus_is_back_everyone_is_heard_again(stage: &Stage) {
    if !two_on_a_broker(stage, true).await {
        return;
    }
    let [alice, bob, carol] = people(stage, [("alice", 0), ("bob", 1), ("carol", 0)]);
    enter(&alice, "alice").await;
    enter(&bob, "bob").await;
    // Once could be luck.
    for (lost, heard) in [("one", "two"), ("three", "four")] {
        stage.stop_broker().await;
        if !stage.all_answer(&[0, 1], 503).await {
            return;
        }
        alice.text(lost).await;
        stage.restart_broker().await;
        if !stage.all_answer(&[0, 1], 200).await {
            return;
        }
        alice.text(heard).await;
    }
    enter(&carol, "carol").await;
    bob.text("all of us?").await;
}

async fn a_worker_waits_for_its_bus(stage: &Stage) {
    if !stage.bring_broker(true).await {
        return;
    }
    stage.stop_broker().await;
    stage.start_worker().await;
    if !stage.all_answer(&[0], 503).await {
        return;
    }
    let early = at(stage, "early", 0);
    enter(&early, "early").await;
    stage.restart_broker().await;
    if !stage.all_answer(&[0], 200).await {
        return;
    }
    let alice = at(stage, "alice", 0);
    enter(&alice, "alice").await;
    alice.text("here I am").await;
}

async fn a_bus_that_is_away_is_asked_for_with_pauses(stage: &Stage) {
    if !stage.bring_broker(true).await || !get_ready(stage, 1).await {
        return;
    }
    stage.stop_broker().await;
    if stage.all_answer(&[0], 503).await {
        stage.watch_the_door(Duration::from_secs(2)).await;
    }
}

/// Clients, each of the worker with this number.
fn people<const N: usize>(stage: &Stage, names: [(&str, usize); N]) -> [Client; N] {
    let several = names.iter().any(|(_, worker)| *worker > 0);
    names.map(|(name, worker)| match several {
        true => at(stage, name, worker),
        false => stage.client(name),
    })
}

/// A client of the worker with this number, and says so.
fn at(stage: &Stage, name: &str, worker: usize) -> Client {
    let client = stage.client_of(name, worker);
    client.remark(&format!("is a client of worker {}", worker + 1));
    client
}

async fn enter(client: &Client, name: &str) {
    client.open(Http::get(&format!("/ws/chat/{name}"))).await;
}

/// Says in one line which of these texts a client has heard since it gathers, and what else.
fn account(client: &Client, what: &str, said: &[String]) {
    let heard = client.take_gathered();
    let all: Vec<_> = said.iter().map(|text| Payload::text(text)).collect();
    let (texts, others): (Vec<_>, Vec<_>) = heard.into_iter().partition(|text| all.contains(text));
    let mut each = texts.clone();
    each.sort_by_key(Payload::to_string);
    each.dedup();
    let texts = if texts.is_empty() {
        format!("hears no {what}")
    } else if texts == all {
        format!("hears every {what} once, in order")
    } else if each.len() < texts.len() {
        format!("hears a {what} more than once")
    } else if each.len() == all.len() {
        format!("hears every {what} once, out of order")
    } else {
        format!("does not hear every {what}")
    };
    let others: Vec<_> = others.iter().map(Payload::to_string).collect();
    let others = match others.len() {
        0 => "nothing else".into(),
        1..=3 => others.join(", "),
        // Nobody reads three hundred of them.
        more => format!("{}, {} and {} more", others[0], others[1], more - 2),
    };
    client.remark(&format!("{texts}, and {others}"));
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "delivers_twice",
        title: "delivering twice",
        conversation: "workers_on_one_bus_hear_each_other_once",
        why: "Members of the speaker's worker hear it twice: once from you, and once from the bus, which says to every subscriber what anybody \
              published, your own worker included. Publish, and deliver only what comes from the subscription.",
        read: "04-multi-worker.html#delivering-twice",
        tell: &[],
    },
    Mistake {
        name: "echoes_to_the_speaker",
        title: "telling the speaker at once",
        conversation: "one_worker_is_a_chat",
        why: "Whoever says something hears it twice: once from you at once, and once from the bus like everyone else. Tell the speaker \
              nothing: its own words come back to it by the subscription, at the place in the order that everybody hears.",
        read: "04-multi-worker.html#telling-the-speaker-at-once",
        tell: &[],
    },
    Mistake {
        name: "own_members_first",
        title: "telling one's own members first",
        conversation: "all_hear_the_same_order_on_every_worker",
        why: "Your own members hear a text at once, and everyone else by the bus: two who speak at the same moment are heard in one order here and \
              in another there, and when the bus is away half of the room hears what the other half does not. Publish, and deliver only what comes \
              from the subscription: the bus is the one place that makes an order.",
        read: "04-multi-worker.html#telling-ones-own-members-first",
        tell: &[],
    },
    Mistake {
        name: "skips_its_own_users",
        title: "skipping by the name of the user",
        conversation: "a_user_with_two_tabs_hears_itself_in_both",
        why: "You leave out what comes back from the bus when its speaker's name is one of yours. A user is not a connection: alice has a tab on \
              another worker too, and what she says there never reaches the one here. If something has to be left out, then by the worker that \
              published it; better is to leave out nothing, and to deliver only what comes from the subscription.",
        read: "04-multi-worker.html#skipping-by-the-name-of-the-user",
        tell: &[],
    },
    Mistake {
        name: "subscribes_after_announcing",
        title: "subscribing after announcing",
        conversation: "one_worker_is_a_chat",
        why: "The first to come does not hear its own arrival: you publish it before the subscription is in force, and a bus without memory has \
              said it to nobody. Subscribe when the worker starts, await that it is confirmed, and be ready only then.",
        read: "04-multi-worker.html#subscribing-after-announcing",
        tell: &[],
    },
    Mistake {
        name: "a_channel_each",
        title: "nobody on the channel that is shared",
        conversation: "each_worker_subscribes_once",
        why: "Nobody is subscribed to the channel that the workers are told to share. Either you are subscribed to nothing yet: \
              `get_async_pubsub` only connects, and `subscribe` subscribes. Or your channel has another name: with something of the worker in \
              it, so that each talks to itself; or one that is written in your code, where the check, which shows it as `chat`, has a new one \
              in every run. Subscribe to `self.channel`: a name that tells deployments apart comes from the configuration.",
        read: "04-multi-worker.html#nobody-on-the-channel-that-is-shared",
        tell: &[],
    },
    Mistake {
        name: "blocks_the_thread",
        title: "waiting with a client that blocks",
        conversation: "each_worker_subscribes_once",
        why: "The worker answers nothing any more, as soon as it is subscribed: its thread stands still in a call that waits without `.await`, \
              such as `get_message()` of the blocking client. With more threads it is one of them that is gone, which is harder to find. Use the \
              client's async connections (`get_async_pubsub`, `get_multiplexed_async_connection`).",
        read: "04-multi-worker.html#waiting-with-a-client-that-blocks",
        tell: &["get_message("],
    },
    Mistake {
        name: "subscribes_to_a_pattern",
        title: "subscribing to a pattern",
        conversation: "each_worker_subscribes_once",
        why: "Your worker hears a channel that is not its own, whose name only begins like it: `psubscribe` takes every channel that matches. \
              Two deployments on one Redis, `chat` and `chat-2`, would hear each other, or one of them the other. Subscribe to the one name \
              that you are given.",
        read: "04-multi-worker.html#subscribing-to-a-pattern",
        tell: &[],
    },
    Mistake {
        name: "publishes_on_the_subscribed_connection",
        title: "publishing on the subscribed connection",
        conversation: "workers_over_redis_hear_each_other_once",
        why: "Nobody gets in, since nothing can be published: a connection that is subscribed accepts (P|S)SUBSCRIBE, UNSUBSCRIBE, PING, QUIT and \
              RESET in RESP2, and refuses PUBLISH. Publish on a connection of its own.",
        read: "04-multi-worker.html#publishing-on-the-subscribed-connection",
        tell: &[],
    },
    Mistake {
        name: "announces_first",
        title: "announcing before there is a place",
        conversation: "a_late_answer_holds_nobody_up",
        why: "Who comes does not hear its own arrival, nor what is said before it has a place: you publish first, and take the place when \
              Redis has answered, and subscribers can be told earlier than you. Which of the two is faster is chance; here \
              the answer comes late. Take the place, then announce; when that fails, give the place up.",
        read: "04-multi-worker.html#announcing-before-there-is-a-place",
        tell: &[],
    },
    Mistake {
        name: "one_answer_at_a_time",
        title: "one answer at a time",
        conversation: "a_late_answer_holds_nobody_up",
        why: "What one member says waits until Redis has answered the one before, so a worker says no more than one text in a round trip, \
              whoever speaks. Either a lock is held while the answer is awaited (a guard lives until the end of its scope, also in a `match` \
              or an `if let`), or the client blocks its thread (`get_connection`). Clone the `MultiplexedConnection` out of the lock, let go \
              of the lock, and await then: one connection carries many commands at once.",
        read: "04-multi-worker.html#one-answer-at-a-time",
        tell: &[],
    },
    Mistake {
        name: "connects_for_each_message",
        title: "a connection for each message",
        conversation: "a_late_answer_holds_nobody_up",
        why: "For each text your worker opens a connection to Redis, and with it come a handshake, a socket and one of the broker's `maxclients`: what is said takes several \
              round trips instead of one, and a busy room runs out of ports. Open one, keep it, and clone the handle of it: `MultiplexedConnection`.",
        read: "04-multi-worker.html#a-connection-for-each-message",
        tell: &[],
    },
    Mistake {
        name: "says_it_again",
        title: "saying it again",
        conversation: "a_lost_answer_is_no_reason_to_say_it_again",
        why: "A message is heard twice when the answer to its `PUBLISH` is lost: you try again after an error, and an error does not say that nobody has heard it. Without a \
              number by which it can be told from another one a message is said at most once; tell its speaker, who can look.",
        read: "04-multi-worker.html#saying-it-again",
        tell: &[],
    },
    Mistake {
        name: "keeps_a_broken_publisher",
        title: "keeping a broken connection for publishing",
        conversation: "a_lost_answer_is_no_reason_to_say_it_again",
        why: "The worker hears, and cannot speak any more: its connection for publishing has broken, that of the subscription has not, and you make a new one only with a \
              new subscription. Forget it when it fails: `*self.publisher.lock().await = None`.",
        read: "04-multi-worker.html#keeping-a-broken-connection-for-publishing",
        tell: &[],
    },
    Mistake {
        name: "wraps_what_it_says",
        title: "an envelope of one's own",
        conversation: "members_share_the_subscription_of_their_worker",
        why: "What another program publishes on the channel is heard by nobody: your workers publish an envelope of their own, JSON perhaps, \
              and take nothing else. Here the text on the channel is the text that members hear. Where an envelope is needed it is part of the \
              contract, with a version, and what is not understood is counted and logged, since nobody else will notice.",
        read: "04-multi-worker.html#an-envelope-of-ones-own",
        tell: &[],
    },
    Mistake {
        name: "trusts_the_channel",
        title: "trusting what is on the channel",
        conversation: "members_share_the_subscription_of_their_worker",
        why: "Another program publishes something that is not UTF-8, and your worker hears nothing from then on: an `unwrap` ends its listening task, or an error its \
              subscription. Everybody who can reach the broker can publish, so what comes from it is input like any other. Leave out what cannot be read, and go on.",
        read: "04-multi-worker.html#trusting-what-is-on-the-channel",
        tell: &[],
    },
    Mistake {
        name: "a_subscription_each",
        title: "a subscription for each member",
        conversation: "members_share_the_subscription_of_their_worker",
        why: "Redis counts more subscribers than there are workers: each member has a subscription, and with it a connection to the broker, of its \
              own. A thousand members make it send every message a thousand times, and `maxclients` is 10,000. Subscribe once in each worker, and \
              let its room do the rest.",
        read: "04-multi-worker.html#a-subscription-for-each-member",
        tell: &[],
    },
    Mistake {
        name: "replays_everything",
        title: "saying everything again",
        conversation: "when_the_bus_is_back_everyone_is_heard_again",
        why: "After the restart your members hear once more what they have heard already: whoever subscribes is told all that was said before, and \
              hands it on to everybody. A history is for the member who asks for it, from the last number that it has; what comes live goes to \
              everyone, once.",
        read: "04-multi-worker.html#saying-everything-again",
        tell: &[],
    },
    Mistake {
        name: "always_ready",
        title: "being ready because one runs",
        conversation: "while_the_bus_is_away_nothing_is_pretended",
        why: "`/ready` says 200 while the worker hears nothing: whoever balances the load goes on sending people to a worker that can tell them \
              nothing. Ready is a worker whose subscription is in force.",
        read: "04-multi-worker.html#being-ready-because-one-runs",
        tell: &[],
    },
    Mistake {
        name: "goes_on_alone",
        title: "going on alone",
        conversation: "while_the_bus_is_away_nothing_is_pretended",
        why: "While the bus is away the members of your worker hear each other, and believe that this is everybody: each worker has a talk of \
              its own, and nobody is told. That can be a policy, if everybody sees it. Here the speaker is told `! not sent: …`, and newcomers \
              get 503.",
        read: "04-multi-worker.html#going-on-alone",
        tell: &[],
    },
    Mistake {
        name: "closes_everyone",
        title: "closing everyone's connection",
        conversation: "while_the_bus_is_away_nothing_is_pretended",
        why: "You end all connections when the bus is gone. It will be back in a second, and then all your members come at once, each with a \
              handshake: the outage of one service becomes a storm for the others. Keep them, tell them what is not sent, and subscribe again.",
        read: "04-multi-worker.html#closing-everyones-connection",
        tell: &[],
    },
    Mistake {
        name: "swallows_the_failure",
        title: "swallowing the failure",
        conversation: "while_the_bus_is_away_nothing_is_pretended",
        why: "What is said while the bus is away disappears without a word: you let a failed publish pass, or take the attempt for the deed. Its \
              speaker has to know: `! not sent: …`; and whoever cannot be announced is refused with 503.",
        read: "04-multi-worker.html#swallowing-the-failure",
        tell: &[],
    },
    Mistake {
        name: "refuses_while_there_is_room",
        title: "refusing as long as there is room",
        conversation: "each_of_many_is_refused",
        why: "Of many messages that are said while the bus is away the first ones are refused, and the others disappear without a word: a refusal goes into \
              the speaker's own queue, a refusal takes no time, and when the queue is full you let go of it. Wait for room in that queue. It is the speaker's own, so \
              whoever says more than it reads waits for nobody but itself.",
        read: "04-multi-worker.html#refusing-as-long-as-there-is-room",
        tell: &[],
    },
    Mistake {
        name: "keeps_it_for_later",
        title: "keeping it for later",
        conversation: "when_the_bus_is_back_everyone_is_heard_again",
        why: "What could not be published is said later, when the bus is back: old words in a talk that has gone on, from a queue that had no \
              bound. Whoever has been told nothing has said it again by then. Either refuse, as here, or keep it with a bound, a date and a number \
              by which it can be left out.",
        read: "04-multi-worker.html#keeping-it-for-later",
        tell: &[],
    },
    Mistake {
        name: "gives_up",
        title: "giving up at the first lost connection",
        conversation: "when_the_bus_is_back_everyone_is_heard_again",
        why: "The subscription has ended and nobody subscribes again: the worker is deaf until somebody restarts it. The end of the subscription \
              is no end of the worker: wait a moment, and subscribe again, as often as it takes.",
        read: "04-multi-worker.html#giving-up-at-the-first-lost-connection",
        tell: &[],
    },
    Mistake {
        name: "forgets_to_subscribe_again",
        title: "reconnecting without subscribing",
        conversation: "when_the_bus_is_back_everyone_is_heard_again",
        why: "You have a new connection, and believe that you hear. A subscription belongs to the connection on which it was made, and to the \
              broker that knew it: subscribe again on the new one, and be ready when that is confirmed.",
        read: "04-multi-worker.html#reconnecting-without-subscribing",
        tell: &[],
    },
    Mistake {
        name: "keeps_a_dead_publisher",
        title: "keeping a dead connection for publishing",
        conversation: "when_the_bus_is_back_everyone_is_heard_again",
        why: "The worker hears again, and cannot speak: your connection for publishing was lost in the same moment as the other, and nobody makes \
              a new one. A `MultiplexedConnection` does not heal. Drop it when it fails, and when you subscribe again; or use a \
              `ConnectionManager`, and remember that its first command after the loss is the one that fails.",
        read: "04-multi-worker.html#keeping-a-dead-connection-for-publishing",
        tell: &[],
    },
    Mistake {
        name: "two_who_reconnect",
        title: "two who reconnect",
        conversation: "when_the_bus_is_back_everyone_is_heard_again",
        why: "After the restart the members of one worker hear everything twice: two tasks noticed that the connection was gone, and both have \
              subscribed again. One task owns the subscription and its renewal, and nobody else starts one.",
        read: "04-multi-worker.html#two-who-reconnect",
        tell: &[],
    },
    Mistake {
        name: "starts_without_a_bus",
        title: "expecting the bus at the start",
        conversation: "a_worker_waits_for_its_bus",
        why: "A worker that started before its broker never hears it: the first subscription is made outside of the loop that makes all the \
              others, so its failure is final. After a power cut nobody knows who is up first. Make the first subscription like every other.",
        read: "04-multi-worker.html#expecting-the-bus-at-the-start",
        tell: &[],
    },
    Mistake {
        name: "asks_without_a_pause",
        title: "asking without a pause",
        conversation: "a_bus_that_is_away_is_asked_for_with_pauses",
        why: "While the broker is away you ask for it as fast as your machine can: a core is busy with that, the log is full of it, and a \
              broker that starts is met by all workers at once, again and again. Pause between attempts, a little longer each time up to a \
              second, and with hundreds of workers add some chance.",
        read: "04-multi-worker.html#asking-without-a-pause",
        tell: &[],
    },
];
