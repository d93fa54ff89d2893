//! Runs programs with a thread for each process.
//!
//! Before each operation stands a gate. In a run it is open, and a little time
//! passes there that the seed decides; when a schedule is followed, the gates
//! are opened in its order. A run is over when everybody has ended or is known
//! to wait: the journal says that its operation has not returned, and the
//! kernel that its thread sleeps and has not run between two looks.

use crate::about::About;
use crate::interpret::{Held, Left, Life, Process, open};
use crate::journal::{End, Journal};
use crate::kernel::{self, Sleep};
use crate::library::Library;
use crate::plan::Plan;
use crate::pool::Pool;
use crate::seen::{Came, Collection, Ending, ending};
use crate::system::{NotRun, Planned, Ran, Steered, System, What, Work, total};
use compare_engine::litmus::Time;
use std::any::Any;
use std::cell::RefCell;
use std::future::{Future, pending};
use std::hint::spin_loop;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// A unit of the virtual clock, in real time: long beside what an operation
/// takes.
const UNIT: Duration = Duration::from_millis(2);
/// The same while a schedule is followed: long beside what its steps take.
const STEERED_UNIT: Duration = Duration::from_millis(10);
/// So many threads may be left waiting before the runner asks to be replaced.
const WORN: usize = 200;
/// How long a run may take beyond its deadlines.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait between two looks, or before the first.
const PAUSE: Duration = Duration::from_micros(200);

/// A library, driven by threads.
#[derive(Debug)]
pub struct Threads<L> {
    pool: Pool,
    library: PhantomData<fn() -> L>,
}

impl<L> Default for Threads<L> {
    fn default() -> Self {
        Threads {
            pool: Pool::default(),
            library: PhantomData,
        }
    }
}

impl<L: Library> System for Threads<L> {
    fn about(&self) -> About {
        L::about()
    }

    fn time(&self) -> Time {
        Time::Race
    }

    fn unavailable(&self) -> Option<String> {
        kernel::own_number().is_none().then(|| {
            "whether a thread waits is found in /proc/thread-self and \
             /proc/self/task, which only Linux has"
                .into()
        })
    }

    fn refuses(&self, plan: &Plan) -> Option<String> {
        plan.drops_what_is_borrowed()
            .or_else(|| plan.fails_at_a_moment())
            .or_else(|| L::refuses(plan))
    }

    fn run(&self, plan: &Arc<Plan>, work: Work) -> Result<Ran, NotRun> {
        let (mut collection, mut runs) = (Collection::default(), 0);
        for seed in work.seeds() {
            let run = Run::<L>::begin(plan, &self.pool, seed, true)?;
            collection.add(run.run_out(), seed);
            runs += 1;
            if self.is_worn() {
                break;
            }
        }
        Ok(Ran {
            runs,
            worn: self.is_worn(),
            seen: collection.seen(),
        })
    }

    fn steer(
        &self,
        plan: &Arc<Plan>,
        schedule: &[Planned],
        attempts: u64,
        seed: u64,
    ) -> Result<Steered, NotRun> {
        let mut collection = Collection::default();
        let mut followed = false;
        for attempt in 0..attempts.max(1) {
            let seed = seed.wrapping_add(attempt);
            let run = Run::<L>::begin(plan, &self.pool, seed, false)?;
            followed |= schedule.iter().all(|step| run.follow(step));
            run.shared().open = true;
            run.changed.notify_all();
            collection.add(run.run_out(), seed);
            if followed {
                break;
            }
        }
        Ok(Steered {
            followed,
            seen: collection.seen(),
        })
    }
}

impl<L> Threads<L> {
    fn is_worn(&self) -> bool {
        self.pool.busy() > WORN
    }
}

/// What the threads of a run and its observer say to each other.
struct Shared<L: Library> {
    /// What belongs to those that have not begun.
    held: Vec<Option<Held<L>>>,
    /// What those have left that have ended.
    left: Vec<Left<L>>,
    /// The operations at whose gates the processes stand.
    at: Vec<Option<u32>>,
    /// Who may pass its gate, once.
    may_pass: Vec<bool>,
    /// Whether all gates are open.
    open: bool,
}

struct Run<L: Library> {
    plan: Arc<Plan>,
    pool: Pool,
    seed: u64,
    unit: Duration,
    journals: Vec<Journal>,
    /// By which the kernel knows the threads; 0 before they have begun.
    numbers: Vec<AtomicU32>,
    begun: Vec<AtomicBool>,
    /// Who has ended, and told those that wait for it.
    gone: Vec<AtomicBool>,
    /// How many are yet to arrive before those go that begin with the program.
    to_come: AtomicUsize,
    /// Whether nobody looks any more, and who comes to a gate shall leave.
    over: AtomicBool,
    free: AtomicBool,
    shared: Mutex<Shared<L>>,
    changed: Condvar,
    closers: Vec<L::Closer>,
}

impl<L: Library> Run<L> {
    fn begin(
        plan: &Arc<Plan>,
        pool: &Pool,
        seed: u64,
        free: bool,
    ) -> Result<Arc<Self>, NotRun> {
        let count = plan.program.processes.len();
        let held = open::<L>(plan);
        let closers = held.first().map(Held::closers).unwrap_or_default();
        let at_once = plan.spawned.iter().filter(|spawned| !**spawned);
        let run = Arc::new(Run {
            plan: Arc::clone(plan),
            pool: pool.clone(),
            seed,
            unit: if free { UNIT } else { STEERED_UNIT },
            journals: (0..count).map(|_| Journal::default()).collect(),
            numbers: (0..count).map(|_| AtomicU32::new(0)).collect(),
            begun: (0..count).map(|_| AtomicBool::new(false)).collect(),
            gone: (0..count).map(|_| AtomicBool::new(false)).collect(),
            to_come: AtomicUsize::new(at_once.count()),
            over: AtomicBool::new(false),
            free: AtomicBool::new(free),
            shared: Mutex::new(Shared {
                held: held.into_iter().map(Some).collect(),
                left: Vec::new(),
                at: vec![None; count],
                may_pass: vec![false; count],
                open: free,
            }),
            changed: Condvar::new(),
            closers,
        });
        for process in (0..count).filter(|process| !plan.spawned[*process]) {
            if let Err(error) = run.begin_process(process) {
                run.leave();
                return Err(NotRun::Failed(format!(
                    "no thread for a process: {error}"
                )));
            }
        }
        Ok(run)
    }

    fn begin_process(self: &Arc<Self>, process: usize) -> std::io::Result<()> {
        self.begun[process].store(true, SeqCst);
        let run = Arc::clone(self);
        self.pool.run(move || run.live(process))
    }

    /// What the thread of a process does.
    fn live(self: Arc<Self>, process: usize) {
        let number = kernel::own_number().unwrap_or_default();
        self.numbers[process].store(number, SeqCst);
        if !self.plan.spawned[process] {
            self.start_together();
        }
        let held = self.shared().held[process].take();
        let held = held.expect("a process begins once");
        let life = InThread {
            run: &self,
            process,
            random: RefCell::new(fastrand::Rng::with_seed(
                self.seed.wrapping_mul(31).wrapping_add(process as u64),
            )),
        };
        let journal = &self.journals[process];
        let running =
            Process::new(&self.plan, journal, &life, held).run(process);
        match catch_unwind(AssertUnwindSafe(|| poll_once(running))) {
            Ok(Poll::Ready(left)) => self.shared().left.extend(left),
            // Nobody looks any more.
            Ok(Poll::Pending) if self.over.load(SeqCst) => {}
            Ok(Poll::Pending) => journal.finish(End::Failed(
                "panic: an operation of a thread came back unfinished".into(),
            )),
            Err(panic) => journal.finish(End::Failed(message(&*panic))),
        }
        // Whoever waits for this looks under the lock.
        drop(self.shared());
        self.changed.notify_all();
        // Not before: until then one that sleeps may be about to be woken.
        self.gone[process].store(true, SeqCst);
    }

    /// Who was given its thread first does not begin first.
    fn start_together(&self) {
        self.to_come.fetch_sub(1, SeqCst);
        let mut looks = 0;
        while self.to_come.load(SeqCst) > 0 && !self.over.load(SeqCst) {
            looks += 1;
            if looks % 64 == 0 {
                thread::yield_now();
            }
            spin_loop();
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared<L>> {
        self.shared.lock().expect("no holder of it panics")
    }

    /// Waits until everybody has ended or is known to wait; what came out.
    fn run_out(self: Arc<Self>) -> Ending {
        let units = u32::try_from(total(&self.plan)).unwrap_or(u32::MAX);
        let patience = PATIENCE + self.unit.saturating_mul(units);
        let begun = Instant::now();
        let mut before = None;
        let known = loop {
            if self.everybody_ended() {
                break true;
            }
            let now = self.sleepers();
            if now.is_some() && now == before {
                break true;
            }
            if begun.elapsed() > patience {
                break false;
            }
            before = now;
            let shared = self.shared();
            if !self.everybody_ended() {
                drop(self.changed.wait_timeout(shared, PAUSE));
            }
        };
        let ending = ending(&self.plan, &self.journals, &self.came(known));
        self.leave();
        ending
    }

    fn everybody_ended(&self) -> bool {
        // Read in this order, who is begun by one that then ends is not missed.
        let over = self.gone.iter().filter(|one| one.load(SeqCst)).count();
        let begun = self.begun.iter().filter(|one| one.load(SeqCst)).count();
        over == begun
    }

    /// A look at everybody who has begun and has not ended, if they all sleep
    /// in operations without deadlines.
    fn sleepers(&self) -> Option<Vec<(usize, u32, Sleep)>> {
        let all = 0..self.journals.len();
        all.filter(|process| {
            self.begun[*process].load(SeqCst)
                && !self.gone[*process].load(SeqCst)
        })
        .map(|process| {
            let (begun, sleep) = self.sleeper(process)?;
            Some((process, begun, sleep))
        })
        .collect()
    }

    /// A look at one who sleeps in an operation without a deadline.
    fn sleeper(&self, process: usize) -> Option<(u32, Sleep)> {
        let look = self.journals[process].look();
        let sleep = self.asleep(process)?;
        (!look.timed).then_some((look.begun, sleep))
    }

    /// A look at one who sleeps in an operation.
    fn asleep(&self, process: usize) -> Option<Sleep> {
        let look = self.journals[process].look();
        let number = self.numbers[process].load(SeqCst);
        (look.inside() && number != 0)
            .then(|| kernel::sleep_of(number))
            .flatten()
    }

    fn came(&self, known: bool) -> Vec<Came> {
        let each =
            self.begun
                .iter()
                .map(|begun| match (begun.load(SeqCst), known) {
                    (false, _) => Came::Idle,
                    (true, true) => Came::Waits,
                    (true, false) => Came::Begun,
                });
        each.collect()
    }

    /// Frees whom it can of those who still wait. Nobody looks any more.
    fn leave(&self) {
        self.over.store(true, SeqCst);
        let mut shared = self.shared();
        shared.open = true;
        let left = std::mem::take(&mut shared.left);
        let held = std::mem::take(&mut shared.held);
        drop(shared);
        self.changed.notify_all();
        if L::CLOSES && !self.everybody_ended() {
            for closer in &self.closers {
                L::close(closer, None, None);
            }
        }
        drop((left, held));
    }

    /// Does one step of a schedule; whether that was possible.
    fn follow(self: &Arc<Self>, step: &Planned) -> bool {
        let Some(process) = step.process else {
            return true;
        };
        let done = match step.what {
            What::Does | What::Waits => {
                let Some(begun) = self.pass(process, step.number) else {
                    return false;
                };
                let waits = self.comes_to_rest(process, begun);
                waits == Some(step.what == What::Waits)
            }
            What::Completes => {
                let look = self.journals[process].look();
                look.number == step.number
                    && self.until(PATIENCE, || !self.inside(process))
            }
            What::Strikes => {
                let units = u32::try_from(total(&self.plan)).unwrap_or(1);
                let time = PATIENCE + self.unit.saturating_mul(units);
                self.until(time, || !self.inside(process))
            }
            What::Clock(_) => true,
        };
        done && step.logged(&self.journals[process].results())
    }

    fn inside(&self, process: usize) -> bool {
        self.journals[process].look().inside()
    }

    /// Opens the gate of this operation; how many were begun before.
    fn pass(&self, process: usize, number: u32) -> Option<u32> {
        self.until(PATIENCE, || {
            self.journals[process].is_over()
                || self.shared().at[process].is_some()
        });
        let mut shared = self.shared();
        if shared.at[process] != Some(number) {
            return None;
        }
        shared.may_pass[process] = true;
        let begun = self.journals[process].look().begun;
        drop(shared);
        self.changed.notify_all();
        Some(begun)
    }

    /// Whether a process waits in the operation after `begun` others, once it
    /// has returned from it or is known to wait.
    fn comes_to_rest(&self, process: usize, begun: u32) -> Option<bool> {
        let mut before = None;
        let mut waits = None;
        self.until(PATIENCE, || {
            let look = self.journals[process].look();
            if look.ended > begun {
                waits = Some(false);
            } else if look.begun > begun {
                let now = self.asleep(process);
                if now.is_some() && now == before {
                    waits = Some(true);
                }
                before = now;
            }
            waits.is_some()
        });
        waits
    }

    /// Looks until `done`; false if that takes longer than `time`.
    fn until(&self, time: Duration, mut done: impl FnMut() -> bool) -> bool {
        let begun = Instant::now();
        while !done() {
            if begun.elapsed() > time {
                return false;
            }
            let shared = self.shared();
            drop(self.changed.wait_timeout(shared, PAUSE / 4));
        }
        true
    }
}

/// Polls a future whose operations block.
fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// What a panic says.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panic: {}", text.unwrap_or("it said nothing"))
}

/// The life of a process in a thread.
struct InThread<'a, L: Library> {
    run: &'a Arc<Run<L>>,
    process: usize,
    random: RefCell<fastrand::Rng>,
}

impl<L: Library> InThread<'_, L> {
    /// Lets some time pass, from none to about what waking a thread takes.
    fn jitter(&self) {
        let mut random = self.random.borrow_mut();
        match random.u32(0..8) {
            0..=2 => {}
            3..=4 => {
                let most = 1 << random.u32(1..10);
                (0..random.u32(0..most)).for_each(|_| spin_loop());
            }
            5..=6 => (0..random.u32(1..4)).for_each(|_| thread::yield_now()),
            _ => {
                let time = Duration::from_micros(random.u64(0..100));
                let begun = Instant::now();
                while begun.elapsed() < time {
                    thread::yield_now();
                }
            }
        }
    }

    fn wait_at_gate(&self, number: u32) {
        let mut shared = self.run.shared();
        shared.at[self.process] = Some(number);
        self.run.changed.notify_all();
        while !(shared.open || shared.may_pass[self.process]) {
            let waited = self.run.changed.wait(shared);
            shared = waited.expect("no holder of it panics");
        }
        shared.at[self.process] = None;
        shared.may_pass[self.process] = false;
    }
}

impl<L: Library> Life for InThread<'_, L> {
    const REAL_TIME: bool = true;

    async fn gate(&self, number: u32) {
        if !self.run.free.load(SeqCst) {
            self.wait_at_gate(number);
        }
        if self.run.over.load(SeqCst) {
            // It is never polled again, but dropped, with all that it holds.
            pending::<()>().await;
        }
        if self.run.free.load(SeqCst) {
            self.jitter();
        }
    }

    async fn sleep(&self, units: u32) {
        thread::sleep(self.real(units));
    }

    fn real(&self, units: u32) -> Duration {
        self.run.unit * units
    }

    fn spawn(&self, process: usize) {
        let begun = self.run.begin_process(process);
        begun.expect("the machine has a thread for a spawned process");
    }

    async fn join(&self, process: usize) {
        let mut shared = self.run.shared();
        while !self.run.journals[process].is_over()
            && !self.run.over.load(SeqCst)
        {
            let waited = self.run.changed.wait(shared);
            shared = waited.expect("no holder of it panics");
        }
    }

    fn random(&self) -> u64 {
        self.random.borrow_mut().u64(..)
    }
}
