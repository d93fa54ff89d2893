//! What a program's things may be called.

use super::{Invalid, MOST, invalid, too_large};
use crate::litmus::path::Path;
use crate::litmus::program::Program;

/// Words that would be read as something else where a name may stand.
const RESERVED: [&str; 8] = [
    "after", "channel", "default", "observe", "or", "program", "shows",
    "within",
];

/// What names a thing can stand in a text and be read there.
pub(super) fn is_name(path: Path<'_>, name: &str) -> Result<(), Invalid> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = |c: char| c.is_ascii_alphabetic();
    if !name.chars().all(plain) || !name.starts_with(begins) {
        return invalid(
            path,
            format!(
                "{name:?} is no name: a letter, then letters, digits and \
                 underscores are"
            ),
        );
    }
    match RESERVED.contains(&name) {
        false => Ok(()),
        true => invalid(path, format!("{name:?} is no name: it is reserved")),
    }
}

/// What a program is called, and what it shows, can stand in a line.
pub(super) fn heading(program: &Program) -> Result<(), Invalid> {
    let Program { name, shows, .. } = program;
    if name.is_empty() || name.contains(char::is_whitespace) {
        return invalid("$.name", format!("{name:?}: a word is expected"));
    }
    if shows.trim() != shows || shows.contains(char::is_control) {
        return invalid(
            "$.shows",
            format!("{shows:?}: a line without spaces around it is expected"),
        );
    }
    match program.processes.is_empty() {
        false => Ok(()),
        true => invalid("$.processes", "a process is expected".into()),
    }
}

/// Whether all names are names, and differ.
pub(super) fn named<'a>(
    what: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), Invalid> {
    for (place, name) in names.clone().enumerate() {
        let all = Path::ROOT.name(what);
        let path = all.item(place);
        let path = path.name("name");
        if place >= MOST {
            return too_large(path, format!("at most {MOST} are allowed"));
        }
        is_name(path, name)?;
        // They are few: this is faster than a set.
        if names.clone().take(place).any(|before| before == name) {
            return invalid(path, format!("{name:?} is there already"));
        }
    }
    Ok(())
}
