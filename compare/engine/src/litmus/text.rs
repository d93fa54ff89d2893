//! The text form of a program: a column for each process.
//!
//! ```text
//! program crossed_rendezvous
//! shows   each waits for the other to listen
//! channel c rendezvous
//! channel d rendezvous
//!
//! A     | B
//! c ! 1 | d ! 2
//! d ?   | c ?
//! ```
//!
//! Lines that begin with `#` are comments. A row has no meaning of its own: an
//! empty cell only moves what stands below it.

use super::program::{
    Channel, Kind, Operation, Process, Program, Side, Transfer, Value,
};
use std::fmt::Write as _;
use std::iter::Peekable;
use thiserror::Error;

/// A text that is no program, and where.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line}: {problem}")]
pub struct NotText {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there, and what was expected.
    pub problem: String,
}

/// The longest text that is read, in bytes.
const LONGEST: usize = 100_000;
/// How deep bodies may stand in one another.
const DEEPEST: usize = 16;

/// Reads the text form of a program.
pub fn parse(text: &str) -> Result<Program, NotText> {
    if text.len() > LONGEST {
        return wrong(
            1,
            format!(
                "the text has {} bytes, and at most {LONGEST} are allowed",
                text.len()
            ),
        );
    }
    let lines = (1..).zip(text.lines());
    let mut lines = lines
        .filter(|(_, line)| !line.trim_start().starts_with('#'))
        .filter(|(_, line)| !line.trim().is_empty())
        .peekable();
    let mut program = Program::default();
    let mut named = false;
    while let Some((number, line)) = lines.peek() {
        let (number, line) = (*number, line.trim());
        let (word, rest) =
            line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match word {
            "program" => {
                one_word(number, "program", rest)?;
                program.name = rest.into();
                named = true;
            }
            "shows" => program.shows = rest.into(),
            "channel" => program.channels.push(channel(number, rest)?),
            "observe" => {
                let names = rest.split_whitespace().map(String::from);
                program.observe.extend(names);
            }
            _ => break,
        }
        lines.next();
    }
    let first = lines.peek().map_or(1, |(number, _)| *number);
    if !named {
        return wrong(first, "it begins with 'program NAME'".into());
    }
    columns(&mut program, &mut lines)?;
    Ok(program)
}

fn wrong<T>(line: usize, problem: String) -> Result<T, NotText> {
    Err(NotText { line, problem })
}

fn one_word(line: usize, what: &str, rest: &str) -> Result<(), NotText> {
    match rest.split_whitespace().count() {
        1 => Ok(()),
        _ => wrong(line, format!("'{what} NAME' is expected")),
    }
}

fn channel(line: usize, rest: &str) -> Result<Channel, NotText> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (name, kind, capacity) = match words[..] {
        [name, kind] => (name, kind, None),
        [name, kind, capacity] => (name, kind, Some(capacity)),
        _ => {
            return wrong(line, "'channel NAME KIND [N]' is expected".into());
        }
    };
    let known = KINDS.iter().find(|(word, _)| *word == kind);
    let Some((_, kind)) = known else {
        let words: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
        return wrong(
            line,
            format!("{kind:?} is no kind; there is: {}", words.join(", ")),
        );
    };
    let capacity = match capacity {
        None => None,
        Some(word) => match word.parse() {
            Ok(number) => Some(number),
            Err(_) => {
                return wrong(
                    line,
                    format!("{word:?}: a number from 1 to 100 is expected"),
                );
            }
        },
    };
    Ok(Channel {
        name: name.into(),
        kind: *kind,
        capacity,
    })
}

const KINDS: [(&str, Kind); 7] = [
    ("rendezvous", Kind::Rendezvous),
    ("bounded", Kind::Bounded),
    ("unbounded", Kind::Unbounded),
    ("oneshot", Kind::Oneshot),
    ("mvar", Kind::Mvar),
    ("watch", Kind::Watch),
    ("broadcast", Kind::Broadcast),
];

/// Reads the header of the columns, and what stands in them.
fn columns<'a>(
    program: &mut Program,
    lines: &mut Peekable<impl Iterator<Item = (usize, &'a str)>>,
) -> Result<(), NotText> {
    let Some((header, names)) = lines.next() else {
        return wrong(1, "there is no process: 'A | B' begins them".into());
    };
    let names: Vec<&str> = names.split('|').map(str::trim).collect();
    let mut cells: Vec<Vec<(usize, &str)>> = vec![Vec::new(); names.len()];
    for (line, row) in lines {
        let row: Vec<&str> = row.split('|').map(str::trim).collect();
        if row.len() > names.len() {
            return wrong(
                line,
                format!(
                    "{} cells stand under {} names",
                    row.len(),
                    names.len()
                ),
            );
        }
        for (column, cell) in row.into_iter().enumerate() {
            if !cell.is_empty() {
                cells[column].push((line, cell));
            }
        }
    }
    for (name, cells) in names.iter().zip(cells) {
        if name.is_empty() || name.contains(char::is_whitespace) {
            return wrong(header, format!("{name:?} is no name of a process"));
        }
        let mut cells = cells.into_iter();
        let operations = body(&mut cells, None, 0)?;
        program.processes.push(Process {
            name: (*name).into(),
            operations,
        });
    }
    Ok(())
}

/// Reads operations up to the end of the column, or of the body that began at
/// the line `opened`.
fn body<'a>(
    cells: &mut impl Iterator<Item = (usize, &'a str)>,
    opened: Option<usize>,
    depth: usize,
) -> Result<Vec<Operation>, NotText> {
    let mut operations = Vec::new();
    loop {
        let Some((line, cell)) = cells.next() else {
            return match opened {
                None => Ok(operations),
                Some(line) => {
                    wrong(line, "no 'end' closes what begins here".into())
                }
            };
        };
        if cell == "end" {
            return match opened {
                Some(_) => Ok(operations),
                None => wrong(line, "this 'end' closes nothing".into()),
            };
        }
        if depth >= DEEPEST {
            return wrong(
                line,
                format!("bodies stand more than {DEEPEST} deep"),
            );
        }
        let mut words = Words::new(line, cell);
        let mut operation = words.operation()?;
        words.nothing_more()?;
        match &mut operation {
            Operation::Each { body: inner, .. }
            | Operation::Repeat { body: inner, .. } => {
                *inner = body(cells, Some(line), depth + 1)?;
            }
            _ => {}
        }
        operations.push(operation);
    }
}

/// The words of one cell.
struct Words<'a> {
    line: usize,
    cell: &'a str,
    words: Vec<&'a str>,
    next: usize,
}

impl<'a> Words<'a> {
    fn new(line: usize, cell: &'a str) -> Self {
        let mut words = Vec::new();
        for word in cell.split_whitespace() {
            let mut rest = word;
            // `c!1` is read as `c ! 1`.
            while let Some(at) = rest.find(['!', '?', '=']) {
                words.extend(Some(&rest[..at]).filter(|word| !word.is_empty()));
                words.push(&rest[at..=at]);
                rest = &rest[at + 1..];
            }
            words.extend(Some(rest).filter(|word| !word.is_empty()));
        }
        Words {
            line,
            cell,
            words,
            next: 0,
        }
    }

    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).copied()
    }

    fn expected<T>(&self, what: &str) -> Result<T, NotText> {
        let found = match self.peek() {
            Some(word) => format!("found {word:?}"),
            None => "found its end".into(),
        };
        wrong(
            self.line,
            format!("in {:?}: {what} is expected, {found}", self.cell),
        )
    }

    fn takes(&mut self, word: &str) -> bool {
        let there = self.peek() == Some(word);
        self.next += there as usize;
        there
    }

    fn word(&mut self, what: &str) -> Result<String, NotText> {
        match self.peek() {
            Some(word) if !["!", "?", "="].contains(&word) => {
                self.next += 1;
                Ok(word.into())
            }
            _ => self.expected(what),
        }
    }

    fn number<T: std::str::FromStr>(
        &mut self,
        what: &str,
    ) -> Result<T, NotText> {
        match self.peek().map(str::parse) {
            Some(Ok(number)) => {
                self.next += 1;
                Ok(number)
            }
            _ => self.expected(what),
        }
    }

    fn nothing_more(&self) -> Result<(), NotText> {
        match self.peek() {
            None => Ok(()),
            Some(_) => self.expected("the end of the cell"),
        }
    }

    fn value(&mut self) -> Result<Value, NotText> {
        let word = self.word("a number or a name")?;
        Ok(match word.parse() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::Name(word),
        })
    }

    /// `c ! v`, `c ?`, or `c ? x`.
    fn transfer(&mut self) -> Result<Transfer, NotText> {
        let channel = self.word("a channel")?;
        if self.takes("!") {
            let value = self.value()?;
            return Ok(Transfer::Send { channel, value });
        }
        if !self.takes("?") {
            return self.expected("! or ?");
        }
        let bind = match self.peek() {
            None | Some("or" | "within") => None,
            Some(_) => Some(self.word("a name")?),
        };
        Ok(Transfer::Recv { channel, bind })
    }

    fn side(&mut self) -> Result<Side, NotText> {
        if self.takes("!") {
            return Ok(Side::Sender);
        }
        match self.takes("?") {
            true => Ok(Side::Receiver),
            false => self.expected("! or ?"),
        }
    }

    fn select(&mut self, biased: bool) -> Result<Operation, NotText> {
        let mut arms = Vec::new();
        let (mut default, mut after) = (false, None);
        loop {
            if self.takes("default") {
                default = true;
                break;
            }
            if self.takes("after") {
                after = Some(self.number("a time")?);
                break;
            }
            arms.push(self.transfer()?);
            if !self.takes("or") {
                break;
            }
        }
        Ok(Operation::Select {
            arms,
            biased,
            default,
            after,
        })
    }

    fn operation(&mut self) -> Result<Operation, NotText> {
        let begin = self.next;
        let word = self.word("an operation")?;
        // A channel may have any name, so what follows it decides.
        let names = matches!(self.peek(), Some("!" | "?"));
        let operation = match word.as_str() {
            _ if names => return self.wait(begin),
            "try" => Operation::Try {
                transfer: self.transfer()?,
            },
            "select" => self.select(false)?,
            "biased" if self.takes("select") => self.select(true)?,
            "each" => {
                let channel = self.word("a channel")?;
                if !self.takes("?") {
                    return self.expected("?");
                }
                let bind = match self.peek() {
                    None => None,
                    Some(_) => Some(self.word("a name")?),
                };
                let body = Vec::new();
                Operation::Each {
                    channel,
                    bind,
                    body,
                }
            }
            "repeat" => Operation::Repeat {
                times: self.number("a number up to 255")?,
                body: Vec::new(),
            },
            "close" => Operation::Close {
                channel: self.word("a channel")?,
            },
            "drop" => {
                let name = self.word("a channel or a permit")?;
                match self.peek() {
                    None => Operation::Release { permit: name },
                    Some(_) => Operation::Drop {
                        channel: name,
                        side: self.side()?,
                    },
                }
            }
            "clone" => Operation::Clone {
                channel: self.word("a channel")?,
                side: self.side()?,
            },
            "start" => {
                let future = self.word("a name")?;
                if !self.takes("=") {
                    return self.expected("=");
                }
                Operation::Start {
                    future,
                    transfer: self.transfer()?,
                }
            }
            "await" => Operation::Await {
                future: self.word("a future")?,
            },
            "cancel" => Operation::Cancel {
                future: self.word("a future")?,
            },
            "reserve" => {
                let channel = self.word("a channel")?;
                if !self.takes("as") {
                    return self.expected("as");
                }
                Operation::Reserve {
                    channel,
                    permit: self.word("a name")?,
                }
            }
            "fulfil" => {
                let permit = self.word("a permit")?;
                if !self.takes("!") {
                    return self.expected("!");
                }
                Operation::Fulfil {
                    permit,
                    value: self.value()?,
                }
            }
            "sleep" => Operation::Sleep {
                duration: self.number("a time")?,
            },
            "spawn" => Operation::Spawn {
                process: self.word("a process")?,
            },
            "join" => Operation::Join {
                process: self.word("a process")?,
            },
            _ => {
                self.next = begin;
                return self.expected("an operation");
            }
        };
        Ok(operation)
    }

    fn wait(&mut self, begin: usize) -> Result<Operation, NotText> {
        self.next = begin;
        let transfer = self.transfer()?;
        let within = match self.takes("within") {
            true => Some(self.number("a time")?),
            false => None,
        };
        Ok(Operation::Wait { transfer, within })
    }
}

/// Writes a program as a text, which reads as the same program.
pub fn print(program: &Program) -> String {
    let mut text = format!("program {}\n", program.name);
    if !program.shows.is_empty() {
        let _ = writeln!(text, "shows   {}", program.shows);
    }
    for channel in &program.channels {
        let known = KINDS.iter().find(|(_, kind)| *kind == channel.kind);
        let kind = known.map_or("", |(word, _)| word);
        let _ = write!(text, "channel {} {kind}", channel.name);
        if let Some(capacity) = channel.capacity {
            let _ = write!(text, " {capacity}");
        }
        text.push('\n');
    }
    if !program.observe.is_empty() {
        let _ = writeln!(text, "observe {}", program.observe.join(" "));
    }
    text.push('\n');
    let columns: Vec<Vec<String>> =
        program.processes.iter().map(column).collect();
    let width = |column: &Vec<String>| {
        column.iter().map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = columns
        .iter()
        .map(|cells| width(cells).unwrap_or(0))
        .collect();
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..rows {
        let cells = columns.iter().zip(&widths).map(|(cells, width)| {
            let cell = cells.get(row).map_or("", String::as_str);
            format!("{cell:width$}")
        });
        let line = cells.collect::<Vec<_>>().join(" | ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The cells of a process, its name first.
fn column(process: &Process) -> Vec<String> {
    let mut cells = vec![process.name.clone()];
    write_body(&process.operations, 0, &mut cells);
    cells
}

fn write_body(operations: &[Operation], depth: usize, cells: &mut Vec<String>) {
    for operation in operations {
        let indent = "  ".repeat(depth);
        cells.push(format!("{indent}{}", cell(operation)));
        if let Operation::Each { body, .. } | Operation::Repeat { body, .. } =
            operation
        {
            write_body(body, depth + 1, cells);
            cells.push(format!("{indent}end"));
        }
    }
}

/// One operation, without its body.
pub fn cell(operation: &Operation) -> String {
    match operation {
        Operation::Wait { transfer, within } => match within {
            None => moved(transfer),
            Some(time) => format!("{} within {time}", moved(transfer)),
        },
        Operation::Try { transfer } => format!("try {}", moved(transfer)),
        Operation::Select {
            arms,
            biased,
            default,
            after,
        } => {
            let mut arms: Vec<String> = arms.iter().map(moved).collect();
            arms.extend(default.then(|| "default".into()));
            arms.extend(after.map(|time| format!("after {time}")));
            let biased = if *biased { "biased " } else { "" };
            format!("{biased}select {}", arms.join(" or "))
        }
        Operation::Each { channel, bind, .. } => {
            format!("each {}", received(channel, bind))
        }
        Operation::Repeat { times, .. } => format!("repeat {times}"),
        Operation::Close { channel } => format!("close {channel}"),
        Operation::Drop { channel, side } => {
            format!("drop {channel} {}", mark(*side))
        }
        Operation::Clone { channel, side } => {
            format!("clone {channel} {}", mark(*side))
        }
        Operation::Start { future, transfer } => {
            format!("start {future} = {}", moved(transfer))
        }
        Operation::Await { future } => format!("await {future}"),
        Operation::Cancel { future } => format!("cancel {future}"),
        Operation::Reserve { channel, permit } => {
            format!("reserve {channel} as {permit}")
        }
        Operation::Fulfil { permit, value } => {
            format!("fulfil {permit} ! {}", sent(value))
        }
        Operation::Release { permit } => format!("drop {permit}"),
        Operation::Sleep { duration } => format!("sleep {duration}"),
        Operation::Spawn { process } => format!("spawn {process}"),
        Operation::Join { process } => format!("join {process}"),
    }
}

fn mark(side: Side) -> char {
    match side {
        Side::Sender => '!',
        Side::Receiver => '?',
    }
}

fn sent(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Name(name) => name.clone(),
    }
}

fn moved(transfer: &Transfer) -> String {
    match transfer {
        Transfer::Send { channel, value } => {
            format!("{channel} ! {}", sent(value))
        }
        Transfer::Recv { channel, bind } => received(channel, bind),
    }
}

fn received(channel: &str, bind: &Option<String>) -> String {
    match bind {
        None => format!("{channel} ?"),
        Some(name) => format!("{channel} ? {name}"),
    }
}
