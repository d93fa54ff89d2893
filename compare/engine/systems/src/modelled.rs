//! Runs programs under shuttle, which decides at every lock, atomic and park of
//! the library who goes on: for what runs on shuttle's primitives, as this
//! repository's channels do in a build with `--cfg chanpatterns_shuttle`.
//!
//! Four seeds that follow each other belong together. The run of the first is a
//! plain random walk, from which shuttle learns how long each process is; that of
//! the second takes every interleaving with about the same probability (Uniform
//! Random Walk: Zhao, Wolff, Mathur, Roychoudhury, «Selectively Uniform Concurrency
//! Testing», ASPLOS 2025). In the others one process goes on for as long as it can,
//! but for a few moments when another takes its place (PCT: Burckhardt, Kothari,
//! Musuvathi, Nagarakatte, «A Randomized Scheduler with Probabilistic Guarantees of
//! Finding Bugs», ASPLOS 2010): so somebody stands still while others do much.
//!
//! A thread of shuttle's own looks on, and goes on only when nobody else can: so
//! whoever has not ended then is known to wait. Deadlines strike whenever the
//! scheduler likes.

use crate::about::{About, Driver};
use crate::interpret::{Held, Left, Life, Process, open};
use crate::journal::{End, Journal};
use crate::library::Library;
use crate::plan::Plan;
use crate::seen::{Came, Collection, ending};
use crate::system::{NotRun, Planned, Ran, Steered, System, Work};
use crate::threads::message;
use compare_engine::litmus::Time;
use futures_util::FutureExt;
use shuttle::rand::Rng;
use shuttle::scheduler::{
    PctScheduler, Schedule, Scheduler, Task, TaskId, UrwRandomScheduler,
};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};
use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::Duration;

/// A run with more steps goes on for ever, for all that is known.
const STEPS: usize = 100_000;
/// Bytes: a process is a few calls deep.
const STACK: usize = 128 * 1024;

/// A library on shuttle's primitives.
pub trait OnShuttle: Library {
    /// Whether an operation that waits blocks; else its future is pending.
    const BLOCKS: bool;
}

/// A library on shuttle's primitives, driven by shuttle.
#[derive(Debug)]
pub struct Modelled<L> {
    name: &'static str,
    library: PhantomData<fn() -> L>,
}

impl<L> Modelled<L> {
    /// The library under this name.
    pub fn new(name: &'static str) -> Self {
        Modelled {
            name,
            library: PhantomData,
        }
    }
}

impl<L: OnShuttle> System for Modelled<L> {
    fn about(&self) -> About {
        About {
            name: self.name,
            driver: Driver::Shuttle,
            ..L::about()
        }
    }

    fn time(&self) -> Time {
        Time::Race
    }

    fn steers(&self) -> bool {
        false
    }

    fn unavailable(&self) -> Option<String> {
        None
    }

    fn refuses(&self, plan: &Plan) -> Option<String> {
        plan.drops_what_is_borrowed()
            .or_else(|| plan.fails_at_a_moment())
            .or_else(|| L::refuses(plan))
    }

    fn run(&self, plan: &Arc<Plan>, work: Work) -> Result<Ran, NotRun> {
        let stage = Arc::new(Stage::<L>::new(plan));
        let scheduler = Quiet::new(Arc::clone(&stage), work);
        let mut config = Config::new();
        config.stack_size = STACK;
        config.max_steps = MaxSteps::ContinueAfter(STEPS);
        config.failure_persistence = FailurePersistence::None;
        // That it takes every ordering for sequentially consistent, each time.
        config.silence_warnings = true;
        let on_stage = Arc::clone(&stage);
        Runner::new(scheduler, config).run(move || on_stage.play());
        stage.end_of_run();
        let (runs, collection) = std::mem::take(&mut *stage.shown());
        Ok(Ran {
            runs,
            worn: false,
            seen: collection.seen(),
        })
    }

    fn steer(
        &self,
        _: &Arc<Plan>,
        _: &[Planned],
        _: u64,
        _: u64,
    ) -> Result<Steered, NotRun> {
        Err(NotRun::Unsupported(
            "shuttle's schedule is its own: it follows no other".into(),
        ))
    }
}

/// What the scheduler and the runs say to each other.
struct Stage<L: OnShuttle> {
    plan: Arc<Plan>,
    /// The run that is going on, and its seed if it counts.
    current: Mutex<Option<(Arc<Run<L>>, Option<u64>)>>,
    /// The seed of the next run, if it counts.
    seed: Mutex<Option<u64>>,
    /// Whether everybody has begun who begins with the program.
    begun: AtomicBool,
    /// How many runs there were, and what they have shown.
    shown: Mutex<(u64, Collection)>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of it panics")
}

impl<L: OnShuttle> Stage<L> {
    fn new(plan: &Arc<Plan>) -> Self {
        Stage {
            plan: Arc::clone(plan),
            current: Mutex::new(None),
            seed: Mutex::new(None),
            begun: AtomicBool::new(false),
            shown: Mutex::default(),
        }
    }

    fn shown(&self) -> MutexGuard<'_, (u64, Collection)> {
        locked(&self.shown)
    }

    /// One run: what the thread does that looks on.
    fn play(&self) {
        let seed = *locked(&self.seed);
        let run = Run::<L>::new(&self.plan, seed.unwrap_or_default());
        *locked(&self.current) = Some((Arc::clone(&run), seed));
        for process in (0..run.journals.len())
            .filter(|process| !self.plan.spawned[*process])
        {
            run.begin(process);
        }
        self.begun.store(true, SeqCst);
        // It comes back when nobody else can go on.
        shuttle::thread::yield_now();
        self.note(true);
        run.leave();
        shuttle::thread::yield_now();
    }

    /// A run that is still there did not come to its end.
    fn end_of_run(&self) {
        self.note(false);
        self.begun.store(false, SeqCst);
    }

    /// Notes what the current run came to, and whether that was its end.
    fn note(&self, known: bool) {
        let Some((run, seed)) = locked(&self.current).take() else {
            return;
        };
        if let Some(seed) = seed {
            let ending = ending(&run.plan, &run.journals, &run.came(known));
            let mut shown = self.shown();
            shown.0 += 1;
            shown.1.add(ending, seed);
        }
    }
}

/// A program that runs.
struct Run<L: OnShuttle> {
    plan: Arc<Plan>,
    seed: u64,
    journals: Vec<Journal>,
    begun: Vec<AtomicBool>,
    /// Whether nobody looks any more, and who comes to a gate stays there.
    over: AtomicBool,
    /// What belongs to those that have not begun.
    held: Mutex<Vec<Option<Held<L>>>>,
    /// What those have left that have ended: their end drops nothing.
    left: Mutex<Vec<Left<L>>>,
    /// Who waits for the end of each.
    joined_by: Vec<Mutex<Vec<Waker>>>,
    closers: Vec<L::Closer>,
}

impl<L: OnShuttle> Run<L> {
    fn new(plan: &Arc<Plan>, seed: u64) -> Arc<Self> {
        let count = plan.program.processes.len();
        let held = open::<L>(plan);
        Arc::new(Run {
            plan: Arc::clone(plan),
            seed,
            journals: (0..count).map(|_| Journal::default()).collect(),
            begun: (0..count).map(|_| AtomicBool::new(false)).collect(),
            over: AtomicBool::new(false),
            closers: held.first().map(Held::closers).unwrap_or_default(),
            held: Mutex::new(held.into_iter().map(Some).collect()),
            left: Mutex::default(),
            joined_by: (0..count).map(|_| Mutex::default()).collect(),
        })
    }

    fn begin(self: &Arc<Self>, process: usize) {
        self.begun[process].store(true, SeqCst);
        let run = Arc::clone(self);
        // Without its handle it is detached: shuttle takes its waiting for ever
        // for no failure, and drops it at the end of the run.
        drop(shuttle::future::spawn_local(async move {
            run.live(process).await;
        }));
    }

    async fn live(self: &Arc<Self>, process: usize) {
        let held = locked(&self.held)[process].take();
        let held = held.expect("a process begins once");
        let seed = self.seed.wrapping_mul(31).wrapping_add(process as u64);
        let life = InModel {
            run: self,
            random: RefCell::new(fastrand::Rng::with_seed(seed)),
        };
        let journal = &self.journals[process];
        let running = Process::new(&self.plan, journal, &life, held);
        let running = AssertUnwindSafe(running.run(process)).catch_unwind();
        match running.await {
            Ok(left) => locked(&self.left).extend(left),
            Err(panic) => journal.finish(End::Failed(message(&*panic))),
        }
        let joined_by = std::mem::take(&mut *locked(&self.joined_by[process]));
        joined_by.into_iter().for_each(Waker::wake);
    }

    fn came(&self, known: bool) -> Vec<Came> {
        let begun = self.begun.iter().map(|begun| begun.load(SeqCst));
        begun
            .map(|begun| match (begun, known) {
                (false, _) => Came::Idle,
                (true, true) => Came::Waits,
                (true, false) => Came::Begun,
            })
            .collect()
    }

    /// Frees whom it can of those who still wait. Nobody looks any more.
    fn leave(&self) {
        self.over.store(true, SeqCst);
        let held = std::mem::take(&mut *locked(&self.held));
        let left = std::mem::take(&mut *locked(&self.left));
        if L::CLOSES {
            for closer in &self.closers {
                L::close(closer, None, None);
            }
        }
        drop((left, held));
    }
}

/// The life of a process under shuttle.
struct InModel<'a, L: OnShuttle> {
    run: &'a Arc<Run<L>>,
    random: RefCell<fastrand::Rng>,
}

impl<L: OnShuttle> Life for InModel<'_, L> {
    const REAL_TIME: bool = L::BLOCKS;

    async fn gate(&self, _number: u32) {
        if self.run.over.load(SeqCst) {
            // It is never polled again, but dropped, with all that it holds.
            pending::<()>().await;
        }
    }

    fn sleep(&self, _units: u32) -> impl Future<Output = ()> {
        poll_fn(|context| {
            if shuttle::rand::thread_rng().gen_range(0..4) == 0 {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
    }

    /// Under shuttle a deadline has no moment of its own.
    fn real(&self, units: u32) -> Duration {
        Duration::from_secs(u64::from(units))
    }

    fn spawn(&self, process: usize) {
        self.run.begin(process);
    }

    fn join(&self, process: usize) -> impl Future<Output = ()> {
        poll_fn(move |context| {
            if self.run.journals[process].is_over() {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            locked(&self.run.joined_by[process]).push(waker);
            Poll::Pending
        })
    }

    fn random(&self) -> u64 {
        self.random.borrow_mut().u64(..)
    }
}

/// How those who can go on are chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Walk {
    /// By how much each has left to do, which a first run tells.
    Uniform,
    /// By a rank that changes at a few moments; how many there are, a first run
    /// tells, which shows nothing by itself.
    Ranked,
}

impl Walk {
    /// How often ranks change, and one more.
    const DEPTH: usize = 3;

    /// To which group a seed belongs, and which run of which scheduler it means.
    fn of(seed: u64) -> (u64, Walk, u64) {
        match seed % 4 {
            place @ 0..2 => (seed / 4, Walk::Uniform, place),
            place => (seed / 4, Walk::Ranked, place - 1),
        }
    }

    fn scheduler(self, seed: u64) -> Box<dyn Scheduler + Send> {
        match self {
            Walk::Uniform => {
                Box::new(UrwRandomScheduler::new_from_seed(seed, 2))
            }
            Walk::Ranked => {
                Box::new(PctScheduler::new_from_seed(seed, Self::DEPTH, 3))
            }
        }
    }
}

/// Shuttle's scheduler, but for the thread that looks on: it is the first to go
/// until everybody has begun, and the last after that.
struct Quiet<L: OnShuttle> {
    stage: Arc<Stage<L>>,
    seeds: Box<dyn Iterator<Item = u64>>,
    scheduler: Box<dyn Scheduler + Send>,
    /// For whom the scheduler is, and how many runs it has begun.
    from: Option<(u64, Walk, u64)>,
    /// A seed for whose run the scheduler has to learn from others before.
    next: Option<u64>,
    /// Whether the scheduler has met those who begin with the program.
    met: bool,
}

impl<L: OnShuttle> Quiet<L> {
    fn new(stage: Arc<Stage<L>>, work: Work) -> Self {
        Quiet {
            stage,
            seeds: Box::new(work.seeds()),
            scheduler: Box::new(UrwRandomScheduler::new_from_seed(0, 0)),
            from: None,
            next: None,
            met: false,
        }
    }

    fn looks_on() -> TaskId {
        TaskId::from(0)
    }
}

impl<L: OnShuttle> Scheduler for Quiet<L> {
    fn new_execution(&mut self) -> Option<Schedule> {
        self.stage.end_of_run();
        self.met = false;
        let seed = self.next.take().or_else(|| self.seeds.next())?;
        let (group, walk, number) = Walk::of(seed);
        let begun = match self.from {
            Some((of, by, begun)) if of == group && by == walk => begun,
            _ => number + 1,
        };
        let begun = match begun > number {
            true => {
                self.scheduler = walk.scheduler(group);
                0
            }
            false => begun,
        };
        let counts = begun == number;
        self.next = (!counts).then_some(seed);
        self.from = Some((group, walk, begun + 1));
        *locked(&self.stage.seed) = counts.then_some(seed);
        self.scheduler.new_execution()
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        if !self.stage.begun.load(SeqCst) {
            return Some(Self::looks_on());
        }
        if !std::mem::replace(&mut self.met, true) {
            // It has to meet them in order, from the first.
            self.scheduler.next_task(runnable, current, is_yielding)?;
        }
        // Who waits may wake for no reason; that is nothing going on.
        let others = runnable.iter().filter(|one| one.id() != Self::looks_on());
        let others: Vec<&Task> = others.copied().collect();
        match others.iter().any(|one| one.runnable()) {
            true => self.scheduler.next_task(&others, current, is_yielding),
            false => Some(Self::looks_on()),
        }
    }

    fn next_u64(&mut self) -> u64 {
        self.scheduler.next_u64()
    }
}
