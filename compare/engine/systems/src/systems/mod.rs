//! Every system that takes part, a file for each library.

// Under shuttle only what runs on its primitives takes part.
#![cfg_attr(chanpatterns_shuttle, allow(dead_code))]

#[cfg(not(chanpatterns_shuttle))]
mod async_channel;
mod chanpatterns;
#[cfg(not(chanpatterns_shuttle))]
mod crossbeam;
#[cfg(not(chanpatterns_shuttle))]
mod flume;
#[cfg(not(chanpatterns_shuttle))]
mod kanal;
#[cfg(not(chanpatterns_shuttle))]
mod specimen;
#[cfg(not(chanpatterns_shuttle))]
mod std_mpsc;
#[cfg(not(chanpatterns_shuttle))]
mod tokio_broadcast;
#[cfg(not(chanpatterns_shuttle))]
mod tokio_mpsc;
#[cfg(not(chanpatterns_shuttle))]
mod tokio_watch;

use self::chanpatterns::Chanpatterns;
use crate::about::{Not, Widened};
use crate::system::System;

/// Every system.
#[cfg(chanpatterns_shuttle)]
pub fn all() -> Vec<Box<dyn System>> {
    use crate::modelled::Modelled;
    vec![
        Box::new(Modelled::<Chanpatterns<false>>::new("shuttle/chanpatterns")),
        Box::new(Modelled::<Chanpatterns<true>>::new(
            "shuttle/chanpatterns/tasks",
        )),
    ]
}

/// This repository's channels with each of the faults that were put into them.
#[cfg(chanpatterns_mutants)]
pub fn mutants() -> Vec<Box<dyn System>> {
    use crate::modelled::Modelled;
    use crate::mutant::Mutant;
    let both = ::chanpatterns::mutants::MUTANTS.iter().map(|mutant| {
        let name =
            |tail| -> &'static str { format!("mutants/{mutant}{tail}").leak() };
        let threads = Modelled::<Chanpatterns<false>>::new(name(""));
        let tasks = Modelled::<Chanpatterns<true>>::new(name("/tasks"));
        let threads: Box<dyn System> = Box::new(Mutant::new(mutant, threads));
        [threads, Box::new(Mutant::new(mutant, tasks))]
    });
    both.flatten().collect()
}

/// Every system.
#[cfg(not(chanpatterns_shuttle))]
pub fn all() -> Vec<Box<dyn System>> {
    use crate::tasks::Tasks;
    use crate::threads::Threads;
    vec![
        Box::new(Threads::<Chanpatterns<false>>::default()),
        Box::new(Tasks::<Chanpatterns<true>>::default()),
        Box::new(Threads::<std_mpsc::Std>::default()),
        Box::new(Threads::<crossbeam::Crossbeam>::default()),
        Box::new(Threads::<flume::Flume<false>>::default()),
        Box::new(Tasks::<flume::Flume<true>>::default()),
        Box::new(Tasks::<async_channel::AsyncChannel>::default()),
        Box::new(Tasks::<tokio_mpsc::Tokio>::default()),
        Box::new(Tasks::<tokio_broadcast::TokioBroadcast>::default()),
        Box::new(Tasks::<tokio_watch::TokioWatch>::default()),
        Box::new(Threads::<kanal::Kanal<false>>::default()),
        Box::new(Tasks::<kanal::Kanal<true>>::default()),
        Box::new(Threads::<specimen::UnboundedBounded>::default()),
    ]
}

const NO_FUTURES: Not = Not {
    kinds: &[],
    ops: &["start_send", "start_recv", "cancel_send", "cancel_recv"],
    why: "a thread does one thing at a time: futures are for tasks",
};

const NO_CANCELLED_SEND: Not = Not {
    kinds: &[],
    ops: &["cancel_send"],
    why: "a send is withdrawn by dropping its future, which does not tell \
          whether it had sent",
};

const NO_PERMITS: Not = Not {
    kinds: &[],
    ops: &["reserve", "fulfil", "release"],
    why: "it has no permits",
};

const NO_CLOSE: Not = Not {
    kinds: &[],
    ops: &["close"],
    why: "it has no close: a channel ends when the handles of a side are \
          dropped",
};

const NO_SELECT: Not = Not {
    kinds: &[],
    ops: &[
        "select_send",
        "select_recv",
        "select_default",
        "select_after",
        "select_biased",
    ],
    why: "it has no select",
};

const ONE_RECEIVER: Not = Not {
    kinds: &[],
    ops: &["many_receivers", "clone_receiver"],
    why: "it has one receiver, which is not cloned",
};

/// A queue is neither of these.
const QUEUES_ONLY: Not = Not {
    kinds: &["oneshot", "mvar", "watch", "broadcast"],
    ops: &[],
    why: "it has queues only",
};

const NO_TURNS: Widened = Widened {
    field: "fifo",
    why: "who arrives may be faster than one who waits and was woken",
    program: "bounded_turns",
};

const NO_HAND_OFF: Widened = Widened {
    field: "hand_off",
    why: "who waits is woken, and comes back for what there is",
    program: "bounded_hand_off",
};

const DROP_CLOSES: Widened = Widened {
    field: "drop_closes",
    why: "the drop of the last handle of a side closes the channel, and a \
          close is told whether it was open",
    program: "close_after_drop",
};

/// Of tasks, whose select polls its arms.
const NO_SEND_ARMS: Not = Not {
    kinds: &[],
    ops: &["select_send"],
    why: "it has no select for tasks, and a send that is one of several polled \
          futures may have sent when it is dropped",
};

const ONLY_POLLED: Not = Not {
    kinds: &[],
    ops: &["start_recv", "cancel_recv"],
    why: "a receive that waits borrows its receiver, which can then do nothing \
          else",
};
