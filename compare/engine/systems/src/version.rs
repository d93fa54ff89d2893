//! The versions of the libraries, as they were locked.

const LOCKED: &str = include_str!("../../../../Cargo.lock");

/// The version of a package; that of the compiler for `std`.
pub fn version(package: &str) -> &'static str {
    if package == "std" {
        return env!("STD_VERSION");
    }
    let name = format!("name = \"{package}\"");
    let mut lines = LOCKED.lines().skip_while(|line| *line != name);
    let line = lines
        .nth(1)
        .and_then(|line| line.strip_prefix("version = \""));
    line.and_then(|line| line.strip_suffix('"'))
        .unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn every_library_has_a_version() {
        for system in crate::systems::all() {
            let about = system.about();
            assert_ne!(version(about.package), "unknown", "{}", about.name);
        }
    }
}
