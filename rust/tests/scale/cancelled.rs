//! Sends and receives that give up, by threads and tasks on the same channel.
//!
//! What counts is who had entered the queue and then gave up: a deadline that
//! struck, a future that was polled, found nothing, and was dropped or
//! cancelled, a choice none of whose parts came about. An operation that
//! completed does not count, however it was about to be cancelled.
//!
//! First the receivers are in a hurry and the senders dawdle, then the reverse,
//! so that both sides have to wait. Half of those that are cancelled are to be
//! a thread's and half a task's; whichever has its half is patient from then on.
//! Every message is accounted for (`ledger`).

use crate::ledger::{Account, Entry, Ledger, Message};
use crate::number::{Dice, asked, shown};
use crate::watchdog::{Progress, Steps, Watchdog};
use chanpatterns::channel::{
    self, Receiver, RecvError, RecvTimeoutError, SendTimeoutError, Sender,
};
use chanpatterns::event::{choose, receive, send};
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

const CAPACITIES: [Option<usize>; 5] =
    [Some(0), Some(1), Some(2), Some(64), None];

/// After so many messages a new channel is taken.
const ROUND: usize = 1 << 18;

/// By what those who had entered were cancelled.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// A deadline of a thread.
    Deadline,
    /// A future of a task, dropped.
    Dropped,
    /// A send future whose message was taken back.
    TakenBack,
    /// A choice of a thread, whose deadline struck.
    Choice,
    /// A choice of a task, dropped.
    DroppedChoice,
}

const WAYS: [&str; 5] = [
    "deadline",
    "dropped",
    "taken back",
    "choice",
    "dropped choice",
];

#[derive(Debug, Default)]
struct Counts([AtomicU64; 5]);

impl Counts {
    fn add(&self, way: Way) {
        self.0[way as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn each(&self) -> [u64; 5] {
        std::array::from_fn(|way| self.0[way].load(Ordering::Relaxed))
    }

    fn sum(&self) -> u64 {
        self.each().iter().sum()
    }

    fn of(&self, who: Who) -> u64 {
        let of = |way: Way| self.0[way as usize].load(Ordering::Relaxed);
        match who {
            Who::Threads => of(Way::Deadline) + of(Way::Choice),
            Who::Tasks => {
                of(Way::Dropped) + of(Way::TakenBack) + of(Way::DroppedChoice)
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Who {
    Threads,
    Tasks,
}

/// What all parties of one capacity share.
struct Run {
    receives: Counts,
    sends: Counts,
    /// How many of each are to be cancelled.
    wanted_receives: u64,
    wanted_sends: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum Hurry {
    Receivers,
    Senders,
    /// There is enough.
    Nobody,
}

impl Run {
    /// Whether enough receives of theirs were cancelled.
    fn received_enough(&self, who: Who) -> bool {
        2 * self.receives.of(who) >= self.wanted_receives
    }

    fn sent_enough(&self, who: Who) -> bool {
        2 * self.sends.of(who) >= self.wanted_sends
    }

    fn hurry(&self) -> Hurry {
        let both = [Who::Threads, Who::Tasks];
        if !both.iter().all(|who| self.received_enough(*who)) {
            Hurry::Receivers
        } else if !both.iter().all(|who| self.sent_enough(*who)) {
            Hurry::Senders
        } else {
            Hurry::Nobody
        }
    }
}

/// One party: what it shares, and its own luck.
struct Party {
    run: Arc<Run>,
    ledger: Arc<Ledger>,
    steps: Steps,
    dice: Dice,
}

impl Party {
    /// Most deadlines have passed when they are asked for.
    fn moment(&mut self) -> Duration {
        match self.dice.roll(8) {
            0 => Duration::from_nanos(self.dice.roll(3_000)),
            _ => Duration::ZERO,
        }
    }

    /// How many turns a party gives away that is in no hurry.
    fn dawdling(&mut self, hurry: Hurry) -> u64 {
        match self.run.hurry() == hurry {
            true => 0,
            false => self.dice.roll(6),
        }
    }

    fn dawdle(&mut self, hurry: Hurry) {
        (0..self.dawdling(hurry)).for_each(|_| thread::yield_now());
    }

    async fn dawdle_async(&mut self, hurry: Hurry) {
        for _ in 0..self.dawdling(hurry) {
            tokio::task::yield_now().await;
        }
    }

    /// The next message, as long as there is reason to send.
    fn write(&mut self) -> Option<(Message, Entry)> {
        self.steps.step();
        match self.run.hurry() {
            Hurry::Nobody => None,
            _ => self.ledger.write(),
        }
    }

    fn send_with_deadlines(mut self, tx: Sender<Message>) {
        while let Some((mut message, entry)) = self.write() {
            self.dawdle(Hurry::Senders);
            if self.run.sent_enough(Who::Threads) {
                tx.send(message).expect("it is open");
                entry.sent();
                continue;
            }
            // A message that came back is sent again, some times.
            let mut tries = 1 + self.dice.roll(4);
            loop {
                match tx.send_timeout(message, self.moment()) {
                    Ok(()) => break entry.sent(),
                    Err(SendTimeoutError::Closed(_)) => panic!("it is open"),
                    Err(SendTimeoutError::Timeout(back)) => message = back,
                }
                self.run.sends.add(Way::Deadline);
                tries -= 1;
                if tries == 0 {
                    break entry.unsent();
                }
            }
        }
    }

    fn receive_with_deadlines(mut self, rx: Receiver<Message>) {
        loop {
            self.steps.step();
            self.dawdle(Hurry::Receivers);
            if self.run.received_enough(Who::Threads) {
                match rx.recv() {
                    Ok(message) => message.receive(),
                    Err(RecvError) => return,
                }
                continue;
            }
            match rx.recv_timeout(self.moment()) {
                Ok(message) => message.receive(),
                Err(RecvTimeoutError::Closed) => return,
                Err(RecvTimeoutError::Timeout) => {
                    self.run.receives.add(Way::Deadline);
                }
            }
        }
    }

    fn send_by_choices(mut self, tx: Sender<Message>) {
        let (_quiet, silent) = channel::bounded::<()>(1);
        while let Some((message, entry)) = self.write() {
            self.dawdle(Hurry::Senders);
            let mut event = choose([
                receive(&silent).wrap(|_| unreachable!("it is silent")),
                send(&tx, message).wrap(|sent| sent.is_ok()),
            ]);
            let chosen = match self.run.sent_enough(Who::Threads) {
                true => Some(event.sync()),
                false => event.sync_timeout(self.moment()),
            };
            match chosen {
                Some(sent) => {
                    assert!(sent, "it is open");
                    entry.sent();
                }
                None => {
                    entry.unsent();
                    self.run.sends.add(Way::Choice);
                }
            }
        }
    }

    fn receive_by_choices(mut self, rx: Receiver<Message>) {
        let (_quiet, silent) = channel::bounded(1);
        let mut event = choose([receive(&silent), receive(&rx)]);
        loop {
            self.steps.step();
            self.dawdle(Hurry::Receivers);
            let chosen = match self.run.received_enough(Who::Threads) {
                true => Some(event.sync()),
                false => event.sync_timeout(self.moment()),
            };
            match chosen {
                Some(Ok(message)) => message.receive(),
                Some(Err(RecvError)) => return,
                None => self.run.receives.add(Way::Choice),
            }
        }
    }

    /// Polls `future` some times, with others in between; what it gave, if it
    /// did. Else it may have met a partner since.
    async fn poll_some<F: Future + Unpin>(
        &mut self,
        future: &mut F,
    ) -> Option<F::Output> {
        let polls = 1 + self.dice.roll(3);
        for poll in 0..polls {
            if poll > 0 {
                tokio::task::yield_now().await;
            }
            let polled = poll_fn(|context| {
                Poll::Ready(Pin::new(&mut *future).poll(context))
            });
            if let Poll::Ready(output) = polled.await {
                return Some(output);
            }
        }
        for _ in 0..self.dice.roll(3) {
            tokio::task::yield_now().await;
        }
        None
    }

    async fn send_by_futures(mut self, tx: Sender<Message>) {
        while let Some((message, entry)) = self.write() {
            self.dawdle_async(Hurry::Senders).await;
            if self.run.sent_enough(Who::Tasks) {
                tx.send_async(message).await.expect("it is open");
                entry.sent();
                continue;
            }
            if self.dice.roll(4) == 0 {
                let mut future = send(&tx, message).into_future();
                let sent = self.poll_some(&mut future).await;
                match sent {
                    Some(sent) => {
                        sent.expect("it is open");
                        entry.sent();
                    }
                    None => self.run.sends.add(Way::DroppedChoice),
                }
                continue;
            }
            let mut future = tx.send_async(message);
            let sent = self.poll_some(&mut future).await;
            if let Some(sent) = sent {
                sent.expect("it is open");
                entry.sent();
            } else if self.dice.roll(2) == 0 {
                drop(future);
                self.run.sends.add(Way::Dropped);
            } else if let Some(message) = future.cancel() {
                entry.unsent();
                drop(message);
                self.run.sends.add(Way::TakenBack);
            } else {
                entry.sent(); // in the last moment
            }
        }
    }

    async fn receive_by_futures(mut self, rx: Receiver<Message>) {
        let (_quiet, silent) = channel::bounded(1);
        loop {
            self.steps.step();
            self.dawdle_async(Hurry::Receivers).await;
            if self.run.received_enough(Who::Tasks) {
                match rx.recv_async().await {
                    Ok(message) => message.receive(),
                    Err(RecvError) => return,
                }
                continue;
            }
            let (received, way) = if self.dice.roll(4) == 0 {
                let event = choose([receive(&silent), receive(&rx)]);
                let mut future = event.into_future();
                (self.poll_some(&mut future).await, Way::DroppedChoice)
            } else {
                let mut future = rx.recv_async();
                (self.poll_some(&mut future).await, Way::Dropped)
            };
            match received {
                Some(Ok(message)) => message.receive(),
                Some(Err(RecvError)) => return,
                None => self.run.receives.add(way),
            }
        }
    }
}

const PARTIES: [&str; 8] = [
    "thread that sends with deadlines",
    "thread that sends by choices",
    "task that sends by futures",
    "task that sends by futures, too",
    "thread that receives with deadlines",
    "thread that receives by choices",
    "task that receives by futures",
    "task that receives by futures, too",
];

/// Runs all parties on one channel, until there is enough or the ledger is full.
fn round(
    capacity: Option<usize>,
    run: &Arc<Run>,
    runtime: &Runtime,
    progress: &Arc<Progress>,
    seed: u64,
) -> Account {
    let ledger = Ledger::new(ROUND);
    let (tx, rx) = channel::with_capacity(capacity);
    let observer = tx.observer();
    let watched = observer.clone();
    let looked = Arc::clone(run);
    let _watchdog = Watchdog::watch(progress, move || {
        let (receives, sends) = (looked.receives.each(), looked.sends.each());
        format!("{watched:?}, cancelled: {receives:?}, {sends:?}")
    });
    let party = |place: usize| Party {
        run: Arc::clone(run),
        ledger: Arc::clone(&ledger),
        steps: progress.party(place),
        dice: Dice::new(seed * PARTIES.len() as u64 + place as u64),
    };
    let tasks = [
        runtime.spawn(party(2).send_by_futures(tx.clone())),
        runtime.spawn(party(3).send_by_futures(tx.clone())),
        runtime.spawn(party(6).receive_by_futures(rx.clone())),
        runtime.spawn(party(7).receive_by_futures(rx.clone())),
    ];
    thread::scope(|scope| {
        let (one, two) = (tx.clone(), tx);
        let (three, four) = (rx.clone(), rx);
        let parties = [party(0), party(1), party(4), party(5)];
        let [deadlines, choices, late, choosing] = parties;
        scope.spawn(move || deadlines.send_with_deadlines(one));
        scope.spawn(move || choices.send_by_choices(two));
        scope.spawn(move || late.receive_with_deadlines(three));
        scope.spawn(move || choosing.receive_by_choices(four));
    });
    for task in tasks {
        runtime.block_on(task).expect("no party panics");
    }
    assert!(observer.is_closed() && observer.is_empty(), "{observer:?}");
    ledger.close()
}

/// CANCELLED=1_000_000 is `make cancelled`: so many receives and so many sends.
#[test]
fn whoever_gives_up_loses_nothing() {
    let total = asked("CANCELLED", 5_000);
    println!(
        "{} receives and as many sends are cancelled after they have entered",
        shown(total)
    );
    let mut runtime = Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).build().expect("it can start");
    let bounded = CAPACITIES.iter().flatten().count() as u64;
    let (mut all_receives, mut all_sends) = (0, 0);
    let mut all = Account::default();
    for capacity in CAPACITIES {
        let run = Arc::new(Run {
            receives: Counts::default(),
            sends: Counts::default(),
            wanted_receives: total.div_ceil(CAPACITIES.len() as u64),
            // Where there is always room, no send waits.
            wanted_sends: capacity.map_or(0, |_| total.div_ceil(bounded)),
        });
        let name = match capacity {
            None => "no bound".to_owned(),
            Some(capacity) => format!("capacity {capacity}"),
        };
        let parties = PARTIES.map(str::to_owned);
        let progress = Progress::new(name.clone(), 0, parties);
        let (mut sum, begin) = (Account::default(), Instant::now());
        for seed in 0.. {
            if run.hurry() == Hurry::Nobody {
                break;
            }
            let account = round(capacity, &run, &runtime, &progress, seed);
            sum.messages += account.messages;
            sum.received += account.received;
            sum.lost += account.lost;
            sum.doubled += account.doubled;
        }
        println!(
            "{name}: {} messages, {} received, {} lost, {} doubled, {:.1} s",
            shown(sum.messages),
            shown(sum.received),
            sum.lost,
            sum.doubled,
            begin.elapsed().as_secs_f64()
        );
        for (what, counts) in
            [("receives", &run.receives), ("sends", &run.sends)]
        {
            let ways = WAYS.iter().zip(counts.each()).filter(|way| way.1 > 0);
            let ways = ways.map(|(way, n)| format!("{way} {}", shown(n)));
            let ways: Vec<_> = ways.collect();
            let sum = shown(counts.sum());
            println!("  {sum} {what} cancelled: {}", ways.join(", "));
        }
        all_receives += run.receives.sum();
        all_sends += run.sends.sum();
        all.lost += sum.lost;
        all.doubled += sum.doubled;
    }
    println!(
        "{} receives and {} sends cancelled: {} lost, {} doubled",
        shown(all_receives),
        shown(all_sends),
        all.lost,
        all.doubled
    );
    assert!(all_receives >= total && all_sends >= total);
    assert_eq!((all.lost, all.doubled), (0, 0));
}
