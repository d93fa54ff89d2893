//! The cells of the grid: each a workload, with the systems that take part.

use crate::kind::{Kind, RENDEZVOUS, SHAPES, Size};
use crate::run::Run;
use crate::systems::{BATCHES, CHOICES, System, TASKS, THREADS};
use crate::workloads::{ThreadRuns, beside_busy_loops};

/// Cells that are shown, and averaged, together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Streams between threads.
    Threads(Kind),
    PingPong,
    SameThread,
    Tasks,
    Select,
    Batch,
    Load,
}

/// In the order of the report.
pub(crate) const GROUPS: [Group; 10] = [
    Group::Threads(Kind::Unbounded),
    Group::Threads(Kind::Bounded(1)),
    Group::Threads(Kind::Bounded(64)),
    Group::Threads(RENDEZVOUS),
    Group::PingPong,
    Group::SameThread,
    Group::Tasks,
    Group::Select,
    Group::Batch,
    Group::Load,
];

impl Group {
    /// How much longer than others its runs must be: beside busy loops a
    /// thread waits for its turn on a core for milliseconds.
    pub(crate) fn stretch(self) -> u32 {
        if self == Group::Load { 4 } else { 1 }
    }
}

pub(crate) struct Cell {
    pub(crate) group: Group,
    pub(crate) name: String,
    pub(crate) entrants: Vec<Entrant>,
}

/// One system in one cell.
pub(crate) struct Entrant {
    pub(crate) system: System,
    /// Which way of the system, where it has several; mostly empty.
    pub(crate) way: &'static str,
    pub(crate) run: Run,
}

/// Every cell there is.
pub(crate) fn grid() -> Vec<Cell> {
    let mut cells: Vec<Cell> = GROUPS.into_iter().flat_map(of_group).collect();
    cells.retain(|cell| !cell.entrants.is_empty());
    cells
}

fn of_group(group: Group) -> Vec<Cell> {
    let cell = |name: String, entrants| Cell {
        group,
        name,
        entrants,
    };
    match group {
        Group::Threads(kind) => of_shapes_and_sizes(group, kind),
        Group::PingPong => [RENDEZVOUS, Kind::Bounded(1)]
            .map(|kind| {
                let entrants = threads(|system| system.ping_pong(kind));
                cell(format!("ping-pong/{kind}"), entrants)
            })
            .into(),
        Group::SameThread => {
            [Kind::Unbounded, Kind::Bounded(1), Kind::Bounded(64)]
                .map(|kind| {
                    let entrants = threads(|system| system.same_thread(kind));
                    cell(format!("same-thread/{kind}"), entrants)
                })
                .into()
        }
        Group::Tasks => of_tasks(group),
        Group::Select => [2, 64, 10_000]
            .map(|count| {
                let entrants = CHOICES.iter().filter_map(|system| {
                    let run = system.turns(count)?;
                    Some(Entrant {
                        way: system.way(),
                        ..Entrant::new(system.system(), run)
                    })
                });
                cell(format!("select/{count}"), entrants.collect())
            })
            .into(),
        Group::Batch => {
            let many = BATCHES.iter().filter_map(|system| {
                Some(Entrant::new(system.system(), system.drain()?))
            });
            vec![
                cell(SINGLE.into(), threads(|system| system.drain())),
                cell(MANY.into(), many.collect()),
            ]
        }
        Group::Load => {
            let run = |system: &dyn ThreadRuns| {
                system.stream(RENDEZVOUS, SHAPES[0], Size::Bytes8)
            };
            let busy =
                |system: &dyn ThreadRuns| run(system).map(beside_busy_loops);
            vec![
                cell(IDLE.into(), threads(run)),
                cell(BUSY.into(), threads(busy)),
            ]
        }
    }
}

pub(crate) const SINGLE: &str = "batch/recv";
pub(crate) const MANY: &str = "batch/recv_many";
pub(crate) const IDLE: &str = "load/idle";
pub(crate) const BUSY: &str = "load/busy";

fn of_shapes_and_sizes(group: Group, kind: Kind) -> Vec<Cell> {
    let mut cells = Vec::new();
    for size in [Size::Bytes8, Size::Bytes256] {
        for shape in SHAPES {
            cells.push(Cell {
                group,
                name: format!("threads/{kind}/{shape}/{size}"),
                entrants: threads(|system| system.stream(kind, shape, size)),
            });
        }
    }
    cells
}

fn of_tasks(group: Group) -> Vec<Cell> {
    let mut cells = Vec::new();
    for kind in [Kind::Unbounded, Kind::Bounded(64)] {
        for shape in SHAPES {
            let entrants = TASKS.iter().filter_map(|system| {
                let run = system.stream(kind, shape)?;
                Some(Entrant::new(system.system(), run))
            });
            cells.push(Cell {
                group,
                name: format!("tasks/{kind}/{shape}"),
                entrants: entrants.collect(),
            });
        }
    }
    cells
}

/// The systems for threads that have such a run.
fn threads(run: impl Fn(&dyn ThreadRuns) -> Option<Run>) -> Vec<Entrant> {
    let entrant = |system: &&dyn ThreadRuns| {
        Some(Entrant::new(system.system(), run(*system)?))
    };
    THREADS.iter().filter_map(entrant).collect()
}

impl Entrant {
    fn new(system: System, run: Run) -> Entrant {
        Entrant {
            system,
            way: "",
            run,
        }
    }

    /// As it is called in the report.
    pub(crate) fn label(&self) -> String {
        match self.way {
            "" => self.system.to_string(),
            way => format!("{} ({way})", self.system),
        }
    }
}
