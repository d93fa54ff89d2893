//! Which programs are the same.

use super::code::{Invalid, check};
use super::explain::{Unexplained, read};
use super::program::Program;
use super::search::Unanswered;
use super::text::print;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

/// A program in its forms.
#[derive(Debug, Serialize)]
pub struct Identified {
    /// As data.
    pub program: Program,
    /// As text.
    pub text: String,
    /// Its id.
    pub id: String,
}

/// The id of a program: the hash of its JSON without what it is called and what
/// it shows, in 32 hexadecimal digits.
///
/// So the text and the JSON of a program have one id, and so has the same
/// program under another name. All names within it belong to it, also those
/// that no outcome tells, and so does the order of channels and processes. To
/// observe all processes is the same as to observe none in particular, and in
/// which order they are listed does not count.
pub fn id(program: &Program) -> Result<String, Invalid> {
    check(program)?;
    let names = program.processes.iter().map(|process| &process.name);
    let mut observe: Vec<_> = names
        .filter(|name| program.observe.contains(name))
        .cloned()
        .collect();
    if observe.len() == program.processes.len() {
        observe.clear();
    }
    let nameless = Program {
        name: String::new(),
        shows: String::new(),
        observe,
        ..program.clone()
    };
    let json = serde_json::to_string(&nameless).expect("a program is JSON");
    Ok(format!("{:032x}", xxh3_128(json.as_bytes())))
}

/// Reads a program, from its text or its JSON, and gives all of its forms.
pub fn identify(source: &str) -> Result<Identified, Unexplained> {
    let program = read(source)?;
    let id = id(&program).map_err(Unanswered::from)?;
    Ok(Identified {
        text: print(&program),
        id,
        program,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(source: &str) -> String {
        identify(source).expect("a program").id
    }

    #[test]
    fn a_program_has_one_id_in_all_of_its_forms() {
        let text = "program p\nshows x\nchannel c rendezvous\nA | B\n\
                    c ! 1 | c ?";
        let whole = identify(text).expect("a program");
        let json = serde_json::to_string(&whole.program).expect("JSON");
        assert_eq!(id_of(&json), whole.id);
        assert_eq!(id_of(&whole.text), whole.id);
        assert_eq!(whole.id.len(), 32);
        let all = text.replace("A |", "observe B A\nA |");
        let other = all.replace("program p", "program q").replace("x\n", "y\n");
        assert_eq!(id_of(&other), whole.id);
    }

    #[test]
    fn what_may_change_an_outcome_changes_the_id() {
        let text = "program p\nchannel c bounded 1\nA | B\nc ! 1 | c ?";
        for (from, to) in [
            ("bounded 1", "bounded 2"),
            ("c ! 1", "c ! 2"),
            ("B\n", "C\n"),
            ("A |", "observe A\nA |"),
        ] {
            assert_ne!(id_of(&text.replace(from, to)), id_of(text), "{to}");
        }
    }
}
