//! Every system that takes part, a file for each library.

mod chanpatterns;

use crate::system::System;
use crate::tasks::Tasks;
use crate::threads::Threads;

/// Every system.
pub fn all() -> Vec<Box<dyn System>> {
    vec![
        Box::new(Threads::<chanpatterns::Chanpatterns<false>>::default()),
        Box::new(Tasks::<chanpatterns::Chanpatterns<true>>::default()),
    ]
}
