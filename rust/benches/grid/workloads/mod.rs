//! What is done with the channels; each workload is written once.
//!
//! A `…Runs` trait is the form of a system that a list can hold: it makes the
//! runs of that system, `None` where the system has no such channel.

mod batch;
mod choice;
mod load;
mod tasks;
mod threads;

pub(crate) use batch::BatchRuns;
pub(crate) use choice::ChoiceRuns;
pub(crate) use load::beside_busy_loops;
pub(crate) use tasks::TaskRuns;
pub(crate) use threads::ThreadRuns;
