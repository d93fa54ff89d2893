//! The OCaml libraries that the patterns are written for.

use std::fmt;
use std::str::FromStr;

/// An OCaml library that the patterns are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum System {
    /// `Event`: threads, first-class events.
    Event,
    /// `Lwt_stream`: promises.
    Lwt,
    /// `Domainslib.Chan`: domains. Unavailable before OCaml 5.
    Domainslib,
}

impl System {
    /// All of them.
    pub const ALL: [System; 3] =
        [System::Event, System::Lwt, System::Domainslib];

    /// The name by which the protocol knows it.
    pub fn name(self) -> &'static str {
        match self {
            System::Event => "event",
            System::Lwt => "lwt",
            System::Domainslib => "domainslib",
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No system has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no system is called {0:?}; there is: event, lwt, domainslib")]
pub struct UnknownSystem(String);

impl FromStr for System {
    type Err = UnknownSystem;

    fn from_str(name: &str) -> Result<Self, UnknownSystem> {
        let known = System::ALL.into_iter().find(|one| one.name() == name);
        known.ok_or_else(|| UnknownSystem(name.to_owned()))
    }
}
