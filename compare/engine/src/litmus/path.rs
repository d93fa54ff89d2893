//! Where something stands in the JSON of a program, written out only if it is
//! told.

use std::fmt;

/// A JSON path: the last part, and what is before it.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    before: Option<&'a Path<'a>>,
    part: Part<'a>,
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Root,
    Name(&'a str),
    Item(usize),
}

impl<'a> Path<'a> {
    pub(super) const ROOT: Path<'static> = Path {
        before: None,
        part: Part::Root,
    };

    pub(super) fn name(&'a self, name: &'a str) -> Path<'a> {
        self.then(Part::Name(name))
    }

    pub(super) fn item(&'a self, place: usize) -> Path<'a> {
        self.then(Part::Item(place))
    }

    fn then(&'a self, part: Part<'a>) -> Path<'a> {
        Path {
            before: Some(self),
            part,
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before {
            before.fmt(to)?;
        }
        match self.part {
            Part::Root => to.write_str("$"),
            Part::Name(name) => write!(to, ".{name}"),
            Part::Item(place) => write!(to, "[{place}]"),
        }
    }
}

impl From<Path<'_>> for String {
    fn from(path: Path<'_>) -> String {
        path.to_string()
    }
}
